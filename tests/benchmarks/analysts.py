"""Twelve questions of analysts: a tenant's reader under row level security, eight at a time, against the operational tables.

Belongs here: how long the worked queries take, and the same answers where the platform's own tables have to give them. Not
here: how the marts got their rows (`transform.py`).
"""

import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from operational_schema import demo_traffic
from orchestration import dbt
from orchestration import refresh as refreshing
from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.publishing import tenant_readers
from tests.benchmarks.figure import Figure

CONVERSATIONS = int(os.environ.get("ROMASHKA_BENCH_CONVERSATIONS", "100000"))
CLIENTS = 8
ROUNDS = 25
# Of milliseconds: nine of them lay within one disturbance of the machine.
TIMES = 49
TIMES_AT_SOURCE = 3
# Open day and night: what it promises is of elapsed time, the only one that the operational tables can be asked for.
TENANT = "bengal-telecom"
KEY = "the key of the benchmarks, no secret"
WORKED = sorted((dbt.PROJECT / "analyses" / "worked").glob("*.sql"))
AT_SOURCE = Path(__file__).parent / "analysts_at_source"


def analyst_queries(server: EmbeddedServer) -> Iterator[Figure]:
    """p99 of the twelve at eight clients, and how many times longer the operational tables take."""
    databases = _filled(server)
    reader = tenant_readers.as_reader(databases.warehouse, TENANT)
    queries = {file.stem: file.read_text(encoding="utf-8") for file in WORKED}
    _compare(databases, reader)
    with ThreadPoolExecutor(CLIENTS) as clients:
        taken = [
            seconds for each in clients.map(lambda _: _rounds(reader, queries), range(CLIENTS)) for seconds in each
        ]
    together = sorted(seconds for _, seconds in taken)
    yield Figure("analysts.p50_of_8_clients", together[len(together) // 2] * 1000, "ms")
    yield Figure("analysts.p99_of_8_clients", together[int(len(together) * 0.99)] * 1000, "ms")
    ratios = []
    for name, query in queries.items():
        mart = _median(reader, query, times=TIMES)
        source = _median(databases.operational, _at_source(databases, name), times=TIMES_AT_SOURCE)
        ratios.append(source / mart)
        yield Figure(f"analysts.{name}.mart", mart * 1000, "ms")
        yield Figure(f"analysts.{name}.source_over_mart", source / mart, "ratio")
    yield Figure("analysts.source_over_mart.median", statistics.median(ratios), "ratio")
    yield Figure("analysts.source_over_mart.least", min(ratios), "ratio")


def _filled(server: EmbeddedServer) -> Databases:
    names = ("analysts_operational", "analysts_warehouse")
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(f"create database {name}")
    databases = Databases(*map(server.url, names))
    prepare(databases)
    demo_traffic.load_traffic(
        databases.operational, conversations=CONVERSATIONS, tenants=3, days=400, seed=1, until=datetime.now(UTC)
    )
    refreshing.refresh(databases, pseudonym_key=KEY)
    for url in (databases.operational, databases.warehouse):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("vacuum analyze")
    return databases


def _at_source(databases: Databases, name: str) -> str:
    """The same question to the operational tables, of the same tenant and as of the same instant."""
    with psycopg.connect(databases.warehouse) as warehouse:
        row = warehouse.execute(
            "select tenant_id, timezone, data_as_of from marts.tenants, marts.publication where slug = %s",
            (TENANT,),
        ).fetchone()
    assert row is not None
    tenant, zone, as_of = row
    text = (AT_SOURCE / f"{name}.sql").read_text(encoding="utf-8")
    return text.replace(":tenant", f"'{tenant}'").replace(":zone", f"'{zone}'").replace(":as_of", f"'{as_of}'")


def _compare(databases: Databases, reader: str) -> None:
    """A quick answer that is another answer would be no figure."""
    for file in WORKED:
        with psycopg.connect(reader) as mart, psycopg.connect(databases.operational) as source:
            said = mart.execute(file.read_text(encoding="utf-8")).fetchall()
            expected = source.execute(_at_source(databases, file.stem)).fetchall()
        if not _same(said, expected):
            raise RuntimeError(f"{file.stem}: the mart says {said[:2]}, the source {expected[:2]}")


def _same(said: list[tuple], expected: list[tuple]) -> bool:
    """Equal to the last digit, but for percentiles, which are promised within 2 percent."""
    return len(said) == len(expected) and all(
        one == other or (isinstance(other, float) and abs(float(one) - other) <= 0.02 * other)
        for row, row_at_source in zip(said, expected, strict=True)
        for one, other in zip(row, row_at_source, strict=True)
    )


def _rounds(url: str, queries: dict[str, str]) -> list[tuple[str, float]]:
    taken = []
    with psycopg.connect(url) as connection:
        for _ in range(ROUNDS):
            for name, query in queries.items():
                began = time.monotonic()
                connection.execute(query).fetchall()
                taken.append((name, time.monotonic() - began))
    return taken


def _median(url: str, query: str, *, times: int) -> float:
    taken = []
    with psycopg.connect(url) as connection:
        for _ in range(times):
            began = time.monotonic()
            connection.execute(query).fetchall()
            taken.append(time.monotonic() - began)
    return statistics.median(taken)
