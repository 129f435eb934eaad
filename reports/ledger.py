"""The ledger of mails: which slot of which report is to reach whom, and what became of it.

Belongs here: the rows of report_deliveries and their states, one slot at a time. Not here: rows that nobody works on any more
(`ledger_upkeep.py`), rendering and sending (`send.py`).

A slot is worked on under a lock that dies with its worker: a row found `sending` without it belongs to a worker that is gone,
and nobody can know whether its mail left.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from reports.addresses import address
from reports.errors import ReportError
from reports.recipients import Circle
from reports.report_rows import Connection, ReportRow
from reports.schedules import Slot

NAMESPACE = UUID("5f3c1d52-6a0e-4c37-9a53-6d6f0a6f9c10")
MAIL_DOMAIN = "reports.romashka.example"


@dataclass(frozen=True)
class Delivery:
    """A row of the ledger that this worker has taken, to send its mail."""

    id: UUID
    recipient: str
    message_id: str
    attempts: int


def queue(ledger: Connection, report: ReportRow, slot: Slot, allowed: Circle) -> int:
    """Enter a slot for each recipient, unless it is there. Returns how many were skipped, because they may not get it."""
    entries = [(recipient, allowed.refusal(recipient)) for recipient in _once_each(report.recipients)]
    with ledger.transaction(), ledger.cursor() as cursor:
        cursor.executemany(
            """
            insert into public.report_deliveries (
                tenant_id, report_id, slot_local, slot_at, recipient, message_id, state, reason
            )
            values (%s, %s, %s, %s, %s, %s, %s, %s)
            on conflict (tenant_id, report_id, slot_local, recipient) do nothing
            """,
            [
                (report.tenant_id, report.id, slot.local, slot.at, recipient, _message_id(report, slot, recipient),
                 "skipped" if refusal else "queued", refusal)
                for recipient, refusal in entries
            ],
        )  # fmt: skip
    note_run(ledger, report, slot)
    return sum(1 for _, refusal in entries if refusal)


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


def waiting_slots(ledger: Connection, report: ReportRow, at: datetime) -> list[Slot]:
    """The slots of a report that have a mail to be sent by now, oldest first."""
    rows = ledger.execute(
        """
        select distinct slot_at, slot_local from public.report_deliveries
        where tenant_id = %s and report_id = %s and state in ('queued', 'held')
            and (next_attempt_at is null or next_attempt_at <= %s)
        order by slot_at
        """,
        (report.tenant_id, report.id, at),
    ).fetchall()
    return [Slot(at=at, local=local) for at, local in rows]


@contextmanager
def working_on(ledger: Connection, report: ReportRow, slot: Slot) -> Iterator[bool]:
    """Hold a slot for this worker while the block runs; False when another one has it."""
    key = (report.id, slot.local)
    lock = "hashtextextended(%s::uuid::text, extract(epoch from %s::timestamp)::bigint)"
    taken = ledger.execute(f"select pg_try_advisory_lock({lock})", key).fetchone()
    is_mine = bool(taken and taken[0])
    try:
        yield is_mine
    finally:
        if is_mine and not ledger.broken:
            ledger.execute(f"select pg_advisory_unlock({lock})", key)


def waiting(ledger: Connection, report: ReportRow, slot: Slot, at: datetime) -> list[tuple[UUID, str]]:
    """The rows of a slot that have a mail to be sent by now, each with its recipient."""
    return ledger.execute(
        """
        select id, recipient from public.report_deliveries
        where tenant_id = %s and report_id = %s and slot_local = %s and state in ('queued', 'held')
            and (next_attempt_at is null or next_attempt_at <= %s)
        order by recipient
        """,
        (report.tenant_id, report.id, slot.local, at),
    ).fetchall()


def skip(ledger: Connection, delivery_id: UUID, reason: str) -> int:
    """Leave a waiting row unsent, with the reason. Returns how many rows that were."""
    done = ledger.execute(
        "update public.report_deliveries set state = 'skipped', reason = %s where id = %s and state in ('queued', 'held')",
        (reason, delivery_id),
    )
    return done.rowcount


def claim(ledger: Connection, delivery_id: UUID) -> Delivery | None:
    """Take a row to send its mail; None when it is not to be sent any more, by whatever happened since it was entered."""
    row = ledger.execute(
        """
        update public.report_deliveries as delivery
        set state = 'sending', attempts = delivery.attempts + 1, reason = null
        from public.scheduled_reports as report
        inner join public.tenants as tenant on tenant.id = report.tenant_id
        where delivery.id = %s and delivery.state in ('queued', 'held')
            and report.tenant_id = delivery.tenant_id and report.id = delivery.report_id
            and tenant.status = 'active' and report.is_active and delivery.recipient = any (report.recipients)
        returning delivery.id, delivery.recipient, delivery.message_id, delivery.attempts
        """,
        (delivery_id,),
    ).fetchone()
    return Delivery(*row) if row else None


def put_off(ledger: Connection, report: ReportRow, slot: Slot, *, state: str, reason: str) -> int:
    """Set all waiting rows of a slot to `held` or `failed`, with the reason. Returns how many."""
    done = ledger.execute(
        """
        update public.report_deliveries set state = %s, reason = %s
        where tenant_id = %s and report_id = %s and slot_local = %s and state in ('queued', 'held')
        """,
        (state, reason, report.tenant_id, report.id, slot.local),
    )
    return done.rowcount


def settle(
    ledger: Connection,
    delivery: Delivery,
    *,
    state: str,
    reason: str | None,
    rows: int,
    digest: str,
    data_as_of: datetime,
    next_attempt_at: datetime | None,
) -> None:
    """Note how a taken row ended; one that is tried again says when.

    The server need not have it on disk at once: after a crash that loses it, the row is `sending` and becomes unknown, as after
    a crash a moment earlier. Taking a row (`claim`) must be on disk before its mail leaves.
    """
    with ledger.transaction():
        ledger.execute("set local synchronous_commit = off")
        ledger.execute(
            """
            update public.report_deliveries
            set state = %(state)s, reason = %(reason)s, rows_total = %(rows)s, content_digest = %(digest)s,
                rows_sent = case when %(state)s in ('sent', 'partial') then %(rows)s::bigint end, data_as_of = %(as_of)s,
                sent_at = case when %(state)s in ('sent', 'partial') then clock_timestamp() end,
                next_attempt_at = %(next_attempt_at)s
            where id = %(id)s and state = 'sending'
            """,
            {
                "state": state,
                "reason": reason,
                "rows": rows,
                "digest": digest,
                "as_of": data_as_of,
                "next_attempt_at": next_attempt_at,
                "id": delivery.id,
            },
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


def _once_each(recipients: list[str]) -> list[str]:
    """One entry of each address, however it is written."""
    seen: dict[str, str] = {}
    for recipient in recipients:
        try:
            seen.setdefault(address(recipient).addr_spec.lower(), recipient)
        except ReportError:
            seen.setdefault(recipient, recipient)
    return list(seen.values())


def _message_id(report: ReportRow, slot: Slot, recipient: str) -> str:
    return f"<{uuid5(NAMESPACE, f'{report.id}/{slot.local.isoformat()}/{recipient}')}@{MAIL_DOMAIN}>"
