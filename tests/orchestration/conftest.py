"""A small tenant, what is in its marts; a server to stop, and a disk to fill."""

import subprocess
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer

KEY = "a key of the tests, and of nothing else"
# Of a busy machine; the benchmarks measure.
PATIENCE_SECONDS = 90
TABLES = "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = any ('{marts, facts}'::regnamespace[])"


@pytest.fixture
def tenant(databases: Databases) -> uuid.UUID:
    """A tenant in Berlin."""
    tenant_id = uuid.uuid4()
    with psycopg.connect(databases.operational) as connection:
        connection.execute(
            "insert into public.tenants (id, slug, name, timezone) values (%s, 'acme', 'Acme', 'Europe/Berlin')",
            (tenant_id,),
        )
    return tenant_id


def add_conversation(connection: psycopg.Connection, tenant_id: uuid.UUID, *texts: str) -> uuid.UUID:
    """Insert a conversation with one customer message per text; returns its id."""
    conversation_id = uuid.uuid4()
    connection.execute("insert into public.conversations (id, tenant_id) values (%s, %s)", (conversation_id, tenant_id))
    for text in texts:
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "values (%s, %s, 'customer', %s)",
            (tenant_id, conversation_id, text),
        )
    return conversation_id


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return once the condition holds; `what` is what the test fails with."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > until:
            pytest.fail(f"it did not come to pass: {what}")
        time.sleep(0.1)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that the test may stop, and that nobody else starts."""
    server = EmbeddedServer(tmp_path / "postgres")
    server.start()
    yield server
    server.stop()


def databases_of(server: EmbeddedServer) -> Databases:
    """Both databases on a server that has none, prepared."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name in ("o", "w"):
            connection.execute(f"create database {name}")
    made = Databases(operational=server.url("o"), warehouse=server.url("w"))
    prepare(made)
    return made


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of so many megabytes in that folder; the test is skipped, loudly, where none can be mounted."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        said = "NO FILE SYSTEM CAN BE MOUNTED HERE: run as root to test a full disk"
        warnings.warn(said, stacklevel=2)
        pytest.skip(said)
    try:
        yield folder
    finally:
        # Lazily: whoever writes there may not have ended yet.
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def held(url: str, table: str) -> Iterator[Callable[[], bool]]:
    """Nobody can write the table meanwhile, and everybody can read it. Yields whether somebody waits to write."""
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as looker:
        holder.execute(sql.SQL("lock table {} in exclusive mode").format(sql.Identifier(*table.split("."))))
        waiting = "select exists (select from pg_locks where not granted and relation = %s::regclass)"
        yield lambda: looker.execute(waiting, (table,)).fetchone() == (True,)


def rows_of_marts(url: str) -> dict[str, list[str]]:
    """Every row that has been published, as text, and the generation."""
    with psycopg.connect(url) as warehouse:
        warehouse.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return {
            table: sorted(row for (row,) in warehouse.execute(f"select made::text from {table} as made"))
            for (table,) in warehouse.execute(TABLES).fetchall()
        }


def generation_of(url: str) -> int:
    """The generation that readers see."""
    with psycopg.connect(url) as warehouse:
        row = warehouse.execute("select generation from marts.publication").fetchone()
    return int(row[0]) if row else 0


def assert_as_built_anew(databases: Databases) -> None:
    """What is published is what a full build makes of the same source."""
    from orchestration.refresh import refresh

    published = rows_of_marts(databases.warehouse)
    refresh(databases, pseudonym_key=KEY, full=True)
    anew = rows_of_marts(databases.warehouse)
    assert published.pop("marts.publication") != anew.pop("marts.publication")
    assert published == anew
