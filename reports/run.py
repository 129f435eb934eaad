"""A run: every report whose slot has come is sent, and what waits from earlier runs.

Belongs here: which slots a run works on, in which order, and what it tells. Not here: how one slot is sent (`send.py`). A report
that was away for several slots catches up with the latest only.
"""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from reports import files, ledger, query, reading
from reports.addresses import address
from reports.deliver import Transport
from reports.errors import ReportError, RunStoppedError
from reports.report_rows import Connection, ReportRow, active_reports, find
from reports.schedules import Slot
from reports.send import Way, send

SENDER = "ROMASHKA reports <reports@romashka.example>"


@dataclass
class RunSummary:
    """How many mails ended in each state."""

    states: Counter[str] = field(default_factory=Counter)

    def rows(self) -> list[tuple[str, int]]:
        """State and mails."""
        return sorted((state, mails) for state, mails in self.states.items() if mails)

    @property
    def total(self) -> int:
        """Mails that this run looked at."""
        return sum(self.states.values())

    @property
    def sent(self) -> int:
        """Mails that left."""
        return self.states["sent"]

    @property
    def failed(self) -> int:
        """Mails that failed for good."""
        return self.states["failed"]


@dataclass(frozen=True)
class DueSlot:
    """A slot with mails to be sent. `look` tells apart the looks at one that waits: a slot that was held is due again."""

    report: ReportRow
    slot: Slot
    look: str = ""

    @property
    def key(self) -> str:
        """The same for the same report, slot and look."""
        return f"{self.report.id}/{self.slot.local.isoformat()}{self.look}"


def due_slots(*, operational_url: str, at: datetime) -> list[DueSlot]:
    """What a run at that instant would work on; what waits from earlier runs once every quarter of an hour."""
    now = at.astimezone(UTC)
    quarter = now.replace(minute=now.minute // 15 * 15)
    found = []
    with psycopg.connect(operational_url, autocommit=True) as operational:
        for report in active_reports(operational):
            with contextlib.suppress(ReportError):  # the run itself tells it
                if slot := _due(report, at):
                    found.append(DueSlot(report, slot))
            waiting = ledger.waiting_slots(operational, report)
            found += [DueSlot(report, slot, f"/{quarter:%Y-%m-%dT%H:%M}Z") for slot in waiting]
    return found


def run_due(
    *,
    operational_url: str,
    warehouse_url: str,
    at: datetime,
    transport: Transport,
    output: Path,
    sender: str = SENDER,
    on_progress: Callable[[int], None] = lambda steps: None,
) -> RunSummary:
    """Enter what is due, and send everything that waits. A slot that was sent to somebody is never sent to them again.

    Raises ReportError when nothing can be sent at all, and, after all others have had their turn, for reports whose schedule
    means nothing.
    """
    address(sender)
    summary = RunSummary()
    wrong: list[str] = []
    with psycopg.connect(operational_url, autocommit=True) as operational, query.marts(warehouse_url) as marts:
        query.data_as_of(marts)
        way = Way(operational, marts, transport, output, sender)
        summary.states["unknown"] += ledger.settle_abandoned(operational)
        summary.states["skipped"] += ledger.skip_unwanted(operational)
        for report in active_reports(operational):
            # A row that cannot be evaluated must not hold up the reports of others; it is told at the end.
            try:
                summary.states += _work_on(way, report, at)
            except RunStoppedError:
                raise
            except ReportError as error:
                wrong.append(f"report {report.key}: {error}")
            on_progress(1)
    if wrong:
        raise ReportError("; ".join(wrong))
    return summary


def _work_on(way: Way, report: ReportRow, at: datetime) -> Counter[str]:
    """Enter the slot that has come, and send every slot of the report that waits."""
    states: Counter[str] = Counter()
    if slot := _due(report, at):
        states["skipped"] += ledger.queue(way.operational, report, slot)
    for waiting in ledger.waiting_slots(way.operational, report):
        states += send(way, report, waiting)
    return states


def preview(*, operational_url: str, warehouse_url: str, slug: str, to: Path, at: datetime) -> None:
    """Render a report's latest slot into a file; its name's ending says the format."""
    render = files.renderer(to.suffix)
    with psycopg.connect(operational_url, autocommit=True) as operational, query.marts(warehouse_url) as marts:
        query.data_as_of(marts)
        report = find(active_reports(operational), slug)
        slot = report.schedule.latest(at)
        if slot is None:
            raise ReportError(f"report {report.key} has never been due: its schedule is {report.cron}")
        files.write(to, render(reading.read(marts, report, slot)))


def list_reports(operational_url: str, *, at: datetime | None = None) -> list[tuple[str, str, str, str, str, str, str]]:
    """Tenant, report, type, cron, zone, next slot in local time, and what became of the last."""
    now = at or datetime.now(UTC)
    with psycopg.connect(operational_url, autocommit=True) as operational:
        return [_listed(operational, report, now) for report in active_reports(operational)]


def _listed(operational: Connection, report: ReportRow, now: datetime) -> tuple[str, str, str, str, str, str, str]:
    try:
        following = report.schedule.preview(now, 1)
        next_local = following[0].local.isoformat(sep=" ", timespec="minutes") if following else "never"
    except ReportError as error:
        next_local = str(error)
    last = ledger.last_state(operational, report)
    return report.tenant_slug, report.slug, report.report_type, report.cron, report.timezone, next_local, last


def _due(report: ReportRow, at: datetime) -> Slot | None:
    """The latest slot that has come since the last one entered."""
    slot = report.schedule.latest(at)
    if slot is None or (report.last_run_at is not None and slot.at <= report.last_run_at):
        return None
    return slot
