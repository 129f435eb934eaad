"""Looking at the ledger of mails.

Belongs here: questions to report_deliveries that change nothing. Not here: what changes a state (`ledger.py`).
"""

from datetime import datetime

from reports.addresses import one_line
from reports.report_rows import Connection, ReportRow
from reports.schedules import Slot

MOST_LISTED = 1_000
# Mails by the name of their report: what it is called now; of one that was deleted, what it was when the slot was entered.
_NAMED = """
    with mails as (
        select delivery.*, tenant.slug as tenant_slug, tenant.slug || '/' || called.slug as key, called.slug
        from public.report_deliveries as delivery
        inner join public.tenants as tenant on tenant.id = delivery.tenant_id
        left join public.scheduled_reports as report on report.tenant_id = delivery.tenant_id and report.id = delivery.report_id
        cross join lateral (select coalesce(report.slug, delivery.report_slug) as slug) as called
    )
"""


def waiting_slots(ledger: Connection, report: ReportRow, at: datetime) -> list[Slot]:
    """The slots of a report that have a mail to be sent by now, oldest first."""
    return _slots(ledger, report, ["queued", "held"], at)


def held_slots(ledger: Connection, report: ReportRow) -> list[Slot]:
    """The slots of a report that wait for data, oldest first."""
    return _slots(ledger, report, ["held"])


def unsettled_slots(ledger: Connection, report: ReportRow) -> list[Slot]:
    """The slots of a report with a mail that a worker has taken: being sent, or left behind."""
    return _slots(ledger, report, ["sending"])


def _slots(ledger: Connection, report: ReportRow, states: list[str], at: datetime | None = None) -> list[Slot]:
    rows = ledger.execute(
        """
        select distinct slot_at, slot_local from public.report_deliveries
        where tenant_id = %(tenant)s and report_id = %(report)s and state = any(%(states)s)
            and (%(at)s::timestamptz is null or next_attempt_at is null or next_attempt_at <= %(at)s)
        order by slot_at
        """,
        {"tenant": report.tenant_id, "report": report.id, "states": states, "at": at},
    ).fetchall()
    return [Slot(at=at, local=local) for at, local in rows]


def contents(ledger: Connection, report: ReportRow, slot: Slot) -> frozenset[str]:
    """The digests of what somebody has, or may have, of a slot."""
    rows = ledger.execute(
        """
        select distinct content_digest from public.report_deliveries
        where tenant_id = %s and report_id = %s and slot_local = %s and content_digest is not null
            and state in ('sending', 'sent', 'partial', 'unknown')
        """,
        (report.tenant_id, report.id, slot.local),
    ).fetchall()
    return frozenset(digest for (digest,) in rows)


def reached_nobody(ledger: Connection, report: ReportRow, slot: Slot) -> bool:
    """Whether all of a slot's mails were skipped."""
    row = ledger.execute(
        """
        select coalesce(bool_and(state = 'skipped'), false) from public.report_deliveries
        where tenant_id = %s and report_id = %s and slot_local = %s
        """,
        (report.tenant_id, report.id, slot.local),
    ).fetchone()
    return bool(row and row[0])


def last_state(ledger: Connection, report: ReportRow) -> str:
    """What became of the report's last slot, in words: states and how many mails are in each."""
    rows = ledger.execute(
        """
        select state, count(*) from public.report_deliveries
        where tenant_id = %(tenant)s and report_id = %(report)s and slot_at = (
            select max(slot_at) from public.report_deliveries where tenant_id = %(tenant)s and report_id = %(report)s
        )
        group by state order by state
        """,
        {"tenant": report.tenant_id, "report": report.id},
    ).fetchall()
    return ", ".join(f"{count} {state}" for state, count in rows)


def keys(ledger: Connection, slug: str) -> list[str]:
    """The reports that have mails in the ledger and bear a name, or bore it until they were deleted: each as `tenant/report`."""
    statement = _NAMED + "select distinct key from mails where %s in (key, tenant_slug, slug) order by key"  # noqa: S608 (constants)
    return [key for (key,) in ledger.execute(statement, (slug,)).fetchall()]


def deliveries(ledger: Connection, key: str, *, every: bool = False) -> list[tuple[str, ...]]:
    """Slot, recipient, state, attempts, reason and when it left, of each mail of a report's last slot; or of every slot.

    Also of a report that was deleted.
    """
    rows = ledger.execute(
        _NAMED  # noqa: S608 (constants)
        + """
        select to_char(slot_local, 'YYYY-MM-DD HH24:MI'), recipient, state, attempts::text, coalesce(reason, ''),
            coalesce(to_char(sent_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '')
        from mails
        where key = %(key)s and (%(every)s or slot_at = (select max(slot_at) from mails where key = %(key)s))
        order by slot_at desc, recipient
        limit %(most)s
        """,
        {"key": key, "every": every, "most": MOST_LISTED},
    ).fetchall()
    return [tuple(map(one_line, row)) for row in rows]
