"""A report, ready to be written in any format: all its words and numbers, and nothing of how it looks.

Belongs here: what a report of a period contains, read from the marts. Not here: formats (`render_pdf.py`, `render_excel.py`,
`mail.py`), and when it is due (`schedules.py`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from reports import query
from reports.catalog import BY_NAME, Metric, content
from reports.errors import ReportError
from reports.periods import Period, period_of
from reports.query import Connection, Figure, Filters, Value
from reports.schedules import Schedule, Slot

CHART_DAYS = 14
TABLE_METRICS = ("total_conversations", "resolution_rate", "median_first_response_seconds", "avg_satisfaction")


@dataclass(frozen=True)
class ReportRow:
    """A row of scheduled_reports, with the tenant's name and slug."""

    id: UUID
    tenant_id: UUID
    tenant_slug: str
    tenant_name: str
    slug: str
    name: str
    report_type: str
    cron: str
    timezone: str
    recipients: tuple[str, ...]
    formats: tuple[str, ...]
    filters: dict[str, Any]
    last_run_at: datetime | None

    @property
    def key(self) -> str:
        """The report's name among all tenants: `tenant/report`."""
        return f"{self.tenant_slug}/{self.slug}"

    @property
    def schedule(self) -> Schedule:
        """When it is due. Raises ReportError for a row whose cron or zone cannot be evaluated."""
        return Schedule(cron=self.cron, timezone=self.timezone)

    def period(self, slot: Slot) -> Period:
        """The days that a slot reports on."""
        return period_of(self.schedule, slot.local, date_range=self.filters.get("dateRange"))


@dataclass(frozen=True)
class Table:
    """Rows of values under metrics; the first cell of a row is its name."""

    heading: str
    metrics: list[Metric]
    rows: list[tuple[str, list[Value]]]


@dataclass(frozen=True)
class Document:
    """Everything that a report of one slot says."""

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
    """What a report says for a slot. Raises ReportError for filters that mean nothing."""
    filters = _filters(report)
    period = report.period(slot)
    metrics, charted = content(report.report_type, report.filters.get("metrics"))
    table_metrics = [BY_NAME[name] for name in TABLE_METRICS]
    longer = period.at_least(CHART_DAYS)
    days = query.by_day(marts, report.tenant_id, longer, [charted, *table_metrics], filters)
    return Document(
        tenant_name=report.tenant_name,
        title=report.name,
        slot=slot,
        period=period,
        timezone=report.timezone,
        data_as_of=query.data_as_of(marts),
        figures=query.figures(marts, report.tenant_id, period, metrics, filters),
        chart_metric=charted,
        chart=[(day, values[0]) for day, values in days],
        days=Table("By day", table_metrics, [(day.isoformat(), values[1:]) for day, values in days]),
        channels=Table(
            "By channel",
            table_metrics,
            query.by_channel(marts, report.tenant_id, period, table_metrics, filters),
        ),
    )


def _filters(report: ReportRow) -> Filters:
    known = {"dateRange", "metrics", "channels", "departments"}
    if unknown := sorted(report.filters.keys() - known):
        raise ReportError(
            f"report {report.key} has unknown filters {', '.join(unknown)}: known are {', '.join(sorted(known))}"
        )
    return Filters(
        channels=tuple(report.filters.get("channels", ())), departments=tuple(report.filters.get("departments", ()))
    )
