"""What a report is made of: its sections, each with all of its words and numbers.

Belongs here: the kinds of section. Not here: which of them a report has (`layout.py`), filling them (`reading.py`), and how they
look (`render_*.py`, `mail_body.py`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from reports.catalog import Metric
from reports.insights import Insight
from reports.query import Figure, Value

ChartKind = Literal["line", "bar", "area", "scatter", "pie"]
CHART_KINDS: tuple[ChartKind, ...] = ("line", "bar", "area", "scatter", "pie")


@dataclass(frozen=True)
class Metrics:
    """Key figures. `in_full` sets them out as a table with the period before, else each is a tile."""

    heading: str
    figures: list[Figure]
    in_full: bool = False


@dataclass(frozen=True)
class Bar:
    """One place on a chart; `beside` is drawn grey: a day before the period, or the same place in the period before."""

    name: str | date
    value: Value
    beside: bool = False


@dataclass(frozen=True)
class Chart:
    """A metric over days or groups. Without a kind, counts are bars and anything else a line."""

    heading: str
    metric: Metric
    bars: list[Bar]
    kind: ChartKind | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(bar.value for bar in self.bars)

    @property
    def is_by_day(self) -> bool:
        """Whether its places are days, in order."""
        return bool(self.bars) and isinstance(self.bars[0].name, date)


@dataclass(frozen=True)
class Table:
    """Rows of figures under their metrics; the first cell of a row is its name.

    Each with its change against the period before; `in_full` sets out what it was in columns of its own.
    """

    heading: str
    first_column: str
    metrics: list[Metric]
    rows: list[tuple[str | date, list[Figure]]]
    in_full: bool = False


@dataclass(frozen=True)
class Conversation:
    """A conversation of the list: `began` is wall time of the report's zone, the customer is a pseudonym."""

    id: UUID
    began: datetime
    channel: str
    status: str
    customer: UUID | None
    agent: str | None
    satisfaction: Value


@dataclass(frozen=True)
class Conversations:
    """Some conversations one by one, the latest first."""

    HEADINGS = ("ID", "Created at", "Channel", "Status", "Customer", "Agent", "Satisfaction")

    heading: str
    rows: list[Conversation]


@dataclass(frozen=True)
class Text:
    """Sentences."""

    heading: str
    sentences: list[str]


@dataclass(frozen=True)
class Insights:
    """Findings, each with the numbers behind it; a report without findings has no such section."""

    heading: str
    found: list[Insight]


Section = Metrics | Chart | Table | Conversations | Text | Insights
