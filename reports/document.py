"""A report, ready to be written in any format: all its words and numbers, and nothing of how it looks.

Belongs here: the report of one slot as a whole. Not here: its sections (`sections.py`), reading them (`reading.py`), formats
(`render_*.py`, `mail_body.py`), and when it is due (`schedules.py`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reports.branding import Branding
from reports.catalog import Metric
from reports.periods import Period
from reports.query import Figure
from reports.schedules import Slot
from reports.sections import Chart, Conversations, Insights, Metrics, Section, Table


@dataclass(frozen=True)
class LeftOut:
    """What a mail says of a file that it does not hold; without a link, a person has to be asked for it."""

    words: str
    link: str | None = None


@dataclass(frozen=True)
class Document:
    """Everything that a report of one slot says. The days are local days of `timezone`, the tenant's.

    `raw_text`: whether CSV keeps text that a spreadsheet program would run.
    `has_files`: whether the mail that says it has files, in which its definitions are.
    `left_out`: the files that are too large for it.
    `warning`: what a reader must see before any number, such as that the data do not reach the period's end.
    """

    tenant_name: str
    title: str
    slot: Slot
    period: Period
    timezone: str
    data_as_of: datetime
    branding: Branding
    sections: list[Section]
    notes: list[str]
    raw_text: bool = False
    warning: str | None = None
    has_files: bool = False
    left_out: tuple[LeftOut, ...] = ()

    @property
    def uncovered(self) -> str | None:
        """Why the data do not cover the period yet; None where they do."""
        ends_at = self.period.ends_at(self.timezone)
        if self.data_as_of >= ends_at:
            return None
        reach, end = (f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC" for instant in (self.data_as_of, ends_at))
        return f"the data reach {reach}, the period ends at {end}"

    def marked(self) -> "Document":
        """The same, with a mark that every format shows where the data do not cover the period."""
        return replace(self, warning=f"Not complete: {self.uncovered}.") if self.uncovered else self

    @property
    def as_of(self) -> str:
        """The instant of the data, as small print says it."""
        return f"{self.data_as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    @property
    def figures(self) -> list[Figure]:
        """The key figures."""
        return [figure for each in self.sections if isinstance(each, Metrics) for figure in each.figures]

    @property
    def charts(self) -> list[Chart]:
        """The charts, in their order."""
        return [each for each in self.sections if isinstance(each, Chart)]

    @property
    def chart_of_mail(self) -> Chart | None:
        """The one chart that a mail shows: the first that shows anything."""
        return next((each for each in self.charts if not each.is_empty), None)

    @property
    def tables(self) -> list[Table]:
        """The tables, in their order."""
        return [each for each in self.sections if isinstance(each, Table)]

    @property
    def insights(self) -> Insights | None:
        """The findings, where there are any."""
        return next((each for each in self.sections if isinstance(each, Insights)), None)

    @property
    def definitions(self) -> list[Metric]:
        """Every metric that occurs, once."""
        shown = [figure.metric for figure in self.figures]
        shown += [chart.metric for chart in self.charts]
        shown += [metric for table in self.tables for metric in table.metrics]
        return list({metric.name: metric for metric in shown}.values())

    @property
    def rows(self) -> int:
        """Rows of its tables and lists, and its key figures."""
        listed = (each for each in self.sections if isinstance(each, Table | Conversations))
        return len(self.figures) + sum(len(each.rows) for each in listed)

    @property
    def customers(self) -> list[str]:
        """The pseudonyms that it names."""
        lists = (each for each in self.sections if isinstance(each, Conversations))
        return sorted({str(row.customer) for each in lists for row in each.rows if row.customer})
