"""Telling a report's owner, once, that it did not go out, why, and what to do.

Belongs here: whom to tell, the words, and that it is told once. Not here: why it did not go out, which the ledger knows
(`ledger.py`).

A notice is named for the state of the mails that it is about, and is told as long as some are in that state: of what has left
meanwhile nobody needs to hear.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Literal
from uuid import UUID, uuid5

from psycopg.rows import class_row

from reports import backoff
from reports.addresses import address, one_line
from reports.errors import ReportError, RunStoppedError
from reports.ledger import MAIL_DOMAIN, NAMESPACE
from reports.mail import AS_TEXT
from reports.report_rows import Connection, ReportRow
from reports.schedules import Slot
from reports.way import Way

Kind = Literal["failed", "held", "skipped", "unknown", "unscheduled"]

MOST_NAMED = 10
_WORDS: dict[Kind, tuple[str, str]] = {
    "failed": ("was not delivered", "Mend the cause, then: romashka reports resend --failed"),
    "held": (
        "is waiting for data",
        "It leaves by itself once the data reach the end of its period; romashka refresh brings them.",
    ),
    "skipped": ("reached nobody", "Change its recipients, or switch it off; what was skipped is not sent any more."),
    "unknown": ("may not have arrived", "Ask whether it came: what is in doubt is not sent a second time."),
    "unscheduled": ("has no schedule that can be evaluated", "Save it with another: until then it is never due."),
}


@dataclass(frozen=True)
class Notice:
    """Which slot of which report, and what became of it."""

    tenant_id: UUID
    report_id: UUID
    slot_local: datetime
    kind: Kind


@dataclass(frozen=True)
class _Subject:
    """A report as its notice names it, and whom to tell."""

    key: str
    name: str
    schedule: str
    owners: list[str]


def tell(way: Way, report: ReportRow, slot: Slot, kind: Kind) -> None:
    """Tell the owner, unless they were told of this slot; a notice that does not leave is tried again (`tell_open`).

    Of a report that was deleted meanwhile nobody is told: it has no owner any more, and the ledger has the reason.
    """
    notice = Notice(report.tenant_id, report.id, slot.local, kind)
    way.operational.execute(
        """
        insert into public.report_notices (tenant_id, report_id, slot_local, kind)
        select report.tenant_id, report.id, %(slot)s, %(kind)s from public.scheduled_reports as report
        where report.tenant_id = %(tenant)s and report.id = %(report)s
        on conflict (tenant_id, report_id, slot_local, kind) do nothing
        """,
        {"tenant": report.tenant_id, "report": report.id, "slot": slot.local, "kind": kind},
    )
    _deliver(way, notice)


def tell_open(way: Way) -> None:
    """Tell what earlier runs could not tell."""
    for notice in open_notices(way.operational, way.at):
        _deliver(way, notice)


def open_notices(operational: Connection, at: datetime) -> list[Notice]:
    """The notices that nobody has heard yet, whose time has come, and that are still true."""
    with operational.cursor(row_factory=class_row(Notice)) as cursor:
        return cursor.execute(
            """
            select notice.tenant_id, notice.report_id, notice.slot_local, notice.kind
            from public.report_notices as notice
            inner join public.tenants as tenant on tenant.id = notice.tenant_id and tenant.status = 'active'
            where notice.told_at is null and notice.attempts < %s
                and (notice.next_attempt_at is null or notice.next_attempt_at <= %s)
                and (
                    notice.kind = 'unscheduled'
                    or exists (
                        select from public.report_deliveries as delivery
                        where delivery.tenant_id = notice.tenant_id and delivery.report_id = notice.report_id
                            and delivery.slot_local = notice.slot_local and delivery.state = notice.kind
                    )
                )
            order by notice.created_at, notice.id
            """,
            (backoff.MOST_ATTEMPTS, at),
        ).fetchall()


def _deliver(way: Way, notice: Notice) -> None:
    # Noted first: of two notices and none, none is less of a nuisance, and the ledger has it anyway.
    claimed = way.operational.execute(
        """
        update public.report_notices set told_at = clock_timestamp(), attempts = attempts + 1
        where tenant_id = %s and report_id = %s and slot_local = %s and kind = %s and told_at is null
            and (next_attempt_at is null or next_attempt_at <= %s)
        returning attempts
        """,
        (*_key(notice), way.at),
    ).fetchone()
    if claimed is None:
        return
    [attempts] = claimed
    try:
        subject = _subject(way.operational, notice)
        text = _text(notice, subject, _why(way.operational, notice, subject))
        ended = [
            way.transport(_message(notice, subject, text, way.sender, owner), address(owner).addr_spec).state
            for owner in subject.owners
        ]
    except RunStoppedError:
        _reopen(way, notice, attempts - 1, None)
        raise
    if not {"sent", "unknown"} & set(ended):
        _reopen(way, notice, attempts, way.at + backoff.wait(attempts))


def _reopen(way: Way, notice: Notice, attempts: int, next_attempt_at: datetime | None) -> None:
    way.operational.execute(
        """
        update public.report_notices set told_at = null, attempts = %s, next_attempt_at = %s
        where tenant_id = %s and report_id = %s and slot_local = %s and kind = %s
        """,
        (attempts, next_attempt_at, *_key(notice)),
    )


def _key(notice: Notice) -> tuple[object, ...]:
    return notice.tenant_id, notice.report_id, notice.slot_local, notice.kind


def _subject(operational: Connection, notice: Notice) -> _Subject:
    """The owners are whoever made the report, if they are still there; else the tenant's admins."""
    rows = operational.execute(
        """
        select
            tenant.slug || '/' || report.slug, report.name, report.schedule_cron || ' in ' || report.timezone,
            person.email, coalesce(person.id = report.created_by, false) as is_author
        from public.scheduled_reports as report
        inner join public.tenants as tenant on tenant.id = report.tenant_id
        left join public.profiles as person on person.tenant_id = report.tenant_id and person.is_active
            and person.email is not null and (person.id = report.created_by or person.role = 'admin')
        where report.tenant_id = %s and report.id = %s
        order by person.email
        """,
        (notice.tenant_id, notice.report_id),
    ).fetchall()
    authors = [email for *_, email, is_author in rows if is_author]
    owners = authors or [email for *_, email, _ in rows if email]
    key, name, schedule = rows[0][:3] if rows else ("", "", "")
    return _Subject(key, one_line(name), schedule, [owner for owner in owners if _is_address(owner)])


