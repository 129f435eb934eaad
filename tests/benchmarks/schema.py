"""The application's twelve queries as an agent under row level security, eight at a time, and against the same without it.

Belongs here: reading. Not here: writing (`schema_writes.py`), the queries (`operational_schema/critical/`), and the rows
(`schema_rows.py`).
"""

import hashlib
import os
import statistics
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg

from operational_schema import critical
from operational_schema.critical import CriticalQuery
from operational_schema.verify_rows import Person
from orchestration.embedded import EmbeddedServer
from tests.benchmarks import schema_rows, schema_writes
from tests.benchmarks.figure import Figure

CONVERSATIONS = int(os.environ.get("ROMASHKA_BENCH_CONVERSATIONS", "100000"))
CLIENTS = 8
ROUNDS = 12
SAMPLES = 40
PAIRS = 25


def schema(server: EmbeddedServer) -> Iterator[Figure]:
    """p95 of each query with eight clients, the ratio to the same query without row level security, and what a message costs."""
    url = schema_rows.filled(server, "bench_schema", CONVERSATIONS)
    yield from _reading(url)
    yield from schema_writes.writing(url)


def _reading(url: str) -> Iterator[Figure]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        taken = [each for rounds in clients.map(lambda number: _client(url, number), range(CLIENTS)) for each in rounds]
    worst, together = 0.0, 0.0
    for query in critical.queries():
        times = sorted(seconds for name, seconds in taken if name == query.name)
        p95 = times[int(len(times) * 0.95)] * 1000
        ratio = _ratio(url, query)
        worst, together = max(worst, p95), max(together, ratio)
        yield Figure(f"schema.{query.name}.p95_of_8_clients", p95, "ms")
        yield Figure(f"schema.{query.name}.to_without_rls", ratio, "ratio")
    yield Figure("schema.queries.p95_of_8_clients.worst", worst, "ms")
    yield Figure("schema.queries.to_without_rls.worst", together, "ratio")


def _client(url: str, number: int) -> list[tuple[str, float]]:
    """Requests of an agent, a transaction each, as the application's interface makes them."""
    taken = []
    with psycopg.connect(url, autocommit=True) as connection:
        agent = _agent(number)
        samples = critical.samples(connection, agent.tenant, SAMPLES)
        for turn in range(ROUNDS):
            for query in critical.queries():
                began = time.monotonic()
                _ask(connection, agent, query, samples[(turn * CLIENTS + number) % len(samples)])
                taken.append((query.name, time.monotonic() - began))
    return taken


def _ask(connection: psycopg.Connection, agent: Person, query: CriticalQuery, sample: dict[str, Any]) -> list[Any]:
    with connection.transaction():
        critical.become(connection, agent.tenant, agent.id)
        return connection.execute(query.text.encode(), sample).fetchall()


def _ratio(url: str, query: CriticalQuery) -> float:
    """Medians of the statement itself, both ways in turn. Without row level security its owner asks views of one tenant."""
    agent = _agent(0)
    bare = replace(query, text=query.text.replace("public.", "bare."))
    seconds: dict[bool, list[float]] = {True: [], False: []}
    with psycopg.connect(url, autocommit=True) as connection:
        _make_views(connection)
        samples = critical.samples(connection, agent.tenant, PAIRS)
        for sample in samples:
            answers = [_timed(connection, agent, one, sample, seconds[one is query]) for one in (query, bare)]
            if answers[0] != answers[1]:
                raise RuntimeError(f"{query.name} finds something else without row level security")
    return statistics.median(seconds[True]) / statistics.median(seconds[False])


def _timed(
    connection: psycopg.Connection, agent: Person, query: CriticalQuery, sample: dict[str, Any], taken: list[float]
) -> list[Any]:
    with connection.transaction():
        critical.become(connection, agent.tenant, agent.id)
        if "bare." in query.text:
            connection.execute("reset role")
        connection.execute(query.text.encode(), sample).fetchall()
        began = time.monotonic()
        rows = connection.execute(query.text.encode(), sample).fetchall()
        taken.append(time.monotonic() - began)
    return rows


def _make_views(connection: psycopg.Connection) -> None:
    connection.execute("create schema if not exists bare")
    tables = connection.execute(
        "select tablename from pg_tables where schemaname = 'public' and tablename <> 'tenants'"
    )
    for (table,) in tables.fetchall():
        connection.execute(
            f"create or replace view bare.{table} as "
            f"select * from public.{table} where tenant_id = (select app.tenant_id())"
        )
    functions = connection.execute(
        "select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace and proname like 'search%'"
    )
    for (definition,) in functions.fetchall():
        copy = definition.replace("FUNCTION public.", "FUNCTION bare.").replace(" SECURITY DEFINER", "")
        connection.execute(copy.encode())


def _agent(number: int) -> Person:
    """One of the agents whom `schema_rows.sql` makes."""
    tenant = 1 + number % schema_rows.TENANTS
    return Person(f"tenant-{tenant}", _key(f"tenant {tenant}"), _key(f"agent {tenant} 1"))


def _key(text: str) -> uuid.UUID:
    return uuid.UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
