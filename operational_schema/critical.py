"""The queries that the application makes most: what they are asked with, how long they take, and whether an index serves them.

Belongs here: `critical/`, a query each, whose first line says what it finds, and the second, where there is one, that an index
has its order; and trying them as an agent of a tenant. Not here: percentiles under load (`tests/benchmarks/schema.py`).
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from operational_schema.migration_files import ROOM

FOLDER = ROOM / "critical"
IN_ORDER = "-- an index has its order\n"
Plan = dict[str, Any]


@dataclass(frozen=True)
class CriticalQuery:
    """A query of the application, what it finds, and whether an index is to have the order of its rows."""

    name: str
    finds: str
    text: str
    in_order: bool


@dataclass(frozen=True)
class Timing:
    """How long a query took, the tables that it read from end to end, and whether it sorted, though it was to use an index."""

    query: CriticalQuery
    milliseconds: float
    read_whole: list[str]
    is_sorted: bool


def queries() -> list[CriticalQuery]:
    """All of them, in order."""
    return [_query(path) for path in sorted(FOLDER.glob("*.sql"))]


def samples(connection: psycopg.Connection, tenant: uuid.UUID, count: int) -> list[dict[str, Any]]:
    """What to ask with: conversations of a tenant, spread over its history; made-up ones for a tenant that has none."""
    rows = connection.execute(
        """
        select id, coalesce(last_message_at, created_at), coalesce(customer_id, id)
        from public.conversations
        where tenant_id = %s
        order by md5(id::text)
        limit %s
        """,
        (tenant, count),
    ).fetchall()
    now = datetime.now(UTC)
    return [
        {"conversation": id, "before": at, "customer": customer, "day": at.date(), "word": "refund", "language": "en"}
        for id, at, customer in rows or [(uuid.uuid4(), now, uuid.uuid4())]
    ]


def nobody() -> tuple[uuid.UUID, uuid.UUID]:
    """A tenant and a person that do not exist."""
    return uuid.uuid4(), uuid.uuid4()


def become(connection: psycopg.Connection, tenant: uuid.UUID, person: uuid.UUID) -> None:
    """Be somebody of a tenant, as the application is for a request, until the transaction ends."""
    claims = json.dumps({"sub": str(person), "app_metadata": {"tenant_id": str(tenant)}})
    connection.execute(
        "select set_config('request.jwt.claims', %s, true), set_config('role', 'authenticated', true)", (claims,)
    )


def timings(connection: psycopg.Connection, asked_with: dict[str, Any]) -> Iterator[Timing]:
    """Each query's time and plan, for whoever the session is."""
    for query in queries():
        plan = _explain(connection, query, asked_with, analyze=True)
        connection.execute("set local enable_seqscan = off")
        forced = _explain(connection, query, asked_with, analyze=False)
        # A sort that is forbidden and done all the same has no index: it grows with the tenant, however few rows are shown.
        connection.execute("set local enable_sort = off")
        unsorted = _explain(connection, query, asked_with, analyze=False)
        connection.execute("set local enable_seqscan = on")
        connection.execute("set local enable_sort = on")
        yield Timing(
            query, float(plan["Execution Time"]), sorted(set(_read_whole(forced["Plan"]))),
            query.in_order and _is_sorted(unsorted["Plan"]),
        )  # fmt: skip


def _explain(
    connection: psycopg.Connection, query: CriticalQuery, asked_with: dict[str, Any], *, analyze: bool
) -> Plan:
    how = "analyze, format json" if analyze else "format json"
    row = connection.execute(f"explain ({how}) {query.text}".encode(), asked_with).fetchone()
    assert row is not None
    plan: Plan = row[0][0]
    return plan


def _read_whole(plan: Plan) -> Iterator[str]:
    """Tables that are read from end to end although that is forbidden: no index serves the query."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for below in plan.get("Plans", []):
        yield from _read_whole(below)


def _is_sorted(plan: Plan) -> bool:
    """Whether rows are sorted anywhere; an incremental sort is of those only that an index has side by side."""
    return plan["Node Type"] == "Sort" or any(_is_sorted(below) for below in plan.get("Plans", []))


def _query(path: Path) -> CriticalQuery:
    text = path.read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    return CriticalQuery(path.stem[3:], first.removeprefix("-- "), text, rest.startswith(IN_ORDER))
