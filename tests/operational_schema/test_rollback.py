"""Taking migrations back: what is there before comes back exactly, and no row is lost unasked.

Belongs here: `down` and the rollback files (M10). Not here: applying (`test_migrate.py`).
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from operational_schema import migrate, verify
from operational_schema.errors import SchemaError
from operational_schema.migration_files import FUNCTIONS, MIGRATIONS, NOTHING, SqlFile, migrations, rollback_of
from orchestration.embedded import EmbeddedServer
from tests.conftest import execute
from tests.operational_schema.conftest import Folder, Tenant, dump

pytestmark = [pytest.mark.usefixtures("every_server"), pytest.mark.long]

VERSIONS = [file.version for file in migrations(MIGRATIONS)]
# Below the last file that makes a table: what comes after it takes back no rows.
LOSING = [
    version for version in VERSIONS if version < max(file.version for file in migrations(MIGRATIONS) if file.tables)
]
# Nothing but what stands in others, or where the reader of the log has come to.
BESIDE_OTHERS = {"app.audit_salt", "app.audit_head", "app.audit_waiting", "etl.acknowledged", "etl.log_epoch"}


@pytest.fixture(scope="module")
def whole_of() -> Callable[[EmbeddedServer], list[str]]:
    """The schema of all migrations, by server."""
    return cache(lambda server: dump(server, server.url("operational_template")))


@pytest.fixture
def whole(whole_of: Callable[[EmbeddedServer], list[str]], every_server: EmbeddedServer) -> list[str]:
    return whole_of(every_server)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Callable[[EmbeddedServer, str], list[str]]:
    """The schema of a database that was taken up to a version and never further; from one test to the next it grows."""
    reached: dict[Path, str] = {}

    def grow(server: EmbeddedServer, version: str) -> list[str]:
        if reached.get(server.folder, VERSIONS[-1]) > version:
            execute(server.url("postgres"), "drop database if exists grown with (force)")
            execute(server.url("postgres"), "create database grown template template0")
        root = tmp_path_factory.mktemp("grown")
        folder = Folder(root, root / "functions")
        folder.functions.mkdir()
        for file in migrations(MIGRATIONS):
            if file.version <= version:
                folder.write(file.name, file.text)
        folder.up(server.url("grown"))
        reached[server.folder] = version
        return dump(server, server.url("grown"))

    return grow


@pytest.mark.parametrize("version", [NOTHING, *VERSIONS[:-1]])
def test_down_and_up_again_give_the_same_schema(
    version: str,
    operational_url: str,
    every_server: EmbeddedServer,
    whole: list[str],
    grown: Callable[[EmbeddedServer, str], list[str]],
) -> None:
    """M10: and between, exactly the schema of a database that was never further."""
    later = [file.name for file in migrations(MIGRATIONS) if file.version > version]
    assert migrate.down(operational_url, version) == later[::-1]
    assert dump(every_server, operational_url) == grown(every_server, version)
    applied = migrate.up(operational_url)
    assert applied[: len(later)] == later
    assert dump(every_server, operational_url) == whole
    assert verify.verify(operational_url) == []


@pytest.mark.parametrize("version", [NOTHING, *LOSING])
def test_rows_are_not_lost_unasked(
    version: str, operational_url: str, every_server: EmbeddedServer, whole: list[str], acme: Tenant
) -> None:
    with pytest.raises(SchemaError, match=r"the rows of [a-z_.]+ would be lost \(romashka migrate down --force"):
        migrate.down(operational_url, version)
    assert dump(every_server, operational_url) == whole
    migrate.require_current(operational_url)
    migrate.down(operational_url, version, force=True)
    assert migrate.status(operational_url)[-1].state == "pending"


@pytest.mark.parametrize(("stays", "guarded"), [("006", "004"), ("004", "001"), ("001", NOTHING)])
def test_each_file_guards_its_own_tables(stays: str, guarded: str, operational_url: str, acme: Tenant) -> None:
    migrate.down(operational_url, stays, force=True)
    with pytest.raises(SchemaError, match=r"the rows of public\.\w+ would be lost"):
        migrate.down(operational_url, guarded)


@pytest.mark.parametrize(
    "file", [file for file in migrations(MIGRATIONS) if file.tables], ids=lambda file: file.version
)
def test_no_table_goes_with_rows_that_only_it_has(
    file: SqlFile, operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    migrate.down(operational_url, file.version, force=True)
    back = rollback_of(file).text.encode()
    guarded = [table for table in file.tables if table not in BESIDE_OTHERS]
    for table in guarded:
        with connection.transaction(force_rollback=True):
            connection.execute("set local session_replication_role = replica")
            for other in set(guarded) - {table}:
                connection.execute(f"delete from {other}".encode())
            with pytest.raises(errors.RaiseException, match=f"the rows of {table} would be lost"):
                connection.execute(back)


def test_an_erasure_that_awaits_files_goes_on_without_them(
    operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    connection.execute("update public.erasure_requests set status = 'awaiting_files'")
    migrate.down(operational_url, "045", force=True)
    assert connection.execute("select status from public.erasure_requests").fetchall() == [("running",)]


def test_what_the_planner_kept_of_an_erasure_s_values_goes_with_the_way_up(
    operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    """Of an emptied table ANALYZE would keep it for ever."""
    kept = "select attname::text from pg_stats where tablename = 'erasure_work' and attname = 'item'"
    migrate.down(operational_url, "054")
    connection.execute(
        "insert into app.erasure_work (request_id, kind, item) "
        "select id, 'value', 'zaphod' || number from public.erasure_requests, generate_series(1, 9) as number"
    )
    connection.execute("analyze app.erasure_work")
    connection.execute("delete from app.erasure_work")
    assert connection.execute(kept).fetchall() == [("item",)]
    migrate.up(operational_url)
    assert connection.execute(kept).fetchall() == []


def test_down_to_where_it_is_does_nothing(operational_url: str) -> None:
    assert migrate.down(operational_url, VERSIONS[-1]) == []
    migrate.require_current(operational_url)


@pytest.mark.parametrize("version", ["999", "", "01"])
def test_down_to_nowhere_is_refused(version: str, operational_url: str) -> None:
    with pytest.raises(SchemaError, match="there is no migration"):
        migrate.down(operational_url, version)


def test_down_is_whole_or_not_at_all(operational_url: str, every_server: EmbeddedServer) -> None:
    with psycopg.connect(operational_url) as connection:
        connection.execute("create view public.mine with (security_invoker) as select id from public.scheduled_reports")
    whole = dump(every_server, operational_url)
    with pytest.raises(SchemaError, match=r"^004_analytics_reporting\.rollback\.sql, line \d+: cannot drop table"):
        migrate.down(operational_url, "001")
    assert dump(every_server, operational_url) == whole


def test_every_file_has_its_rollback() -> None:
    for folder in (MIGRATIONS, FUNCTIONS):
        files = {path.name for path in Path(folder).glob("*.sql")}
        forward = {name for name in files if not name.endswith(".rollback.sql")}
        assert files - forward == {name.removesuffix(".sql") + ".rollback.sql" for name in forward}


def test_a_hold_that_outlived_its_subject_is_not_lost_unasked(
    operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    connection.execute("delete from public.conversations where id = %s", (acme.second,))
    for younger in ("public.file_deletions", "app.former_values", "app.erased_identities"):
        connection.execute(f"delete from {younger}".encode())
    with pytest.raises(SchemaError, match=r"1 rows of public\.legal_holds would be lost"):
        migrate.down(operational_url, "016")
    migrate.down(operational_url, "016", force=True)
    assert connection.execute("select count(*) from public.legal_holds").fetchone() == (0,)
