"""O4: 500 readers while generation follows generation: no error, and never two generations at once."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.publishing import contract, views
from orchestration.publishing.contract import FACTS, Column, Mart
from orchestration.publishing.publish import publish
from orchestration.publishing.readers import ensure_roles

READERS = 500
PUBLISHES = 60
ROWS = 50
TENANT = uuid.UUID(int=1)
COLUMNS = (
    Column("tenant_id", "uuid", "Whose it is.", not_null=True),
    Column("id", "integer", "Which it is.", not_null=True),
    Column("generation", "bigint", "When it was written."),
)
# A table, and a view of one: what is read together has to be of one generation.
MARTS = (
    Mart("days", "Days of a test.", COLUMNS, ("tenant_id", "id")),
    Mart("talks", "Talks of a test.", COLUMNS, ("tenant_id", "id"), schema=FACTS, is_shown=True),
)
LOOK = """
    select count(*), min(days.generation), max(days.generation), min(talks.generation), max(talks.generation),
        (select publication.generation from marts.publication)
    from marts.days inner join marts.talks using (tenant_id, id)
"""


@pytest.fixture
def warehouse_url(tmp_path: Path) -> Iterator[str]:
    """A warehouse on a server of its own that takes so many readers."""
    server = EmbeddedServer(tmp_path / "postgres", options=(("max_connections", str(READERS + 20)), ("fsync", "off")))
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name in ("o", "w"):
            connection.execute(f"create database {name}")
    prepare(Databases(operational=server.url("o"), warehouse=server.url("w")))
    yield server.url("w")
    server.stop()


def keep_and_let_in(url: str) -> None:
    with psycopg.connect(url) as warehouse:
        warehouse.execute(
            "insert into ops.extract_state (source, key_fingerprint, snapshot, data_as_of) "
            "values ('test', 'test', pg_current_snapshot(), '2026-01-01T00:00:00Z')"
        )
        ensure_roles(warehouse)
        for mart in MARTS:
            contract.keep(warehouse, mart)
        views.show(warehouse, views.of_mart(MARTS[1]))
        warehouse.execute("create role one_tenant nologin in role romashka_reader")
        warehouse.execute("insert into marts.tenant_readers values ('one_tenant', %s)", (TENANT,))


def publish_next(url: str, generation: int) -> None:
    with psycopg.connect(url) as warehouse:
        for mart in MARTS:
            warehouse.execute(
                f"create temporary table {mart.name} as "
                f"select %s::uuid as tenant_id, id, %s::bigint as generation from generate_series(1, {ROWS}) as id",
                (TENANT, generation),
            )
        assert publish(warehouse, MARTS).generation == generation


async def read_on(url: str, stop: asyncio.Event) -> set[tuple[int, ...]]:
    """What a reader of one tenant sees, in transactions of two looks each."""
    seen = set()
    async with await psycopg.AsyncConnection.connect(url, options="-c role=one_tenant") as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        while not stop.is_set():
            looks = [await (await connection.execute(LOOK)).fetchone() for _ in range(2)]
            await connection.rollback()
            assert looks[0] == looks[1], "one transaction, one generation"
            seen.add(looks[0])
            await asyncio.sleep(0.2)
    return seen


async def read_while_publishing(url: str) -> set[tuple[int, ...]]:
    stop = asyncio.Event()
    readers = [asyncio.create_task(read_on(url, stop)) for _ in range(READERS)]
    for generation in range(2, PUBLISHES + 2):
        await asyncio.to_thread(publish_next, url, generation)
    stop.set()
    return set().union(*await asyncio.gather(*readers))


def test_every_reader_sees_whole_generations(warehouse_url: str) -> None:
    keep_and_let_in(warehouse_url)
    publish_next(warehouse_url, 1)
    seen = asyncio.run(read_while_publishing(warehouse_url))
    assert {look[0] for look in seen} == {ROWS}
    assert all(len(set(look[1:])) == 1 for look in seen), seen
    assert len(seen) > PUBLISHES / 2, "they read while it changed"
