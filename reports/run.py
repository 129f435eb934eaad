"""A run: every report whose slot has come is sent, and what waits from earlier runs.

Belongs here: which slots a run works on, in which order, and what it tells. Not here: how one slot is sent (`send.py`), and what
becomes of slots that were missed (`catch_up.py`).
"""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from reports import catch_up, files, holds, ledger, ledger_upkeep, query, reading, recipients
from reports.addresses import address
from reports.deliver import Transport
from reports.errors import ReportError, RunStoppedError
from reports.report_rows import Connection, ReportRow, active_reports, find
from reports.schedules import Slot
from reports.send import MOST_MAIL_BYTES, Way, send
from reports.unsubscribing import Unsubscribing

SENDER = "ROMASHKA reports <reports@romashka.example>"


@dataclass(frozen=True)
class Office:
    """Where reports are made: both databases, the way out, the folder of rendered files, and how recipients can leave."""

    operational_url: str
    warehouse_url: str
    transport: Transport
    output: Path
    sender: str = SENDER
    unsubscribing: Unsubscribing | None = None
    most_mail_bytes: int = MOST_MAIL_BYTES


@dataclass
class RunSummary:
    """How many mails ended in each state; and in words, which missed slots were passed over."""

    states: Counter[str] = field(default_factory=Counter)
    passed_over: list[str] = field(default_factory=list)

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
    def sent_nothing(self) -> bool:
        """Whether there was something to send, and none of it left."""
        return bool(self.total - self.states["skipped"]) and not self.states["sent"] + self.states["partial"]

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
                found += [DueSlot(report, slot) for slot in catch_up.due(report, at).slots]
            waiting = ledger.waiting_slots(operational, report, at)
            found += [DueSlot(report, slot, f"/{quarter:%Y-%m-%dT%H:%M}Z") for slot in waiting]
    return found


def run_due(
    office: Office,
    *,
    at: datetime,
    report_type: str | None = None,
    on_progress: Callable[[int], None] = lambda steps: None,
) -> RunSummary:
    """Enter what is due, and send everything that waits. A slot that was sent to somebody is never sent to them again.

    Raises ReportError when nothing can be sent at all, and, after all others have had their turn, for reports whose schedule
    means nothing.
    """
    address(office.sender)
    summary = RunSummary()
    wrong: list[str] = []
    with (
        psycopg.connect(office.operational_url, autocommit=True) as operational,
        query.marts(office.warehouse_url) as marts,
    ):
        query.data_as_of(marts)
        way = _way(office, operational, marts, at)
        summary.states["unknown"] += ledger_upkeep.settle_abandoned(operational)
        summary.states["skipped"] += ledger_upkeep.skip_unwanted(operational)
        files.expire(office.output, at, held=holds.held_tenants(operational, at))
        for report in active_reports(operational, report_type=report_type):
            # A row that cannot be evaluated must not hold up the reports of others; it is told at the end.
            try:
                _work_on(way, report, summary)
            except RunStoppedError:
                raise
            except ReportError as error:
                wrong.append(f"report {report.key}: {error}")
            on_progress(1)
    if wrong:
        raise ReportError("; ".join(wrong))
    return summary


def _way(office: Office, operational: Connection, marts: Connection, at: datetime) -> Way:
    return Way(
        operational=operational,
        marts=marts,
        transport=office.transport,
        output=office.output,
        sender=office.sender,
        at=at,
        unsubscribing=office.unsubscribing,
        most_mail_bytes=office.most_mail_bytes,
    )


def _work_on(way: Way, report: ReportRow, summary: RunSummary) -> None:
    """Enter the slots that have come, and send every slot of the report that waits."""
    due = catch_up.due(report, way.at)
    for slot in due.slots:
        allowed = recipients.circle(way.operational, report)
        summary.states["skipped"] += ledger.queue(way.operational, report, slot, allowed)
    if due.passed_over and due.until:
        slots = "slot" if due.passed_over == 1 else "slots"
        summary.passed_over.append(
            f"{report.key}: {due.passed_over} {slots} passed over, as catch_up = {report.catch_up} says"
        )
        ledger.note_run(way.operational, report, due.until)
    for waiting in ledger.waiting_slots(way.operational, report, way.at):
        summary.states += send(way, report, waiting)


def resend_failed(*, operational_url: str, slug: str | None = None) -> int:
    """Let failed mails wait again, those of one report or of all. Returns how many."""
    with psycopg.connect(operational_url, autocommit=True) as operational:
        chosen = None if slug is None else [find(active_reports(operational), slug).id]
        return ledger_upkeep.send_again(operational, chosen)


def unsubscribe(*, operational_url: str, unsubscribing: Unsubscribing, token: str) -> str:
    """Take whoever a token names off a report, and return their address. Raises ReportError for a token that is none of ours."""
    subscription = unsubscribing.read(token)
    with psycopg.connect(operational_url, autocommit=True) as operational:
        recipients.unsubscribe(operational, subscription)
    return subscription.recipient


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
