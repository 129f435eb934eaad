"""What a row of scheduled_reports says of its slots: up to which it was worked on, which is next, when it last left.

Belongs here: last_run_at, next_run_at and last_sent_at. Not here: which slots are due (`catch_up.py`), and what became of their
mails (`ledger.py`).
"""

from datetime import datetime

from reports.report_rows import Connection, ReportRow
from reports.schedules import Slot


def note_run(ledger: Connection, report: ReportRow, slot: Slot) -> None:
    """Keep in scheduled_reports up to which slot the report was worked on, and which is the next."""
    following = next(report.schedule.after(slot.at), None)
    ledger.execute(
        """
        update public.scheduled_reports set last_run_at = greatest(last_run_at, %s), next_run_at = %s
        where tenant_id = %s and id = %s
        """,
        (slot.at, following.at if following else None, report.tenant_id, report.id),
    )


def note_next(ledger: Connection, report: ReportRow, at: datetime) -> None:
    """Keep in scheduled_reports which slot is the next: after an edit, and when a zone's rules have changed."""
    following = next(report.schedule.after(report.last_run_at or at), None)
    next_run_at = following.at if following else None
    if next_run_at != report.next_run_at:
        ledger.execute(
            """
            update public.scheduled_reports set next_run_at = %s
            where tenant_id = %s and id = %s and last_run_at is not distinct from %s
                and schedule_cron = %s and timezone = %s
            """,
            (next_run_at, report.tenant_id, report.id, report.last_run_at, report.cron, report.timezone),
        )


def note_sent(ledger: Connection, report: ReportRow) -> None:
    """Keep in scheduled_reports when the report last left for anybody."""
    ledger.execute(
        """
        update public.scheduled_reports as report set last_sent_at = latest.sent_at
        from (
            select max(sent_at) as sent_at from public.report_deliveries where tenant_id = %(tenant)s and report_id = %(report)s
        ) as latest
        where report.tenant_id = %(tenant)s and report.id = %(report)s and report.last_sent_at is distinct from latest.sent_at
        """,
        {"tenant": report.tenant_id, "report": report.id},
    )
