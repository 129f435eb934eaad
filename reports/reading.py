"""Reading a report: its sections filled from one generation of the marts.

Belongs here: what each part of a layout asks of the marts, and the words over it. Not here: the SQL (`query.py`), the choice of
parts (`layout.py`), and formats.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import zip_longest
from typing import TypeVar

from reports import branding, comparing, filters, insights, query
from reports.addresses import one_line
from reports.agents import NOBODY, Agents
from reports.catalog import BY_NAME, Metric
from reports.dimensions import Dimension
from reports.document import Document
from reports.filters import Filters
from reports.layout import Layout, columns_of, layout
from reports.periods import Period, period_of
from reports.query import Connection, Rows
from reports.report_rows import ReportRow
from reports.schedules import Slot
from reports.sections import (
    Bar,
    Chart,
    Conversation,
    Conversations,
    Insights,
    Metrics,
    Section,
    Table,
    Text,
)

CHART_DAYS = 14
MOST_RECENT = 10
DAYS_TO_COMPARE = 28
Cells = TypeVar("Cells")


@dataclass(frozen=True)
class _Reader:
    """What the parts of one report are read with."""

    marts: Connection
    rows: Rows
    shown: Layout
    chosen: Filters
    agents: Agents
    zone: str

    def sections(self) -> Iterator[Section]:
        """The parts of the layout, filled; one that would be empty is left out."""
        for part in self.shown.parts:
            match part:
                case "tiles" | "comparison":
                    yield self._metrics(in_full=part == "comparison")
                case "insights":
                    yield from self._insights()
                case "chart" | "charts" if self.chosen.charts:
                    yield from self._charts(self.shown.columns[:1] if part == "chart" else self.shown.columns)
                case "groups" | "compared_groups":
                    for group in self.shown.groups:
                        yield self._group(group, compared=part == "compared_groups")
                case "days":
                    yield self._days()
                case "recent":
                    yield self._recent()

    @cached_property
    def _figures(self) -> list[query.Figure]:
        """The key figures: shown, and looked at for findings."""
        return query.figures(self.marts, self.rows, self.shown.figures)

    def _metrics(self, *, in_full: bool) -> Metrics:
        return Metrics("Key figures", self._figures, in_full)

    def _insights(self) -> Iterator[Insights]:
        period = self.rows.period
        back = Period(date.fromordinal(period.first.toordinal() - DAYS_TO_COMPARE), period.end)
        counted = query.by_day(self.marts, self.rows.of(back), [BY_NAME["total_conversations"]])
        ratings = query.ratings_by_channel(self.marts, self.rows)
        found = insights.find(
            self._figures,
            [insights.Rating(*rating) for rating in ratings],
            [(day, cells[0].value) for day, cells in counted],
            period.first,
        )
        if found:
            yield Insights("What stands out", found)

    def _charts(self, columns: list[Metric]) -> Iterator[Chart]:
        if self.chosen.chart_kind == "pie":
            yield from map(self._pie, self.shown.groups[: len(columns)])
        elif "comparison" in self.shown.parts:
            yield from map(self._chart_over_before, columns)
        else:
            yield from map(self._chart, columns)

    def _pie(self, group: Dimension) -> Chart:
        """Parts of a whole: whatever the report measures, a pie is of conversations."""
        metric = BY_NAME["total_conversations"]
        found = self._named(group, query.by_group(self.marts, self.rows, group, [metric]))
        bars = [Bar(name, cells[0].value) for name, cells in found]
        return Chart(f"{metric.label} {group.heading[0].lower()}{group.heading[1:]}", metric, bars, "pie")

    def _chart(self, metric: Metric) -> Chart:
        longer = self.rows.period.at_least(CHART_DAYS)
        days = query.by_day(self.marts, self.rows.of(longer), [metric])
        bars = [Bar(day, cells[0].value, beside=day < self.rows.period.first) for day, cells in days]
        heading = f"{metric.label} by day{' (grey: before the period)' if bars[0].beside else ''}"
        return Chart(heading, metric, bars, self.chosen.chart_kind)

    def _chart_over_before(self, metric: Metric) -> Chart:
        """Each day of the period, and in its place, grey, the day of the period before."""
        now, before = (
            query.by_day(self.marts, rows, [metric]) for rows in (self.rows, self.rows.of(self.rows.period.previous()))
        )
        # Months differ in length: the longer one has places of its own at the end.
        places = [self.rows.period.first + timedelta(days=number) for number in range(max(len(now), len(before)))]
        bars = []
        for place, earlier, cells in zip_longest(places, before, now):
            bars += [Bar(place, earlier[1][0].value, beside=True)] if earlier else []
            bars += [Bar(place, cells[1][0].value)] if cells else []
        heading = f"{metric.label} by day (grey: {self.rows.period.previous().label})"
        return Chart(heading, metric, bars, self.chosen.chart_kind)

    def _group(self, group: Dimension, *, compared: bool) -> Table:
        metrics = columns_of(group, self.shown.columns)
        rows = self._named(group, comparing.groups(self.marts, self.rows, group, metrics))
        heading = f"{group.heading}, and before" if compared else group.heading
        return Table(heading, group.label, metrics, [*rows], in_full=compared)

    def _named(self, group: Dimension, rows: list[tuple[str, Cells]]) -> list[tuple[str, Cells]]:
        """The groups as readers know them: agents by their names, and in that order."""
        if group.name != "agent":
            return rows
        named = [(self.agents.called(key), cells) for key, cells in rows]
        return sorted(named, key=lambda row: (row[0] == NOBODY, row[0].casefold()))

    def _days(self) -> Table:
        period = self.rows.period
        longer = period.at_least(CHART_DAYS)
        heading = "By day" if longer.first == period.first else f"By day: the last {longer.days} days"
        days = comparing.days(self.marts, self.rows, longer, self.shown.columns)
        return Table(heading, "Day", self.shown.columns, [*days])

    def _recent(self) -> Conversations:
        found = query.recent(self.marts, self.rows, self.zone, most=MOST_RECENT)
        heading = (
            f"Recent conversations: the last {MOST_RECENT}" if len(found) == MOST_RECENT else "Recent conversations"
        )
        return Conversations(
            heading,
            [
                Conversation(
                    key, began, channel, status, customer, self.agents.called(str(agent)) if agent else None, score
                )
                for key, began, channel, status, customer, agent, score in found
            ],
        )


def read(marts: Connection, report: ReportRow, slot: Slot) -> Document:
    """What a report says for a slot, all from one generation. Raises ReportError for a choice that means nothing."""
    chosen, look = filters.parse(report.filters), branding.parse(report.branding)
    shown = layout(report.report_type, report.template, metrics=chosen.metrics, dimensions=chosen.dimensions)
    with marts.transaction():
        as_of, zone = query.data_as_of(marts), query.timezone(marts, report.tenant_id)
        period = period_of(report.schedule, slot, zone, date_range=chosen.date_range)
        agents = Agents(report.agents)
        rows = Rows(report.tenant_id, period, chosen.channels, chosen.departments, agents.keys(chosen.agents))
        sections = list(_Reader(marts, rows, shown, chosen, agents, zone).sections())
    return Document(
        tenant_name=look.company_name or one_line(report.tenant_name),
        title=one_line(report.name),
        slot=slot,
        period=period,
        timezone=zone,
        data_as_of=as_of,
        branding=look,
        sections=sections + _words(report),
        notes=_notes(chosen),
        raw_text=chosen.raw_text,
    )


def _words(report: ReportRow) -> list[Section]:
    text = one_line(report.description or "")
    return [Text("About this report", [text])] if text else []


def _notes(chosen: Filters) -> list[str]:
    notes = []
    if chosen.channels:
        notes.append(f"Only channels {', '.join(chosen.channels)}.")
    if chosen.departments:
        notes.append(f"Only departments {', '.join(chosen.departments)}.")
    if chosen.agents:
        notes.append(f"Only conversations that {', '.join(chosen.agents)} has now.")
    if chosen.comments:
        notes.append("Comments are not shown: no text of a conversation leaves the operational database.")
    return notes
