"""Rows of the ledger that nobody works on any more.

Belongs here: all rows of a kind at once: abandoned, unwanted, to be tried anew. Not here: the rows of the slot that is being sent
(`ledger.py`).
"""

from datetime import datetime
from uuid import UUID

from reports.report_rows import Connection


def settle_abandoned(ledger: Connection) -> int:
    """Rows whose worker is gone become unknown, and their owners are to be told. Returns how many."""
    done = ledger.execute(
        """
        with unsettled as materialized (
            select distinct tenant_id, report_id, slot_local from public.report_deliveries where state = 'sending'
        ), abandoned as materialized (
            select tenant_id, report_id, slot_local from unsettled
            where pg_try_advisory_xact_lock(hashtextextended(report_id::text, extract(epoch from slot_local)::bigint))
        ), told as (
            -- Of a report that was deleted nobody is told: the ledger has it.
            insert into public.report_notices (tenant_id, report_id, slot_local, kind)
            select abandoned.tenant_id, abandoned.report_id, abandoned.slot_local, 'unknown'
            from abandoned
            inner join public.scheduled_reports as report
                on report.tenant_id = abandoned.tenant_id and report.id = abandoned.report_id
            on conflict (tenant_id, report_id, slot_local, kind) do nothing
        )
        update public.report_deliveries as delivery
        set state = 'unknown',
            reason = 'the sending process ended before the mail server''s answer was noted: the mail may have arrived'
        from abandoned
        where delivery.state = 'sending' and delivery.tenant_id = abandoned.tenant_id
            and delivery.report_id = abandoned.report_id and delivery.slot_local = abandoned.slot_local
        """
    )
    return done.rowcount


def skip_unwanted(ledger: Connection) -> int:
    """Rows that wait, and are not to be sent any more, become skipped. Returns how many."""
    done = ledger.execute(
        """
        update public.report_deliveries as delivery
        set state = 'skipped', reason = unwanted.reason
        from (
            select waiting.id, case
                when report.id is null then 'the report was deleted'
                when tenant.status <> 'active' then 'the tenant is suspended'
                when not report.is_active then 'the report is switched off'
                when waiting.recipient <> all (report.recipients) then 'the recipient was removed from the report'
            end as reason
            from public.report_deliveries as waiting
            inner join public.tenants as tenant on tenant.id = waiting.tenant_id
            left join public.scheduled_reports as report
                on report.tenant_id = waiting.tenant_id and report.id = waiting.report_id
            where waiting.state in ('queued', 'held')
        ) as unwanted
        where unwanted.id = delivery.id and unwanted.reason is not null and delivery.state in ('queued', 'held')
        """
    )
    return done.rowcount


def send_again(ledger: Connection, report_ids: list[UUID] | None, *, since: datetime) -> int:
    """Failed rows of slots since then wait again, as if they had never been tried. Returns how many; None is all reports.

    Those of a report that was deleted stay what they are: they would only be skipped.
    """
    done = ledger.execute(
        """
        update public.report_deliveries set state = 'queued', reason = null, attempts = 0, next_attempt_at = null
        where state = 'failed' and slot_at >= %(since)s
            and (%(reports)s::uuid[] is null or report_id = any(%(reports)s))
            and (tenant_id, report_id) in (select report.tenant_id, report.id from public.scheduled_reports as report)
        """,
        {"reports": report_ids, "since": since},
    )
    return done.rowcount
