"""A slot of a report on its way to its recipients.

Belongs here: render once, send to each, note how it ended. Not here: which slots leave (`turn.py`), the rows of the
ledger (`ledger.py`), and who may get it (`recipients.py`).
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import psycopg

from reports import (
    backoff,
    files,
    ledger,
    ledger_reading,
    mail,
    mail_body,
    notices,
    rate,
    reading,
    recipients,
    run_times,
)
from reports.addresses import address
from reports.deliver import Outcome
from reports.errors import NotCoveredError, RunStoppedError, in_words
from reports.files import Attachment
from reports.ledger import Delivery
from reports.mail import Letter
from reports.rendered import Rendered, kept
from reports.report_rows import ReportRow
from reports.schedules import Slot
from reports.unsubscribing import Subscription
from reports.way import Way

LET_GO = timedelta(minutes=15)
# Three bytes in four letters, and two more at the end of each line of 76.
AS_IT_TRAVELS = 4 / 3 * 78 / 76


@dataclass(frozen=True)
class _Parcel:
    """What the recipients of a slot get: one message, and the names of the files that are too large for it."""

    report: ReportRow
    rendered: Rendered
    letter: Letter
    left_out: list[str]


def send(way: Way, report: ReportRow, slot: Slot) -> Counter[str]:
    """Send a slot to everybody who waits for it, unless another worker is at it. Returns how many mails ended in each state."""
    states: Counter[str] = Counter()
    with ledger.working_on(way.operational, report, slot) as is_mine:
        waiting = ledger.waiting(way.operational, report, slot, way.at) if is_mine else []
        if not waiting:
            return states
        try:
            _send_each(way, report, slot, waiting, states)
        except (RunStoppedError, psycopg.OperationalError):
            raise
        except NotCoveredError as error:
            states["held"] += ledger.put_off(way.operational, report, slot, state="held", reason=str(error))
        except Exception as error:
            # Also what nobody foresaw: it is this report's, and the next one must have its turn.
            states["failed"] += ledger.put_off(way.operational, report, slot, state="failed", reason=in_words(error))
        _tell(way, report, slot, states)
        return states


def _send_each(way: Way, report: ReportRow, slot: Slot, waiting: list[tuple[UUID, str]], states: Counter[str]) -> None:
    left = rate.left(way.operational, report)
    recipients.circle(way.operational, report)
    parcel = _pack(way, report, slot)
    try:
        for delivery_id, recipient in waiting:
            if not left:
                reason = f"the tenant's mails of this hour are used up: setting {rate.SETTING}"
                states["queued"] += ledger.put_off(
                    way.operational, report, slot, state="queued", reason=reason, until=way.at + LET_GO
                )
                return
            # One at a time: when this process dies, one mail is in doubt, not all of them; and a right lost meanwhile counts.
            if refusal := recipients.circle(way.operational, report, around=recipient).refusal(recipient):
                states["skipped"] += ledger.skip(way.operational, delivery_id, refusal)
            elif delivery := ledger.claim(way.operational, delivery_id):
                states[_hand_over(way, parcel, delivery)] += 1
                left -= 1
    finally:
        run_times.note_sent(way.operational, report)


def _tell(way: Way, report: ReportRow, slot: Slot, states: Counter[str]) -> None:
    told: tuple[notices.Kind, ...] = ("failed", "held", "unknown")
    for kind in told:
        if states[kind]:
            notices.tell(way, report, slot, kind)
    if states["skipped"] and ledger_reading.reached_nobody(way.operational, report, slot):
        notices.tell(way, report, slot, "skipped")


def _pack(way: Way, report: ReportRow, slot: Slot) -> _Parcel:
    """Render the slot, or take what an earlier attempt rendered: two recipients must not read two numbers."""
    folder = files.folder_of(report, slot, way.output)
    rendered = kept(folder, made_of=report.made_of)
    if rendered is None:
        rendered = _render(way, report, slot)
        rendered.keep(folder)
    fitting = _fitting(rendered.attachments, way.most_mail_bytes)
    left_out = [each.name for each in rendered.attachments if each not in fitting]
    return _Parcel(report, rendered, Letter(mail.compose(rendered, way.sender, fitting)), left_out)


def _render(way: Way, report: ReportRow, slot: Slot) -> Rendered:
    content = reading.read(way.marts, report, slot)
    if content.uncovered:
        if report.when_stale != "send" or way.at < slot.at + report.stale_after:
            raise NotCoveredError(content.uncovered)
        content = content.marked()
    attachments = files.render(content, report)
    fitting = _fitting(attachments, way.most_mail_bytes)
    if left_out := [each.name for each in attachments if each not in fitting]:
        days = files.kept_days(way.operational, report.tenant_id)
        note = f"Too large for mail, and kept for you for {days} days by whoever runs ROMASHKA: {', '.join(left_out)}."
        content = replace(content, notes=[*content.notes, note])
    content = replace(content, has_files=bool(fitting))
    return Rendered(
        made_of=report.made_of,
        subject=f"{content.title}: {content.period.label} — {content.tenant_name}",
        plain=mail_body.plain(content),
        markup=mail_body.markup(content, chart_source=f"cid:{mail_body.CHART_ID}"),
        picture=mail_body.chart_picture(content),
        attachments=attachments,
        rows=content.rows,
        rows_in_mail=len(content.figures),
        slot_at=slot.at,
        data_as_of=content.data_as_of,
    )


def _fitting(attachments: list[Attachment], most: int) -> list[Attachment]:
    """The files that one mail can hold, the first ones first."""
    fitting: list[Attachment] = []
    for each in attachments:
        if sum(len(other.content) for other in [*fitting, each]) * AS_IT_TRAVELS <= most:
            fitting.append(each)
    return fitting


def _hand_over(way: Way, parcel: _Parcel, delivery: Delivery) -> str:
    """Send one mail and note how that ended; one refused recipient changes nothing for another."""
    envelope = mail.Envelope(delivery.recipient, delivery.message_id, _headers(way, parcel, delivery))
    message = parcel.letter.to(envelope)
    try:
        outcome = way.transport(message, address(delivery.recipient).addr_spec)
    except RunStoppedError as error:
        ledger.give_back(way.operational, delivery, str(error))
        raise
    if outcome.state == "queued" and delivery.attempts >= backoff.MOST_ATTEMPTS:
        outcome = Outcome("failed", f"given up after {delivery.attempts} attempts: {outcome.reason}")
    return _settle(way, parcel, delivery, outcome)


def _headers(way: Way, parcel: _Parcel, delivery: Delivery) -> dict[str, str]:
    if way.unsubscribing is None:
        return {}
    report = parcel.report
    return way.unsubscribing.headers(Subscription(report.tenant_id, report.id, delivery.recipient))


def _settle(way: Way, parcel: _Parcel, delivery: Delivery, outcome: Outcome) -> str:
    state: str = outcome.state
    reason = outcome.reason
    rendered = parcel.rendered
    if state == "sent" and parcel.left_out:
        state, reason = "partial", f"too large for mail: {', '.join(parcel.left_out)}"
    has_files = len(parcel.left_out) < len(rendered.attachments)
    ledger.settle(
        way.operational,
        delivery,
        state=state,
        reason=reason,
        rows_sent=rendered.rows if has_files else rendered.rows_in_mail,
        rows=rendered.rows,
        digest=rendered.digest,
        data_as_of=rendered.data_as_of,
        next_attempt_at=way.at + backoff.wait(delivery.attempts) if state == "queued" else None,
    )
    return state
