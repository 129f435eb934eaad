"""X14, X15: a source that was really restored: its files copied back, its dump loaded again, its dump in another server.

Belongs here: servers that a test may break, and what the next extracts say and land. Not here: each sign by itself
(`test_identity.py`).
"""

import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from operational_schema import migrate
from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.extraction.extract import Extract, extract
from tests.conftest import execute
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw, rows_of_source

COPIED = "the source was restored from a copy of its files, or another warehouse reads it too"
OLDER = "the source is older than what has landed"


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[[str], EmbeddedServer]]:
    """Servers that end with the test."""
    made: list[EmbeddedServer] = []

    def make(name: str) -> EmbeddedServer:
        server = EmbeddedServer(tmp_path / name, options=(("fsync", "off"),))
        server.start()
        execute(server.url("postgres"), "create database operational")
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


class Source:
    """A source with one tenant, extracted into a warehouse."""

    def __init__(self, server: EmbeddedServer, warehouse: str) -> None:
        self.server, self.warehouse, self.url = server, warehouse, server.url("operational")
        self.tenant = uuid.uuid4()

    def begin(self) -> None:
        migrate.up(self.url)
        with psycopg.connect(self.url) as source:
            source.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (self.tenant,))

    def write(self, text: str) -> None:
        with psycopg.connect(self.url) as source:
            add_conversation(source, self.tenant, text)

    def extract(self) -> Extract:
        return extract(self.url, self.warehouse, pseudonym_key=KEY)

    def assert_equal(self) -> None:
        with psycopg.connect(self.url) as source:
            assert rows_of_raw(self.warehouse) == rows_of_source(source)

    def use_transactions(self, count: int) -> None:
        """As a source does that goes on for a while before anybody extracts."""
        with psycopg.connect(self.url, autocommit=True) as source:
            for _ in range(count):
                source.execute("select pg_current_xact_id()")


@contextmanager
def restored_files(server: EmbeddedServer, aside: Path) -> Iterator[None]:
    """Copies the server's files now, and puts the copy back at the end."""
    server.stop()
    subprocess.run(["cp", "-a", server.data, aside], check=True)
    server.start()
    yield
    server.stop()
    shutil.rmtree(server.data)
    subprocess.run(["cp", "-a", aside, server.data], check=True)
    server.start()


@contextmanager
def restored_dump(server: EmbeddedServer, aside: Path) -> Iterator[None]:
    """Dumps the database now, and loads it into the same database at the end."""
    dump(server, aside)
    yield
    load(server, aside, "--clean", "--if-exists")


def dump(server: EmbeddedServer, file: Path) -> None:
    file.touch()
    server._give_to_server(file)
    server._run("pg_dump", "-Fc", "-d", server.url("operational"), "-f", str(file))


def load(server: EmbeddedServer, file: Path, *how: str) -> None:
    server._run("pg_restore", "--exit-on-error", *how, "-d", server.url("operational"), str(file))


@pytest.mark.parametrize("goes_on", [0, 60], ids=["at once", "later"])
@pytest.mark.parametrize("restored", [restored_files, restored_dump])
def test_what_a_restored_source_has_lost_leaves_the_warehouse_and_what_it_goes_on_to_write_arrives(
    new_server: Callable[[str], EmbeddedServer],
    databases: Databases,
    tmp_path: Path,
    restored: Callable[..., object],
    *,
    goes_on: int,
) -> None:
    """X14 by hand: same server, same timeline, same database. Only that the source was told of more tells it."""
    source = Source(new_server("source"), databases.warehouse)
    source.begin()
    source.write("from before")
    source.extract()
    with restored(source.server, tmp_path / "aside"):  # type: ignore[attr-defined]
        source.write("undone by the restoration")
        source.extract()
    source.use_transactions(goes_on)
    source.write("from after")
    assert source.extract().full_because in ((COPIED,) if goes_on or restored is restored_dump else (COPIED, OLDER))
    source.assert_equal()
    source.write("as ever")
    assert source.extract().full_because is None
    source.assert_equal()


def test_a_dump_in_a_new_server_brings_changes_of_transactions_that_are_yet_to_come(
    new_server: Callable[[str], EmbeddedServer], databases: Databases, tmp_path: Path
) -> None:
    """X15: those of the old server's fourth epoch. They once stayed in the log for ever."""
    old = new_server("old")
    old.stop()
    old._run("pg_resetwal", "-e", "3", str(old.data))
    old.start()
    source = Source(old, databases.warehouse)
    source.begin()
    source.write("landed")
    source.extract()
    source.write("in the log when the dump is made")
    dump(old, tmp_path / "dump")
    moved = Source(new_server("new"), databases.warehouse)
    moved.tenant = source.tenant
    with psycopg.connect(moved.url) as template:
        for role in ("anon", "authenticated", "service_role"):
            template.execute(f"create role {role} nologin bypassrls")
    load(moved.server, tmp_path / "dump")
    moved.write("by the new one")
    assert moved.extract().full_because == "the source is another server"
    moved.assert_equal()
    with psycopg.connect(moved.url) as found:
        assert found.execute("select count(*) from etl.change").fetchone() == (0,)
    moved.write("as ever")
    assert moved.extract().full_because is None
    moved.assert_equal()


def test_changes_of_another_server_in_the_log_are_noticed_by_themselves(
    databases: Databases, tenant: uuid.UUID, run_extract: Callable[..., Extract], assert_equal: Callable[[], None]
) -> None:
    """X15 where nothing else tells it: rows of a dump, loaded into the same database."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
        source.execute("update etl.change set xid = '99999999999'")
    assert run_extract().full_because == "the change log came with a dump of another server"
    assert_equal()
    with psycopg.connect(databases.operational) as source:
        assert source.execute("select count(*) from etl.change").fetchone() == (0,)
    assert run_extract().full_because is None