def _why(operational: Connection, notice: Notice, subject: _Subject) -> list[str]:
    """Each reason once, with those whose mail it kept from leaving."""
    if notice.kind == "unscheduled":
        return [f"its schedule is {one_line(subject.schedule)}"]
    rows = operational.execute(
        """
        select reason, array_agg(recipient order by recipient) from public.report_deliveries
        where tenant_id = %s and report_id = %s and slot_local = %s and state = %s
        group by reason order by count(*) desc, reason
        """,
        _key(notice),
    ).fetchall()
    return [f"{one_line(reason)} ({_named(recipients)})" for reason, recipients in rows]


def _named(recipients: list[str]) -> str:
    more = f", and {len(recipients) - MOST_NAMED} more" if len(recipients) > MOST_NAMED else ""
    return ", ".join(map(one_line, recipients[:MOST_NAMED])) + more


def _is_address(text: str) -> bool:
    try:
        address(text)
    except ReportError:
        return False
    return True


def _text(notice: Notice, subject: _Subject, why: list[str]) -> str:
    what, advice = _WORDS[notice.kind]
    when = "" if notice.kind == "unscheduled" else f" of {notice.slot_local:%Y-%m-%d %H:%M}"
    reasons = "\n".join(f"Why: {reason}" for reason in why)
    every = f"Every mail of it: romashka reports deliveries {subject.key}"
    return f"The report {subject.name} ({subject.key}){when} {what}.\n\n{reasons}\n\n{advice}\n{every}\n"


def _message(notice: Notice, subject: _Subject, text: str, sender: str, owner: str) -> EmailMessage:
    message = EmailMessage(policy=AS_TEXT)
    message["From"] = address(sender)
    message["To"] = address(owner)
    message["Subject"] = f"{subject.name} {_WORDS[notice.kind][0]}"
    named = f"{notice.report_id}/{notice.slot_local.isoformat()}/{notice.kind}/{owner}"
    message["Message-ID"] = f"<{uuid5(NAMESPACE, named)}@{MAIL_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
