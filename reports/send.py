"""A slot of a report on its way to its recipients.

Belongs here: render once, send to each, note how it ended. Not here: which slots leave (`turn.py`), the rows of the
ledger (`ledger.py`), and who may get it (`recipients.py`).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg

from reports import (
    backoff,
    files,
    ledger,
    ledger_reading,
    mail,
    making,
    notices,
    rate,
    recipients,
    run_times,
)
from reports.addresses import address
from reports.deliver import Outcome
from reports.errors import AnotherContentError, NotCoveredError, RunStoppedError, in_words
from reports.ledger import Delivery
from reports.mail import Letter
from reports.rendered import Rendered, kept
from reports.report_rows import ReportRow
from reports.schedules import Slot
from reports.unsubscribing import Subscription
from reports.way import Way

LET_GO = timedelta(minutes=15)


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
            elif delivery := ledger.claim(way.operational, delivery_id, digest=parcel.rendered.digest):
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
    """Render the slot, or take what an earlier attempt rendered: two recipients must not read two numbers.

    What somebody has of it already is what the others get, also after an edit; where that is lost, and made of these data
    the slot is another one, nobody else gets it.
    """
    folder = files.folder_of(report, slot, way.output)
    theirs = ledger_reading.contents(way.operational, report, slot)
    rendered = kept(folder)
    if rendered is None or not (rendered.digest in theirs if theirs else rendered.made_of == report.made_of):
        rendered = making.render(way, report, slot)
        if theirs and rendered.digest not in theirs:
            raise AnotherContentError(
                "others have this slot already, what they got is kept no more, and the data of now make another report of it: "
                f"bring back reports/{folder.relative_to(way.output)} from a backup, or leave it at that"
            )
        rendered.keep(folder)
    fitting = making.fitting(rendered.attachments, way.most_mail_bytes)
    left_out = [each.name for each in rendered.attachments if each not in fitting]
    return _Parcel(report, rendered, Letter(mail.compose(rendered, way.sender, fitting)), left_out)


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
        data_as_of=rendered.data_as_of,
        next_attempt_at=way.at + backoff.wait(delivery.attempts) if state == "queued" else None,
    )
    return state
