"""What a person does with reports beside running them.

Belongs here: previews, the lists, sending again what failed, leaving a report, and files that a mail
could not hold. Not here: runs (`run.py`).
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from reports import file_links, files, ledger_reading, ledger_upkeep, query, reading, recipients
from reports.errors import ReportError
from reports.report_rows import Connection, ReportRow, active_reports, find
from reports.schedules import Slot
from reports.unsubscribing import Unsubscribing

# What failed longer ago is news to nobody: who wants it, says so.
SENT_AGAIN_DAYS = 7


def resend_failed(
    *, operational_url: str, slug: str | None = None, days: int = SENT_AGAIN_DAYS, at: datetime | None = None
) -> int:
    """Let failed mails of the last days wait again, those of one report or of all. Returns how many."""
    since = (at or datetime.now(UTC)) - timedelta(days=days)
    with psycopg.connect(operational_url, autocommit=True) as operational:
        chosen = None if slug is None else [find(active_reports(operational), slug).id]
        return ledger_upkeep.send_again(operational, chosen, since=since)


def unsubscribe(*, operational_url: str, unsubscribing: Unsubscribing, token: str) -> str:
    """Take whoever a token names off a report, and return their address. Raises ReportError for a token that is none of ours."""
    subscription = unsubscribing.read(token)
    with psycopg.connect(operational_url, autocommit=True) as operational:
        recipients.unsubscribe(operational, subscription)
    return subscription.recipient


def fetch(*, operational_url: str, output: Path, key: bytes, token: str, to: Path, at: datetime | None = None) -> None:
    """Write the file that the token of a mail leads to, as long as it is kept and its report is one of an active tenant."""
    kept = file_links.read(key, token, at or datetime.now(UTC))
    with psycopg.connect(operational_url, autocommit=True) as operational:
        owners = [report for report in active_reports(operational) if report.id == kept.report_id]
    file = next((output / each.tenant_slug / each.slug / kept.place for each in owners), None)
    if file is None or not file.is_file():
        raise ReportError("the file is not there any more: its report was switched off, or what was kept of it is gone")
    files.write(to, file.read_bytes())


def following(operational_url: str, slug: str, *, count: int, at: datetime | None = None) -> list[Slot]:
    """The next slots of a report: by the evaluator that enters them."""
    with psycopg.connect(operational_url, autocommit=True) as operational:
        report = find(active_reports(operational), slug)
    return report.schedule.preview(max(filter(None, (at or datetime.now(UTC), report.last_run_at))), count)


def preview(*, operational_url: str, warehouse_url: str, slug: str, to: Path, at: datetime) -> None:
    """Render a report's latest slot into a file; its name's ending says the format."""
    render = files.renderer(to.suffix)
    with psycopg.connect(operational_url, autocommit=True) as operational, query.marts(warehouse_url) as marts:
        query.data_as_of(marts)
        report = find(active_reports(operational), slug)
        slot = report.schedule.latest(at)
        if slot is None:
            raise ReportError(f"report {report.key} has never been due: its schedule is {report.cron}")
        files.write(to, render(reading.read(marts, report, slot).marked()))


def deliveries(operational_url: str, slug: str, *, every: bool = False) -> list[tuple[str, ...]]:
    """Every mail of a report's last slot, or of all its slots: to whom, its state, and why. Also of one that is no more."""
    with psycopg.connect(operational_url, autocommit=True) as operational:
        return ledger_reading.deliveries(operational, _key(operational, slug), every=every)


def _key(operational: Connection, slug: str) -> str:
    """A report's name among all tenants: of those that are active, else of all that have mails in the ledger."""
    try:
        return find(active_reports(operational), slug).key
    except ReportError:
        known = ledger_reading.keys(operational, slug)
        if len(known) > 1:
            raise ReportError(f'"{slug}" names {len(known)} reports: name one of {", ".join(known)}') from None
        if not known:
            raise
        return known[0]


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
    last = ledger_reading.last_state(operational, report)
    return report.tenant_slug, report.slug, report.report_type, report.cron, report.timezone, next_local, last
