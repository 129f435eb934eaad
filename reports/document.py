"""A report, ready to be written in any format: all its words and numbers, and nothing of how it looks.

Belongs here: what a report of a period contains, read from the marts. Not here: formats (`render_pdf.py`, `render_excel.py`,
`mail_body.py`), and when it is due (`schedules.py`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from reports import filters, query
from reports.addresses import one_line
from reports.catalog import Metric
from reports.content import content
from reports.errors import ReportError
from reports.filters import Filters
from reports.periods import Period, period_of
from reports.query import Connection, Figure, Rows, Value
from reports.report_rows import ReportRow
from reports.schedules import Slot

CHART_DAYS = 14


@dataclass(frozen=True)
class Table:
    """Rows of values under metrics; the first cell of a row is its name."""

    heading: str
    first_column: str
    metrics: list[Metric]
    rows: list[tuple[str | date, list[Value]]]


@dataclass(frozen=True)
class Document:
    """Everything that a report of one slot says. The days are local days of `timezone`, the tenant's."""

    tenant_name: str
    title: str
    slot: Slot
    period: Period
    timezone: str
    data_as_of: datetime
    figures: list[Figure]
    chart_metric: Metric
    chart: list[tuple[date, Value]]
    days: Table
    channels: Table
    notes: list[str]

    @property
    def uncovered(self) -> str | None:
        """Why the data do not cover the period yet; None where they do."""
        ends_at = self.period.ends_at(self.timezone)
        if self.data_as_of >= ends_at:
            return None
        reach, end = (f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC" for instant in (self.data_as_of, ends_at))
        return f"the data reach {reach}, the period ends at {end}"

    @property
    def as_of(self) -> str:
        """The instant of the data, as small print says it."""
        return f"{self.data_as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    @property
    def chart_heading(self) -> str:
        """Above the chart; it shows the days before a short period too, greyed."""
        reaches_back = bool(self.chart) and self.chart[0][0] < self.period.first
        return f"{self.chart_metric.label} by day{' (grey: before the period)' if reaches_back else ''}"

    @property
    def definitions(self) -> list[Metric]:
        """Every metric that occurs, once."""
        shown = [figure.metric for figure in self.figures] + self.days.metrics + self.channels.metrics
        return list({metric.name: metric for metric in shown}.values())

    @property
    def rows(self) -> int:
        """Rows of its tables."""
        return len(self.days.rows) + len(self.channels.rows)


def read(marts: Connection, report: ReportRow, slot: Slot) -> Document:
    """What a report says for a slot. Raises ReportError for a choice that means nothing, or is not built yet."""
    if report.template != "default":
        raise ReportError(f"template {report.template} is not built yet: use default")
    chosen = filters.parse(report.filters)
    shown = content(report.report_type, chosen.metrics)
    period = period_of(report.schedule, slot, date_range=chosen.date_range)
    rows = Rows(report.tenant_id, period, chosen.channels, chosen.departments)
    longer = period.at_least(CHART_DAYS)
    with marts.transaction():
        as_of, zone = query.data_as_of(marts), query.timezone(marts, report.tenant_id)
        figures = query.figures(marts, rows, shown.figures)
        days = query.by_day(marts, rows.of(longer), shown.table)
        channels = query.by_channel(marts, rows, shown.table)
    return Document(
        tenant_name=one_line(report.tenant_name),
        title=one_line(report.name),
        slot=slot,
        period=period,
        timezone=zone,
        data_as_of=as_of,
        figures=figures,
        chart_metric=shown.chart,
        chart=[(day, values[0]) for day, values in days] if chosen.charts else [],
        days=Table(_days_heading(period, longer), "Day", shown.table, [*days]),
        channels=Table("By channel", "Channel", shown.table, [*channels]),
        notes=_notes(chosen),
    )


def _days_heading(period: Period, shown: Period) -> str:
    return "By day" if shown.first == period.first else f"By day: the last {shown.days} days"


def _notes(chosen: Filters) -> list[str]:
    notes = []
    if chosen.channels:
        notes.append(f"Only channels {', '.join(chosen.channels)}.")
    if chosen.departments:
        notes.append(f"Only departments {', '.join(chosen.departments)}.")
    if chosen.comments:
        notes.append("Comments are not shown: no text of a conversation leaves the operational database.")
    return notes
