"""O4: 500 readers while generation follows generation: no error, and never two generations at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from operational_schema import demo_traffic
from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.publishing import contract, views
from orchestration.publishing.contract import FACTS, Column, Mart
from orchestration.publishing.publish import publish
from orchestration.refresh import refresh
from orchestration.transformation import plan
from tests.orchestration.conftest import KEY

READERS = 500
PUBLISHES = 60
ROWS = 50
# One in so many reads the marts that analysts read; the others read small ones.
SHARE = 5
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
REAL = ("conversation_analytics", "daily_metrics")
LOOK_AT_SMALL = """
    select count(*), min(days.generation), max(days.generation), min(talks.generation), max(talks.generation),
        (select publication.generation from marts.publication)
    from marts.days inner join marts.talks using (tenant_id, id)
"""
LOOK_AT_REAL = """
    select count(*), min(said.total_messages), max(said.total_messages), min(days.total_messages), max(days.total_messages),
        (select publication.generation from marts.publication)
    from marts.conversation_analytics as said inner join marts.daily_metrics as days using (daily_metrics_id)
"""


@pytest.fixture
def warehouse_url(tmp_path: Path) -> Iterator[str]:
    """A warehouse on a server of its own that takes so many readers, filled by a refresh."""
    server = EmbeddedServer(tmp_path / "postgres", options=(("max_connections", str(READERS + 20)), ("fsync", "off")))
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name in ("o", "w"):
            connection.execute(f"create database {name}")
    databases = Databases(operational=server.url("o"), warehouse=server.url("w"))
    prepare(databases)
    until = datetime(2026, 3, 31, 12, tzinfo=UTC)
    demo_traffic.load_traffic(databases.operational, conversations=ROWS, tenants=1, days=30, seed=3, until=until)
    refresh(databases, pseudonym_key=KEY)
    yield server.url("w")
    server.stop()


def keep_and_let_in(url: str) -> None:
    with psycopg.connect(url) as warehouse:
        for mart in MARTS:
            contract.keep(warehouse, mart)
        views.show(warehouse, views.of_mart(MARTS[1]))
        warehouse.execute("create role one_tenant nologin in role romashka_reader")
        warehouse.execute("insert into marts.tenant_readers select 'one_tenant', tenant_id from marts.tenants")


def publish_next(url: str, generation: int) -> None:
    """The next generation of the small marts, and of the real ones, whose every row has another number of messages then."""
    with psycopg.connect(url) as warehouse:
        for mart in MARTS:
            warehouse.execute(
                f"create temporary table {mart.name} as "
                "select tenants.tenant_id, id, %s::bigint as generation "
                f"from marts.tenants, generate_series(1, {ROWS}) as id",
                (generation,),
            )
        # Without a scope they are built whole.
        real = tuple(replace(mart, scope=None, day=None) for mart in plan.load().marts if mart.name in REAL)
        for mart in real:
            name = sql.Identifier(mart.name)
            warehouse.execute(sql.SQL("create temporary table {} as select * from {}").format(name, mart.table))
            warehouse.execute(sql.SQL("update pg_temp.{} set total_messages = %s").format(name), (generation,))
        assert publish(warehouse, (*MARTS, *real)).generation == generation


async def read_on(url: str, look: str, stop: asyncio.Event) -> set[tuple[int, ...]]:
    """What a reader of one tenant sees, in transactions of two looks each."""
    seen = set()
    async with await psycopg.AsyncConnection.connect(url, options="-c role=one_tenant") as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        while not stop.is_set():
            looks = [await (await connection.execute(look)).fetchone() for _ in range(2)]
            await connection.rollback()
            assert looks[0] == looks[1], "one transaction, one generation"
            seen.add(looks[0])
            await asyncio.sleep(0.2)
    return seen


async def read_while_publishing(url: str, first: int) -> tuple[set[tuple[int, ...]], set[tuple[int, ...]]]:
    """What the readers of the real marts see, and those of the small ones."""
    stop = asyncio.Event()
    readers = [
        asyncio.create_task(read_on(url, LOOK_AT_SMALL if number % SHARE else LOOK_AT_REAL, stop))
        for number in range(READERS)
    ]
    for generation in range(first, first + PUBLISHES):
        await asyncio.to_thread(publish_next, url, generation)
    stop.set()
    seen = await asyncio.gather(*readers)
    small = (looks for number, looks in enumerate(seen) if number % SHARE)
    return set().union(*seen[::SHARE]), set().union(*small)


def test_every_reader_sees_whole_generations(warehouse_url: str) -> None:
    keep_and_let_in(warehouse_url)
    publish_next(warehouse_url, 2)
    for seen in asyncio.run(read_while_publishing(warehouse_url, 3)):
        assert {look[0] for look in seen} == {ROWS}
        assert all(len(set(look[1:])) == 1 for look in seen), seen
        assert len(seen) > PUBLISHES / 2, "they read while it changed"
