"""Figures of one tenant, read from the marts.

Belongs here: the SQL around the catalogue's expressions, bound to one tenant and one period. Not here: what a figure means
(`catalog.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from reports.catalog import BY_NAME, Metric
from reports.dimensions import Dimension
from reports.errors import NotCoveredError, ReportError
from reports.periods import Period

Connection = psycopg.Connection[Any]
Value = Decimal | float | int | None


@dataclass(frozen=True)
class Figure:
    """A metric's value and that of the period before, and how many observations stand behind each."""

    metric: Metric
    value: Value
    before: Value
    sample: int
    sample_before: int = 0


@dataclass(frozen=True)
class Cell:
    """A metric's value on a day or of a group, and how many observations stand behind it."""

    value: Value
    sample: int


@dataclass(frozen=True)
class Rows:
    """Which conversations count: one tenant's, of some days, channels, departments and agents; empty means all."""

    tenant: UUID
    period: Period
    channels: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    agents: tuple[UUID, ...] = ()

    def of(self, period: Period) -> "Rows":
        """The same of other days."""
        return replace(self, period=period)


@contextmanager
def marts(url: str, **parameters: str) -> Iterator[Connection]:
    """A connection that can only read, and that sees one generation of the marts within a transaction."""
    with psycopg.connect(url, autocommit=True, **parameters) as connection:  # type: ignore[arg-type]
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


@contextmanager
def beside(open_marts: Connection) -> Iterator[Connection]:
    """Another connection, in a transaction that sees what the transaction of this one sees."""
    snapshot = open_marts.execute("select pg_export_snapshot()").fetchone()
    secret = {"password": open_marts.info.password} if open_marts.info.password else {}
    with marts(open_marts.info.dsn, **secret) as other, other.transaction():
        other.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot[0] if snapshot else "")))
        yield other


def data_as_of(marts: Connection) -> datetime:
    """The instant up to which the marts know the source. Raises ReportError before the first publication."""
    try:
        row = marts.execute("select data_as_of from marts.publication").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise ReportError("the warehouse has no marts yet: run romashka refresh") from error
    if row is None:
        raise ReportError("nothing has been published yet: run romashka refresh")
    instant: datetime = row[0]
    return instant


def timezone(marts: Connection, tenant: UUID) -> str:
    """The zone by which the marts cut this tenant's days."""
    row = marts.execute("select timezone from marts.tenants where tenant_id = %s", (tenant,)).fetchone()
    if row is None:
        raise NotCoveredError("the marts do not know the tenant yet: run romashka refresh")
    zone: str = row[0]
    return zone


def figures(marts: Connection, rows: Rows, metrics: list[Metric]) -> list[Figure]:
    """Each metric in the period and in the one before."""
    now, before = (_measure(marts, each, metrics) for each in (rows, rows.of(rows.period.previous())))
    return [
        Figure(metric, value, earlier, sample, sample_before)
        for metric, (value, sample), (earlier, sample_before) in zip(metrics, now, before, strict=True)
    ]


def by_day(marts: Connection, rows: Rows, metrics: list[Metric]) -> list[tuple[date, list[Cell]]]:
    """Each metric on each day of the period, also on days without a conversation."""
    known = {day: _cells(values) for day, *values in _grouped(marts, "c.started_on", rows, metrics)}
    days = [date.fromordinal(rows.period.first.toordinal() + offset) for offset in range(rows.period.days)]
    return [(day, known.get(day, nothing(metrics))) for day in days]


def by_group(marts: Connection, rows: Rows, group: Dimension, metrics: list[Metric]) -> list[tuple[str, list[Cell]]]:
    """Each metric of each group that had a conversation, in the dimension's order."""
    found = _grouped(marts, group.value, rows, metrics, only=group.only, place=group.place)
    return [(name, _cells(values)) for name, *values in found]


def nothing(metrics: list[Metric]) -> list[Cell]:
    """Each metric where no conversation is."""
    return [Cell(0 if metric.unit == "count" else None, 0) for metric in metrics]


def recent(marts: Connection, rows: Rows, zone: str, *, most: int) -> list[tuple[Any, ...]]:
    """Of the last conversations key, beginning in wall time, channel, status, keys of customer and agent, and rating."""
    return marts.execute(
        f"""
        select c.conversation_id, c.started_at at time zone %(zone)s, c.channel_type, c.status, c.customer_key, c.agent_id,
            c.customer_satisfaction
        {_of(rows)} order by c.started_at desc, c.conversation_id limit %(most)s
        """,
        _bound(rows) | {"zone": zone, "most": most},
    ).fetchall()


def ratings_by_channel(marts: Connection, rows: Rows) -> list[tuple[str, float, int, float]]:
    """Channel, mean satisfaction, number of ratings and their variance, of each channel that was rated."""
    score = BY_NAME["avg_satisfaction"]
    columns = f"c.channel_type, {score.value}, {score.sample}, var_pop(c.customer_satisfaction)"
    found = marts.execute(f"select {columns} {_of(rows)} group by 1", _bound(rows))
    return [
        (channel, float(value), sample, float(spread)) for channel, value, sample, spread in found if value is not None
    ]


def _measure(marts: Connection, rows: Rows, metrics: list[Metric]) -> list[tuple[Value, int]]:
    values = list(marts.execute(f"select {_measured(metrics)} {_of(rows)}", _bound(rows)).fetchone() or [])
    return [(cell.value, cell.sample) for cell in _cells(values)]


def _grouped(
    marts: Connection, column: str, rows: Rows, metrics: list[Metric], *, only: str = "true", place: str = "1"
) -> list[tuple[Any, ...]]:
    return marts.execute(
        f"select {column}, {_measured(metrics)} {_of(rows)} and {only} group by 1 order by {place}", _bound(rows)
    ).fetchall()


def _measured(metrics: list[Metric]) -> str:
    return ", ".join(f"{metric.value}, {metric.sample}" for metric in metrics)


def _cells(values: list[Any]) -> list[Cell]:
    return [Cell(value, int(sample)) for value, sample in zip(values[::2], values[1::2], strict=True)]


def _of(rows: Rows) -> str:
    """Only the catalogue's own expressions are put into SQL as text; what anybody entered is bound."""
    # "Empty or one of them" as one condition read both columns of every row, also where an index alone would do.
    conditions = [_IN_PERIOD, *(_CHOSEN[name] for name in _CHOSEN if getattr(rows, name))]
    return f"from marts.conversation_analytics as c where {' and '.join(conditions)}"


_IN_PERIOD = "c.tenant_id = %(tenant)s and c.started_on >= %(first)s and c.started_on < %(end)s"
_CHOSEN = {
    "channels": "c.channel_type = any(%(channels)s)",
    "departments": "c.department = any(%(departments)s)",
    "agents": "c.agent_id = any(%(agents)s)",
}


def _bound(rows: Rows) -> dict[str, object]:
    return {
        "tenant": rows.tenant,
        "first": rows.period.first,
        "end": rows.period.end,
        "channels": list(rows.channels),
        "departments": list(rows.departments),
        "agents": list(rows.agents),
    }
