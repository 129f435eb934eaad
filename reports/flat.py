"""A report as rows of one table: what CSV, JSON and Parquet are made of.

Belongs here: the columns of such a row, and laying a document out in them. Not here: the formats (`render_data.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from reports.catalog import Unit
from reports.document import Document
from reports.query import Figure, Value
from reports.sections import Conversation, Conversations, Metrics, Section, Table


@dataclass(frozen=True)
class Row:
    """One value. `item` is the day, group or conversation that it is of, null for a key figure; `value` is null where nothing
    happened, and where it is a `text`; `change` is the value less that of the period before.

    `warning`: what a reader must see before any number, on each row, because rows are cut, sorted and copied.
    """

    section: str
    item: str | None
    metric: str
    unit: Unit | Literal["text"]
    value: float | None
    before: float | None
    change: float | None
    observations: int | None
    text: str | None = None
    warning: str | None = None


def rows(document: Document) -> Iterator[Row]:
    """Every value that the report shows, in its order."""
    for section in document.sections:
        for row in _found(section):
            yield replace(row, warning=document.warning)


def _found(section: Section) -> Iterator[Row]:
    match section:
        case Metrics():
            yield from _figures(section)
        case Table():
            yield from _cells(section)
        case Conversations():
            for each in section.rows:
                yield from _conversation(section.heading, each)


def _figures(section: Metrics) -> Iterator[Row]:
    for each in section.figures:
        yield _figure(section.heading, None, each)


def _cells(table: Table) -> Iterator[Row]:
    for name, cells in table.rows:
        item = name.isoformat() if isinstance(name, date) else name
        for each in cells:
            yield _figure(table.heading, item, each)


def _figure(section: str, item: str | None, each: Figure) -> Row:
    value, before = _number(each.value), _number(each.before)
    # In decimals: of 0.6 and 0.25 the difference is 0.35.
    change = None if value is None or before is None else float(Decimal(str(value)) - Decimal(str(before)))
    return Row(section, item, each.metric.name, each.metric.unit, value, before, change, each.sample)


def _conversation(heading: str, each: Conversation) -> Iterator[Row]:
    texts = {
        "created_at": each.began.isoformat(timespec="seconds"),
        "channel": each.channel,
        "status": each.status,
        "customer": str(each.customer) if each.customer else None,
        "agent": each.agent,
    }
    for name, text in texts.items():
        yield Row(heading, str(each.id), name, "text", None, None, None, None, text)
    rating = _number(each.satisfaction)
    yield Row(heading, str(each.id), "satisfaction", "score", rating, None, None, 0 if rating is None else 1)


def _number(value: Value) -> float | None:
    return None if value is None else float(value)
