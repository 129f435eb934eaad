"""A table's figures, each beside what it was in the period before.

Belongs here: which group, and which day, stands for which of the period before. Not here: the SQL (`query.py`), and how a change
reads (`figures.py`).
"""

from datetime import date

from reports import query
from reports.catalog import Metric
from reports.dimensions import Dimension
from reports.periods import Period
from reports.query import Cell, Connection, Figure, Rows


def groups(marts: Connection, rows: Rows, group: Dimension, metrics: list[Metric]) -> list[tuple[str, list[Figure]]]:
    """Each group that had a conversation, in the dimension's order; below them those that only had one before."""
    now = dict(query.by_group(marts, rows, group, metrics))
    before = dict(query.by_group(marts, rows.of(rows.period.previous()), group, metrics))
    nothing = query.nothing(metrics)
    names = [*now, *(name for name in before if name not in now)]
    return [(name, _paired(metrics, now.get(name, nothing), before.get(name, nothing))) for name in names]


def days(marts: Connection, rows: Rows, shown: Period, metrics: list[Metric]) -> list[tuple[date, list[Figure]]]:
    """Each day that is shown, beside the day in its place of the period before: of a week the weekday, of a month its number."""
    first = rows.period.first
    back = first - rows.period.previous().first
    found = dict(query.by_day(marts, rows.of(Period(shown.first - back, shown.end)), metrics))
    # The month before may be shorter: then its place is this month's.
    absent = [Cell(None, 0) for _ in metrics]
    places = [date.fromordinal(shown.first.toordinal() + number) for number in range(shown.days)]
    return [
        (day, _paired(metrics, found[day], found[day - back] if min(day, first) > day - back else absent))
        for day in places
    ]


def _paired(metrics: list[Metric], now: list[Cell], before: list[Cell]) -> list[Figure]:
    return [
        Figure(metric, cell.value, earlier.value, cell.sample, earlier.sample)
        for metric, cell, earlier in zip(metrics, now, before, strict=True)
    ]
