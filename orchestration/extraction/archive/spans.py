"""Spans of a relation: whole months that are read and written together, some of them or one, or the tenants of one in turn.

Belongs here: how a relation is divided, so that no span is too large for memory, and few are not worth a statement. Not here:
reading them (`gathering.py`). A sample says about how many values a month has; whatever it says, every row is in one span.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, zip_longest
from math import ceil
from uuid import UUID

import psycopg
from psycopg import sql

from orchestration.extraction.archive.gathering import Bucket, Gathering
from orchestration.extraction.archive.relations import Relation

# A statement costs milliseconds. On the other hand, PostgreSQL gathers fewer groups quicker: they stay in the processor's cache.
WORTH_A_STATEMENT = 750_000
# Both ends hold the values of a statement in memory, some ten bytes each.
MOST_VALUES = 15_000_000
SAMPLED_PAGES = 200
# After it Python has no date.
LAST_YEAR = date(date.max.year, 1, 1)


@dataclass(frozen=True)
class Span:
    """Buckets of a relation, whole. Each condition has some of their rows; `month` is SQL of the month of a row."""

    gathering: Gathering
    wheres: tuple[sql.Composable, ...]
    month: sql.Composable


@dataclass(frozen=True)
class _Part:
    """Rows of a condition, with about so many values; those from a day to another, where it has both."""

    where: sql.Composable
    month: sql.Composable
    has: Callable[[date | None], bool]
    values: float
    first: date | None = None
    after: date | None = None


def spans(warehouse: psycopg.Connection, relation: Relation, buckets: set[Bucket] | None) -> Iterator[Span]:
    """All rows of the buckets, or of the relation where there is no list, each in one span."""
    gathering = Gathering(relation, _with_nulls(warehouse, relation))
    pages = _pages(warehouse, relation)
    parts = _parts(relation, _sampled(warehouse, relation, pages))
    # The largest first: nobody waits long for who reads the last one.
    for part in sorted(parts, key=lambda part: part.values, reverse=True):
        wanted = buckets and {(tenant, month) for tenant, month in buckets if part.has(month)}
        if wanted or buckets is None:
            yield from _divided(gathering, part, _within(relation, wanted), pages)


def _pages(warehouse: psycopg.Connection, relation: Relation) -> int:
    """How many the table has; at least one."""
    row = warehouse.execute(
        "select greatest(pg_relation_size(%s::regclass) / current_setting('block_size')::bigint, 1)",
        (relation.identifier.as_string(),),
    ).fetchone()
    return int(row[0]) if row else 1


def _sampled(warehouse: psycopg.Connection, relation: Relation, pages: int) -> dict[date | None, float]:
    """About how many values each month has."""
    share = min(1.0, SAMPLED_PAGES / pages)
    found = warehouse.execute(
        sql.SQL(
            "select {month}, count(*) from {table} tablesample system ({percent}) repeatable (0) group by 1"
        ).format(month=sql.SQL(relation.month), table=relation.identifier, percent=sql.Literal(share * 100))
    ).fetchall()
    return {month: count * len(relation.columns) / share for month, count in found}


def _with_nulls(warehouse: psycopg.Connection, relation: Relation) -> frozenset[str]:
    """Columns of which the statistics know both nulls and values, or know nothing."""
    rows = warehouse.execute(
        "select attname from pg_stats where schemaname = %s and tablename = %s and null_frac in (0, 1)",
        (relation.schema, relation.table),
    ).fetchall()
    return frozenset(name for name, _ in relation.columns) - {name for (name,) in rows}


def _parts(relation: Relation, months: dict[date | None, float]) -> Iterator[_Part]:
    """Intervals of months that follow each other, and what is outside of all; everything, where it is little or undated."""
    of_row, values = sql.SQL(relation.month), sum(months.values())
    intervals = list(_intervals({month: values for month, values in months.items() if month and month < LAST_YEAR}))
    if relation.dated_by is None or values < 2 * WORTH_A_STATEMENT or not intervals:
        yield _Part(sql.SQL("true"), of_row, lambda month: True, values)
        return
    column = sql.Identifier(relation.dated_by)
    for first, after, among in intervals:
        yield _Part(
            _from_to(relation, first, after),
            sql.SQL("{}::date").format(sql.Literal(str(first))) if _next(first) == after else of_row,
            lambda month, first=first, after=after: month is not None and first <= month < after,  # type: ignore[misc]
            among, first, after,
        )  # fmt: skip
    first, after = intervals[0][0], intervals[-1][1]
    yield _Part(
        sql.SQL("({} is null or not ({}))").format(column, _from_to(relation, first, after)),
        of_row,
        lambda month: month is None or not first <= month < after,
        months.get(None, 0),
    )


def _intervals(months: dict[date, float]) -> Iterator[tuple[date, date, float]]:
    """From a month to the next that begins an interval, without a gap, each worth a statement but for the last."""
    values, first = 0.0, min(months, default=date.min)
    for month, following in zip(sorted(months), [*sorted(months)[1:], None], strict=False):
        values += months[month]
        if values >= WORTH_A_STATEMENT or following is None:
            yield first, following or _next(month), values
            values, first = 0.0, following or month


def _divided(gathering: Gathering, part: _Part, within: sql.Composable, pages: int) -> Iterator[Span]:
    """The part as one span; of too many values, some tenants after the others, and for each some pieces after the others."""
    relation, times = gathering.relation, ceil(part.values / MOST_VALUES) or 1
    for number in range(times):
        among = _tenants(relation, number, times)
        yield Span(
            gathering,
            tuple(
                sql.SQL("{} and {} and {}").format(each, among, within)
                for each in _pieces(relation, part, times, pages)
            ),
            part.month,
        )


def _pieces(relation: Relation, part: _Part, times: int, pages: int) -> Iterator[sql.Composable]:
    """About so many: some days of the part after the others, or some pages of the table. One tenant may have all rows."""
    if times == 1:
        yield part.where
    elif part.first and part.after:
        days = (part.after - part.first).days
        bounds = sorted({part.first + timedelta(days * number // times) for number in range(times + 1)})
        yield from (_from_to(relation, *between) for between in pairwise(bounds))
    else:
        bounds_of_pages = [f"({pages * number // times},0)" for number in range(times)]
        for first, after in zip_longest(bounds_of_pages, bounds_of_pages[1:]):
            upper = sql.SQL("and ctid < {}").format(sql.Literal(after)) if after else sql.SQL("")
            yield sql.SQL("{} and ctid >= {} {}").format(part.where, sql.Literal(first), upper)


def _tenants(relation: Relation, number: int, times: int) -> sql.Composed:
    """One of so many equal parts of all uuids."""
    if times == 1:
        return sql.SQL("{} is not null").format(sql.Identifier(relation.tenant))
    first, last = (UUID(int=bound) for bound in (2**128 * number // times, 2**128 * (number + 1) // times - 1))
    return sql.SQL("{} between {} and {}").format(
        sql.Identifier(relation.tenant), sql.Literal(first), sql.Literal(last)
    )


def _within(relation: Relation, buckets: set[Bucket] | None) -> sql.Composable:
    if buckets is None:
        return sql.SQL("true")
    return sql.SQL(
        "({tenant}, coalesce({month}, '-infinity')) in (select * from unnest({tenants}::uuid[], {months}::date[]))"
    ).format(
        tenant=sql.Identifier(relation.tenant), month=sql.SQL(relation.month),
        tenants=sql.Literal([each for each, _ in buckets]),
        months=sql.Literal([str(each) if each else "-infinity" for _, each in buckets]),
    )  # fmt: skip


def _from_to(relation: Relation, first: date, after: date) -> sql.Composed:
    midnight = " 00:00:00+00" if relation.is_dated_by_instant else ""
    return sql.SQL("{column} >= {first} and {column} < {after}").format(
        column=sql.Identifier(relation.dated_by or ""),
        first=sql.Literal(f"{first}{midnight}"), after=sql.Literal(f"{after}{midnight}"),
    )  # fmt: skip


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
