"""Figures of one tenant, read from the marts.

Belongs here: the SQL around the catalogue's expressions, bound to one tenant and one period. Not here: what a figure means
(`catalog.py`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from reports.catalog import Metric
from reports.errors import ReportError
from reports.periods import Period

Connection = psycopg.Connection[Any]
Value = Decimal | float | int | None


@dataclass(frozen=True)
class Figure:
    """A metric's value, that of the period before, and how many observations stand behind the first."""

    metric: Metric
    value: Value
    before: Value
    sample: int


@dataclass(frozen=True)
class Filters:
    """Which of the tenant's conversations count; empty means all."""

    channels: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


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


def figures(marts: Connection, tenant: UUID, period: Period, metrics: list[Metric], filters: Filters) -> list[Figure]:
    """Each metric in the period and in the one before."""
    now, before = (_measure(marts, tenant, each, metrics, filters) for each in (period, period.previous()))
    return [
        Figure(metric, value, before[position][0], sample)
        for position, (metric, (value, sample)) in enumerate(zip(metrics, now, strict=True))
    ]


def by_day(
    marts: Connection, tenant: UUID, period: Period, metrics: list[Metric], filters: Filters
) -> list[tuple[date, list[Value]]]:
    """Each metric on each day of the period, also on days without a conversation."""
    rows = _grouped(marts, "c.started_on", tenant, period, metrics, filters)
    known = {row[0]: list(row[1:]) for row in rows}
    nothing: list[Value] = [0 if metric.unit == "count" else None for metric in metrics]
    days = [date.fromordinal(period.first.toordinal() + offset) for offset in range(period.days)]
    return [(day, known.get(day, nothing)) for day in days]


def by_channel(
    marts: Connection, tenant: UUID, period: Period, metrics: list[Metric], filters: Filters
) -> list[tuple[str, list[Value]]]:
    """Each metric on each channel that had a conversation."""
    rows = _grouped(marts, "c.channel_type", tenant, period, metrics, filters)
    return [(row[0], list(row[1:])) for row in rows]


def _measure(
    marts: Connection, tenant: UUID, period: Period, metrics: list[Metric], filters: Filters
) -> list[tuple[Value, int]]:
    columns = ", ".join(f"{metric.value}, {metric.sample}" for metric in metrics)
    row = marts.execute(f"select {columns} {_ROWS}", _bound(tenant, period, filters)).fetchone()
    values = list(row or [])
    return [(values[position], int(values[position + 1])) for position in range(0, len(values), 2)]


def _grouped(
    marts: Connection, column: str, tenant: UUID, period: Period, metrics: list[Metric], filters: Filters
) -> list[tuple[Any, ...]]:
    columns = ", ".join(metric.value for metric in metrics)
    statement = f"select {column}, {columns} {_ROWS} group by {column} order by {column}"
    return marts.execute(statement, _bound(tenant, period, filters)).fetchall()


# Only the catalogue's own expressions are put into SQL as text; what anybody entered is bound.
_ROWS = """
    from marts.conversation_analytics as c
    where c.tenant_id = %(tenant)s and c.started_on >= %(first)s and c.started_on < %(end)s
        and (cardinality(%(channels)s::text[]) = 0 or c.channel_type = any(%(channels)s))
        and (cardinality(%(departments)s::text[]) = 0 or c.department = any(%(departments)s))
"""


def _bound(tenant: UUID, period: Period, filters: Filters) -> dict[str, object]:
    return {
        "tenant": tenant,
        "first": period.first,
        "end": period.end,
        "channels": list(filters.channels),
        "departments": list(filters.departments),
    }
