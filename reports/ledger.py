"""The ledger of mails: which slot of which report is to reach whom, and what became of it.

Belongs here: the rows of scheduled_reports and report_deliveries and their states. Not here: rendering and sending. A row is
claimed under a lock that dies with its worker: a row found `sending` without it belongs to a worker that is gone, and nobody
can know whether its mail left.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg.rows import dict_row

from reports.document import ReportRow
from reports.schedules import Slot

Connection = psycopg.Connection[Any]
NAMESPACE = UUID("5f3c1d52-6a0e-4c37-9a53-6d6f0a6f9c10")
MAIL_DOMAIN = "reports.romashka.example"


@dataclass(frozen=True)
class Delivery:
    """A row of the ledger that waits to be sent."""

    id: UUID
    recipient: str
    message_id: str


def active_reports(ledger: Connection) -> list[ReportRow]:
    """Every active report of every active tenant."""
    with ledger.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """
            select
                report.id, report.tenant_id, tenant.slug as tenant_slug, tenant.name as tenant_name, report.slug,
                report.name, report.report_type, report.schedule_cron as cron, report.timezone, report.recipients,
                array_prepend(report.format, report.additional_formats) as formats, report.filters, report.last_run_at
            from public.scheduled_reports as report
            inner join public.tenants as tenant on tenant.id = report.tenant_id
            where report.is_active and tenant.status = 'active'
            order by tenant.slug, report.slug
            """
        ).fetchall()
    return [_report(row) for row in rows]


def queue(ledger: Connection, report: ReportRow, slot: Slot) -> None:
    """Enter a slot for each recipient, unless it is there; and move the report's times on."""
    with ledger.cursor() as cursor:
        cursor.executemany(
            """
            insert into public.report_deliveries (tenant_id, report_id, slot_local, slot_at, recipient, message_id)
            values (%s, %s, %s, %s, %s, %s)
            on conflict (tenant_id, report_id, slot_local, recipient) do nothing
            """,
            [
                (report.tenant_id, report.id, slot.local, slot.at, recipient, _message_id(report, slot, recipient))
                for recipient in dict.fromkeys(report.recipients)
            ],
        )
    following = next(report.schedule.after(slot.at), None)
    ledger.execute(
        "update public.scheduled_reports set last_run_at = %s, next_run_at = %s where tenant_id = %s and id = %s",
        (slot.at, following.at if following else None, report.tenant_id, report.id),
    )
    ledger.commit()


def settle_abandoned(ledger: Connection) -> None:
    """Rows whose worker is gone become unknown; rows that may not be sent any more become skipped."""
    ledger.execute(
        """
        update public.report_deliveries
        set state = 'unknown', reason = 'the sending process ended before the mail server''s answer was noted'
        where state = 'sending' and pg_try_advisory_xact_lock(hashtextextended(id::text, 0))
        """
    )
    ledger.execute(
        """
        update public.report_deliveries as delivery
        set state = 'skipped', reason = case
            when tenant.status <> 'active' then 'the tenant is suspended'
            when not report.is_active then 'the report is switched off'
            else 'the recipient was removed from the report'
        end
        from public.scheduled_reports as report
        inner join public.tenants as tenant on tenant.id = report.tenant_id
        where report.tenant_id = delivery.tenant_id and report.id = delivery.report_id
            and delivery.state in ('queued', 'held')
            and (tenant.status <> 'active' or not report.is_active or delivery.recipient <> all (report.recipients))
        """
    )
    ledger.commit()


def waiting_slots(ledger: Connection, report: ReportRow) -> list[Slot]:
    """The slots of a report that have a row to be sent, oldest first."""
    rows = ledger.execute(
        """
        select distinct slot_at, slot_local from public.report_deliveries
        where tenant_id = %s and report_id = %s and state in ('queued', 'held')
        order by slot_at
        """,
        (report.tenant_id, report.id),
    ).fetchall()
    ledger.commit()
    return [Slot(at=at, local=local) for at, local in rows]


def hold(ledger: Connection, report: ReportRow, slot: Slot, reason: str) -> int:
    """Hold a slot's rows back, with the reason. Returns how many."""
    done = ledger.execute(
        """
        update public.report_deliveries set state = 'held', reason = %s
        where tenant_id = %s and report_id = %s and slot_local = %s and state in ('queued', 'held')
        """,
        (reason, report.tenant_id, report.id, slot.local),
    )
    ledger.commit()
    return done.rowcount


def claim(ledger: Connection, report: ReportRow, slot: Slot) -> list[Delivery]:
    """Take a slot's waiting rows for this worker. Its connection has to live until they are settled."""
    rows = ledger.execute(
        """
        with taken as (
            select id from public.report_deliveries
            where tenant_id = %s and report_id = %s and slot_local = %s and state in ('queued', 'held')
            order by recipient
            for update skip locked
        )
        update public.report_deliveries as delivery
        set state = 'sending', attempts = delivery.attempts + 1, reason = null
        from taken
        where delivery.id = taken.id and pg_try_advisory_lock(hashtextextended(delivery.id::text, 0))
        returning delivery.id, delivery.recipient, delivery.message_id
        """,
        (report.tenant_id, report.id, slot.local),
    ).fetchall()
    ledger.commit()
    return [Delivery(*row) for row in rows]


def settle(
    ledger: Connection,
    delivery: Delivery,
    *,
    state: str,
    reason: str | None,
    rows: int | None = None,
    digest: str | None = None,
    data_as_of: datetime | None = None,
) -> None:
    """Note how a claimed row ended, and let go of it."""
    ledger.execute(
        """
        update public.report_deliveries
        set state = %(state)s, reason = %(reason)s, rows_sent = %(rows)s, rows_total = %(rows)s,
            content_digest = %(digest)s, data_as_of = %(as_of)s,
            sent_at = case when %(state)s = 'sent' then clock_timestamp() end
        where id = %(id)s and state = 'sending'
        """,
        {"state": state, "reason": reason, "rows": rows, "digest": digest, "as_of": data_as_of, "id": delivery.id},
    )
    if state == "sent":
        ledger.execute(
            """
            update public.scheduled_reports as report set last_sent_at = clock_timestamp()
            from public.report_deliveries as delivery
            where delivery.id = %s and report.tenant_id = delivery.tenant_id and report.id = delivery.report_id
            """,
            (delivery.id,),
        )
    ledger.commit()
    ledger.execute("select pg_advisory_unlock(hashtextextended(%s::text, 0))", (str(delivery.id),))
    ledger.commit()


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


def _report(row: dict[str, Any]) -> ReportRow:
    recipients, formats = tuple(row.pop("recipients")), tuple(row.pop("formats"))
    return ReportRow(recipients=recipients, formats=formats, **row)


def _message_id(report: ReportRow, slot: Slot, recipient: str) -> str:
    return f"<{uuid5(NAMESPACE, f'{report.id}/{slot.local.isoformat()}/{recipient}')}@{MAIL_DOMAIN}>"
