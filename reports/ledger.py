"""The ledger of mails: which slot of which report is to reach whom, and what became of it.

Belongs here: the rows of report_deliveries and their states, one slot at a time. Not here: rows that nobody works on any more
(`ledger_upkeep.py`), looking without touching (`ledger_reading.py`), rendering and sending (`send.py`).

A slot is worked on under a lock that dies with its worker: a row found `sending` without it belongs to a worker that is gone,
and nobody can know whether its mail left.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from reports import run_times
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


def queue(ledger: Connection, report: ReportRow, slot: Slot, allowed: Circle | None) -> int:
    """Enter a slot for each recipient, unless it is there. Returns how many were skipped, because they may not get it.

    Without a circle everybody waits: who may get it is asked again before each mail.
    """
    entries = [
        (recipient, allowed.refusal(recipient) if allowed else None) for recipient in _once_each(report.recipients)
    ]
    _enter(ledger, report, [(slot, recipient, refusal) for recipient, refusal in entries])
    run_times.note_run(ledger, report, slot)
    return sum(1 for _, refusal in entries if refusal)


def enter_skipped(ledger: Connection, report: ReportRow, slots: list[Slot], *, reason: str) -> int:
    """Enter slots that nobody gets any more, with the reason. Returns how many mails that are."""
    recipients = _once_each(report.recipients)
    return _enter(ledger, report, [(slot, recipient, reason) for slot in slots for recipient in recipients])


def _enter(ledger: Connection, report: ReportRow, entries: list[tuple[Slot, str, str | None]]) -> int:
    """Enter mails that are not there yet: skipped those with a reason, waiting the others."""
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
                 "skipped" if reason else "queued", reason)
                for slot, recipient, reason in entries
            ],
        )  # fmt: skip
        return max(cursor.rowcount, 0)


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


def claim(ledger: Connection, delivery_id: UUID, *, digest: str) -> Delivery | None:
    """Take a row to send its mail; None when it is not to be sent any more, by whatever happened since it was entered.

    What it will say is noted first: where the worker dies, somebody may have it.
    """
    row = ledger.execute(
        """
        update public.report_deliveries as delivery
        set state = 'sending', attempts = delivery.attempts + 1, reason = null, content_digest = %s
        from public.scheduled_reports as report
        inner join public.tenants as tenant on tenant.id = report.tenant_id
        where delivery.id = %s and delivery.state in ('queued', 'held')
            and report.tenant_id = delivery.tenant_id and report.id = delivery.report_id
            and tenant.status = 'active' and report.is_active and delivery.recipient = any (report.recipients)
        returning delivery.id, delivery.recipient, delivery.message_id, delivery.attempts
        """,
        (digest, delivery_id),
    ).fetchone()
    return Delivery(*row) if row else None


def pass_over(ledger: Connection, report: ReportRow, slot: Slot, *, reason: str) -> int:
    """Leave what is held of a slot unsent. Returns how many mails that are."""
    done = ledger.execute(
        """
        update public.report_deliveries set state = 'skipped', reason = %s
        where tenant_id = %s and report_id = %s and slot_local = %s and state = 'held'
        """,
        (reason, report.tenant_id, report.id, slot.local),
    )
    return done.rowcount


def give_back(ledger: Connection, delivery: Delivery, reason: str) -> None:
    """Let a taken row wait again as if it had not been taken: what stops a run is no fault of its mail."""
    ledger.execute(
        "update public.report_deliveries set state = 'queued', attempts = attempts - 1, reason = %s "
        "where id = %s and state = 'sending'",
        (reason, delivery.id),
    )


def put_off(
    ledger: Connection, report: ReportRow, slot: Slot, *, state: str, reason: str, until: datetime | None = None
) -> int:
    """Set all waiting rows of a slot to `held`, `failed`, or `queued` until an instant, with the reason. Returns how many."""
    done = ledger.execute(
        """
        update public.report_deliveries set state = %s, reason = %s, next_attempt_at = coalesce(%s, next_attempt_at)
        where tenant_id = %s and report_id = %s and slot_local = %s and state in ('queued', 'held')
        """,
        (state, reason, until, report.tenant_id, report.id, slot.local),
    )
    return done.rowcount


def settle(
    ledger: Connection,
    delivery: Delivery,
    *,
    state: str,
    reason: str | None,
    rows_sent: int,
    rows: int,
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
            set state = %(state)s, reason = %(reason)s, rows_total = %(rows)s,
                rows_sent = case when %(state)s in ('sent', 'partial') then %(rows_sent)s::bigint end, data_as_of = %(as_of)s,
                sent_at = case when %(state)s in ('sent', 'partial') then clock_timestamp() end,
                next_attempt_at = %(next_attempt_at)s
            where id = %(id)s and state = 'sending'
            """,
            {
                "state": state,
                "reason": reason,
                "rows_sent": rows_sent,
                "rows": rows,
                "as_of": data_as_of,
                "next_attempt_at": next_attempt_at,
                "id": delivery.id,
            },
        )


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
