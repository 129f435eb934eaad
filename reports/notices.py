"""Telling a report's owner, once, that it did not go out, and what to do.

Belongs here: whom to tell, the words, and that it is told once. Not here: why it did not go out (`send.py`).
"""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal
from uuid import uuid5

from reports.addresses import address, one_line
from reports.deliver import Transport
from reports.errors import ReportError
from reports.ledger import MAIL_DOMAIN, NAMESPACE
from reports.mail import AS_TEXT
from reports.report_rows import Connection, ReportRow
from reports.schedules import Slot

Kind = Literal["failed", "held"]

_WORDS: dict[Kind, tuple[str, str]] = {
    "failed": ("was not delivered", "Mend the cause, then: romashka reports resend --failed"),
    "held": (
        "is waiting for data",
        "It leaves by itself once the data reach the end of its period; romashka refresh brings them.",
    ),
}


@dataclass(frozen=True)
class Notice:
    """What went wrong with which slot."""

    report: ReportRow
    slot: Slot
    kind: Kind
    reason: str


def tell(operational: Connection, notice: Notice, *, transport: Transport, sender: str) -> None:
    """Tell the owner, unless they were told of this slot; a notice that does not leave is tried again with the next run."""
    key = (notice.report.tenant_id, notice.report.id, notice.slot.local, notice.kind)
    operational.execute(
        """
        insert into public.report_notices (tenant_id, report_id, slot_local, kind) values (%s, %s, %s, %s)
        on conflict (tenant_id, report_id, slot_local, kind) do nothing
        """,
        key,
    )
    # Noted first: of two notices and none, none is less of a nuisance, and the ledger has it anyway.
    claimed = operational.execute(
        """
        update public.report_notices set told_at = clock_timestamp()
        where tenant_id = %s and report_id = %s and slot_local = %s and kind = %s and told_at is null
        """,
        key,
    )
    if not claimed.rowcount:
        return
    sent = [
        transport(_message(notice, sender, owner), address(owner).addr_spec) for owner in _owners(operational, notice)
    ]
    if sent and all(outcome.state == "queued" for outcome in sent):
        operational.execute(
            """
            update public.report_notices set told_at = null
            where tenant_id = %s and report_id = %s and slot_local = %s and kind = %s
            """,
            key,
        )


def _owners(operational: Connection, notice: Notice) -> list[str]:
    """Whoever made the report, if they are still there; else the tenant's admins."""
    rows = operational.execute(
        """
        select person.email, person.id = report.created_by as is_author
        from public.scheduled_reports as report
        inner join public.profiles as person on person.tenant_id = report.tenant_id and person.is_active
        where report.tenant_id = %s and report.id = %s and person.email is not null
            and (person.id = report.created_by or person.role = 'admin')
        order by is_author desc nulls last, person.email
        """,
        (notice.report.tenant_id, notice.report.id),
    ).fetchall()
    found = [email for email, is_author in rows if is_author] or [email for email, _ in rows]
    return [email for email in found if _is_address(email)]


def _is_address(text: str) -> bool:
    try:
        address(text)
    except ReportError:
        return False
    return True


def _message(notice: Notice, sender: str, owner: str) -> EmailMessage:
    what, advice = _WORDS[notice.kind]
    name = one_line(notice.report.name)
    message = EmailMessage(policy=AS_TEXT)
    message["From"] = address(sender)
    message["To"] = address(owner)
    message["Subject"] = f"{name} {what}"
    message["Message-ID"] = f"<{uuid5(NAMESPACE, f'{notice}/{owner}')}@{MAIL_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"The report {name} ({notice.report.key}) of {notice.slot.local:%Y-%m-%d %H:%M} {what}.\n\n"
        f"Why: {one_line(notice.reason)}\n\n{advice}\n"
    )
    return message
