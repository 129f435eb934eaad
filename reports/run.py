"""A run: every report whose slot has come, rendered once and sent to each of its recipients.

Belongs here: the order of things. Not here: schedules, content, formats, delivery, ledger: each has its own file. A report that
was away for several slots catches up with the latest only.
"""

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from reports import chart, document, ledger, mail, query, render_excel, render_pdf
from reports.deliver import Outcome, Transport
from reports.document import Document, ReportRow
from reports.errors import ReportError
from reports.ledger import Connection
from reports.mail import Attachment
from reports.schedules import Slot

SENDER = "ROMASHKA reports <reports@romashka.example>"
FORMATS: dict[str, tuple[str, str, Callable[[Document], bytes]]] = {
    "pdf": (".pdf", "application/pdf", render_pdf.render),
    "excel": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", render_excel.render),
}


@dataclass
class RunSummary:
    """How many mails ended in each state."""

    states: Counter[str] = field(default_factory=Counter)

    def rows(self) -> list[tuple[str, int]]:
        """State and mails."""
        return sorted(self.states.items())

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
    """A slot that has come and is not in the ledger yet."""

    report: ReportRow
    slot: Slot

    @property
    def key(self) -> str:
        """The same for the same report and slot."""
        return f"{self.report.id}/{self.slot.local.isoformat()}"


def due_slots(*, operational_url: str, at: datetime) -> list[DueSlot]:
    """What a run at that instant would enter into the ledger."""
    with psycopg.connect(operational_url) as connection:
        reports = ledger.active_reports(connection)
    found = []
    for report in reports:
        with contextlib.suppress(ReportError):  # the run itself tells it
            if slot := _due(report, at):
                found.append(DueSlot(report, slot))
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

    Raises ReportError when there are no marts to read, and, after all others have had their turn, for reports whose schedule
    or filters mean nothing.
    """
    summary = RunSummary()
    wrong: list[str] = []
    with psycopg.connect(operational_url) as entries, psycopg.connect(warehouse_url) as marts:
        as_of = query.data_as_of(marts)
        ledger.settle_abandoned(entries)
        for report in ledger.active_reports(entries):
            # A row that cannot be evaluated must not hold up the reports of others; it is told at the end.
            try:
                for slot in _enter(entries, report, at):
                    if not _is_held(entries, report, slot, as_of, summary):
                        _send(entries, marts, report, slot, transport, output, sender, summary)
            except ReportError as error:
                wrong.append(f"report {report.key}: {error}")
            on_progress(1)
    if wrong:
        raise ReportError("; ".join(wrong))
    return summary


def _enter(entries: Connection, report: ReportRow, at: datetime) -> list[Slot]:
    """Enter the slot that has come; all slots of the report that wait."""
    if slot := _due(report, at):
        ledger.queue(entries, report, slot)
    return ledger.waiting_slots(entries, report)


def _is_held(entries: Connection, report: ReportRow, slot: Slot, as_of: datetime, summary: RunSummary) -> bool:
    """Hold a slot back whose period the data do not cover yet."""
    ends_at = report.period(slot).ends_at(report.timezone)
    if as_of >= ends_at:
        return False
    reason = f"the data reach {as_of:%Y-%m-%d %H:%M} UTC, the period ends at {ends_at:%Y-%m-%d %H:%M} UTC"
    summary.states["held"] += ledger.hold(entries, report, slot, reason)
    return True


def preview(*, operational_url: str, warehouse_url: str, slug: str, to: Path, at: datetime) -> None:
    """Render a report's latest slot into a file; its name's ending says the format."""
    formats = {ending: render for ending, _, render in FORMATS.values()}
    if to.suffix not in formats:
        raise ReportError(f"{to.name} has no format: end it in {' or '.join(formats)}")
    with psycopg.connect(operational_url) as entries, psycopg.connect(warehouse_url) as marts:
        report = _find(ledger.active_reports(entries), slug)
        slot = report.schedule.latest(at)
        if slot is None:
            raise ReportError(f"report {report.key} has never been due: its schedule is {report.cron}")
        _write(to, formats[to.suffix](document.read(marts, report, slot)))


def list_reports(operational_url: str, *, at: datetime | None = None) -> list[tuple[str, str, str, str, str, str, str]]:
    """Tenant, report, type, cron, zone, next slot in local time, and what became of the last."""
    now = at or datetime.now(UTC)
    with psycopg.connect(operational_url) as entries:
        return [_listed(entries, report, now) for report in ledger.active_reports(entries)]


def _listed(entries: Connection, report: ReportRow, now: datetime) -> tuple[str, str, str, str, str, str, str]:
    following = report.schedule.preview(now, 1)
    next_local = following[0].local.isoformat(sep=" ", timespec="minutes") if following else "never"
    last = ledger.last_state(entries, report)
    return report.tenant_slug, report.slug, report.report_type, report.cron, report.timezone, next_local, last


def _due(report: ReportRow, at: datetime) -> Slot | None:
    """The latest slot that has come since the last one entered."""
    slot = report.schedule.latest(at)
    if slot is None or (report.last_run_at is not None and slot.at <= report.last_run_at):
        return None
    return slot


def _send(
    entries: Connection,
    marts: Connection,
    report: ReportRow,
    slot: Slot,
    transport: Transport,
    output: Path,
    sender: str,
    summary: RunSummary,
) -> None:
    """Render a slot once and send it to everybody who waits for it; one refused recipient changes nothing for another."""
    claimed = ledger.claim(entries, report, slot)
    if not claimed:
        return
    try:
        content = document.read(marts, report, slot)
        attachments = _render(content, report, slot, output)
        picture = chart.png(content)
    except ReportError as error:
        for delivery in claimed:
            ledger.settle(entries, delivery, state="failed", reason=str(error))
        summary.states["failed"] += len(claimed)
        return
    digest = hashlib.sha256(b"".join(attachment.content for attachment in attachments)).hexdigest()
    for delivery in claimed:
        envelope = mail.Envelope(sender, delivery.recipient, delivery.message_id)
        try:
            message = mail.compose(content, envelope, picture, attachments)
            outcome = transport(message, mail.address(delivery.recipient).addr_spec)
        except ReportError as error:
            outcome = Outcome("failed", str(error))
        ledger.settle(
            entries, delivery, state=outcome.state, reason=outcome.reason, rows=content.rows, digest=digest,
            data_as_of=content.data_as_of,
        )  # fmt: skip
        summary.states[outcome.state] += 1


def _render(content: Document, report: ReportRow, slot: Slot, output: Path) -> list[Attachment]:
    """The report in each of its formats, kept under output/tenant/report/."""
    attachments = []
    for name in dict.fromkeys(report.formats):
        if name not in FORMATS:
            raise ReportError(f"report {report.key}: format {name} is not built yet; use {' or '.join(FORMATS)}")
        ending, media_type, render = FORMATS[name]
        file = output / report.tenant_slug / report.slug / f"{slot.local:%Y-%m-%dT%H%M}{ending}"
        rendered = render(content)
        _write(file, rendered)
        attachments.append(
            Attachment(f"{report.tenant_slug}-{report.slug}-{content.period.first}{ending}", rendered, media_type)
        )
    return attachments


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(file)


def _find(reports: list[ReportRow], slug: str) -> ReportRow:
    """By `tenant/report`, by a report's slug that only one has, or by the slug of a tenant that has only one."""
    found = [report for report in reports if slug in (report.key, report.slug, report.tenant_slug)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(report.key for report in reports) or "none"
    raise ReportError(f'"{slug}" names {len(found)} reports; there are: {known}')
