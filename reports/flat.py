"""A report as rows of one table: what CSV, JSON and Parquet are made of.

Belongs here: the columns of such a row, and laying a document out in them. Not here: the formats (`render_data.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from reports.catalog import Unit
from reports.document import Document
from reports.query import Value
from reports.sections import Metrics, Table


@dataclass(frozen=True)
class Row:
    """One value. `item` is the day or group that it is of, null for a key figure; `value` is null where nothing happened.

    `warning`: what a reader must see before any number, on each row, because rows are cut, sorted and copied.
    """

    section: str
    item: str | None
    metric: str
    unit: Unit
    value: float | None
    before: float | None
    observations: int | None
    warning: str | None = None


def rows(document: Document) -> Iterator[Row]:
    """Every value that the report shows, in its order."""
    for section in document.sections:
        found = (
            _figures(section) if isinstance(section, Metrics) else _cells(section) if isinstance(section, Table) else ()
        )
        for row in found:
            yield replace(row, warning=document.warning)


def _figures(section: Metrics) -> Iterator[Row]:
    for each in section.figures:
        value, before = _number(each.value), _number(each.before)
        yield Row(section.heading, None, each.metric.name, each.metric.unit, value, before, each.sample)


def _cells(table: Table) -> Iterator[Row]:
    for name, values in table.rows:
        item = name.isoformat() if isinstance(name, date) else name
        before = {
            column.metric.name: value for column, value in zip(table.columns, values, strict=True) if column.before
        }
        for column, value in zip(table.columns, values, strict=True):
            if not column.before:
                earlier = _number(before.get(column.metric.name))
                yield Row(table.heading, item, column.metric.name, column.metric.unit, _number(value), earlier, None)


def _number(value: Value) -> float | None:
    return None if value is None else float(value)
