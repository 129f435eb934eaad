"""Files outside a transaction: an index built while the application writes, a kill in the middle, a second run.

Belongs here: `create index concurrently` (M8). Not here: files in transactions (`test_migrate.py`, `test_migrate_faults.py`).
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from operational_schema import bundle, concurrent_index, migrate
from operational_schema.errors import SchemaError
from operational_schema.migration_files import migrations
from tests.operational_schema.conftest import Folder
from tests.operational_schema.running import start, wait_for

pytestmark = pytest.mark.usefixtures("every_server")

BUILD = "-- no transaction\n-- Why.\ncreate index concurrently if not exists a_id on public.a (id);\n"


def _validity(url: str, index: str = "a_id") -> bool | None:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select indisvalid from pg_index where indexrelid = to_regclass(%s)", (index,)
        ).fetchone()
    return None if row is None else bool(row[0])


@contextmanager
def _old_transaction(url: str) -> Iterator[None]:
    """Somebody who has written to the table and not yet committed: a concurrent build waits for them."""
    with psycopg.connect(url) as writer:
        writer.execute("insert into public.a values (1)")
        yield
        writer.rollback()


@pytest.fixture
def url(empty_url: str, folder: Folder) -> str:
    folder.write("001_a.sql", "create table public.a (id int); insert into public.a values (1), (2);")
    folder.up(empty_url)
    return empty_url


def test_an_index_is_built_outside_a_transaction_and_noted(url: str, folder: Folder) -> None:
    folder.write("002_b.sql", BUILD)
    folder.write("003_c.sql", "create table public.c (id int);")
    assert folder.up(url) == ["002_b.sql", "003_c.sql"]
    assert _validity(url) is True
    assert folder.up(url) == []


def test_a_build_that_was_killed_is_built_anew(url: str, folder: Folder) -> None:
    """M8: the kill leaves an invalid index, which `if not exists` would take for the right one."""
    folder.write("002_b.sql", BUILD)
    with _old_transaction(url):
        run = start(url, folder)
        wait_for(lambda: _validity(url) is False)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        wait_for(lambda: not _building(url))
    assert _validity(url) is False
    assert folder.status(url)[-1].state == "pending"
    assert folder.up(url) == ["002_b.sql"]
    assert _validity(url) is True


def test_a_build_that_was_finished_but_not_noted_is_noted(url: str, folder: Folder) -> None:
    folder.write("002_b.sql", BUILD)
    with psycopg.connect(url) as connection:
        connection.execute("create index a_id on public.a (id)")
    assert folder.up(url) == ["002_b.sql"]
    assert _validity(url) is True


def test_of_a_build_that_fails_nothing_stays(url: str, folder: Folder) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("insert into public.a values (1)")
    folder.write("002_b.sql", BUILD.replace("create index", "create unique index"))
    with pytest.raises(
        SchemaError, match=r"^002_b\.sql, line 3: could not create unique index .*nothing was changed by"
    ):
        folder.up(url)
    assert _validity(url) is None
    assert folder.status(url)[-1].state == "pending"


def test_a_second_run_that_waits_does_not_hold_up_the_build(url: str, folder: Folder) -> None:
    """M1, M8: a run that waited for the lock within a statement would have a snapshot, for which the build would wait."""
    folder.write("002_b.sql", BUILD)
    with _old_transaction(url):
        first = start(url, folder)
        wait_for(lambda: _validity(url) is False)
        second = start(url, folder)
        wait_for(lambda: _sessions(url) >= 4)
    assert [run.communicate(timeout=30) for run in (first, second)] == [("002_b.sql\n", ""), ("\n", "")]
    assert _validity(url) is True


def _building(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute("select from pg_stat_progress_create_index where datname = current_database()")
        return found.fetchone() is not None


def _sessions(url: str) -> int:
    """Sessions on the database: the writer's, the two runs', and the one that asks."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from pg_stat_activity where datname = current_database()").fetchone()
    return int(row[0]) if row else 0


@pytest.mark.parametrize(
    "text",
    [
        "create index concurrently a_id on public.a (id);",
        "create index if not exists a_id on public.a (id);",
        "create index concurrently if not exists a_id on a (id);",
        "create index concurrently if not exists a_id on public.a (id); select 1;",
        "-- create index concurrently if not exists a_id on public.a (id);\nselect 1;",
        "vacuum public.a;",
        "",
    ],
)
def test_nothing_but_one_index_goes_without_a_transaction(text: str, url: str, folder: Folder) -> None:
    folder.write("002_b.sql", f"-- no transaction\n{text}\n")
    folder.write("003_c.sql", "create table public.c (id int);")
    with pytest.raises(SchemaError, match=r"^002_b\.sql: a file without a transaction holds one statement"):
        folder.up(url)
    assert [row.state for row in folder.status(url)] == ["applied", "pending", "pending"]


def test_it_is_taken_back_like_any_other(url: str, folder: Folder) -> None:
    folder.write("002_b.sql", BUILD)
    folder.write("002_b.rollback.sql", "drop index public.a_id;")
    folder.up(url)
    assert migrate.down(url, "001", folder=folder.migrations, functions=folder.functions) == ["002_b.sql"]
    assert _validity(url) is None


def test_the_file_for_pasting_builds_the_same_index_in_its_transaction(
    url: str, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M11."""
    folder.write("002_b.sql", BUILD)
    files = migrations(folder.migrations)
    assert concurrent_index.build_of(files[1]).index == "a_id"
    monkeypatch.setattr(bundle.migration_files, "migrations", lambda: files[1:])
    with psycopg.connect(url) as connection:
        connection.execute(bundle.schema().encode())
        connection.execute("create table public.after_it (id int)")
    assert _validity(url) is True
