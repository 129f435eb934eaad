"""A slot of a report on its way to its recipients.

Belongs here: render once, send to each, note how it ended. Not here: which slots are due (`run.py`), the rows of the
ledger (`ledger.py`), and who may get it (`recipients.py`).
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from reports import backoff, files, ledger, mail, mail_body, notices, reading, recipients
from reports.addresses import address
from reports.deliver import Outcome, Transport
from reports.errors import NotCoveredError, ReportError, RunStoppedError
from reports.files import Attachment
from reports.ledger import Delivery
from reports.notices import Kind, Notice
from reports.rendered import Rendered, kept
from reports.report_rows import Connection, ReportRow
from reports.schedules import Slot
from reports.unsubscribing import Subscription, Unsubscribing

MOST_MAIL_BYTES = 20_000_000


@dataclass(frozen=True)
class Way:
    """From where figures come, where files are kept, how mails leave, and what time it is."""

    operational: Connection
    marts: Connection
    transport: Transport
    output: Path
    sender: str
    at: datetime
    unsubscribing: Unsubscribing | None = None
    most_mail_bytes: int = MOST_MAIL_BYTES


@dataclass(frozen=True)
class _Parcel:
    """What the recipients of a slot get; `fitting` are the files that one mail can hold, `left_out` names the others."""

    report: ReportRow
    rendered: Rendered
    fitting: list[Attachment]
    left_out: list[str]


def send(way: Way, report: ReportRow, slot: Slot) -> Counter[str]:
    """Send a slot to everybody who waits for it, unless another worker is at it. Returns how many mails ended in each state."""
    with ledger.working_on(way.operational, report, slot) as is_mine:
        waiting = ledger.waiting(way.operational, report, slot, way.at) if is_mine else []
        if not waiting:
            return Counter()
        try:
            allowed = recipients.circle(way.operational, report)
            parcel = _pack(way, report, slot)
        except RunStoppedError:
            raise
        except NotCoveredError as error:
            return _put_off(way, report, slot, "held", str(error))
        except ReportError as error:
            return _put_off(way, report, slot, "failed", str(error))
        states: Counter[str] = Counter()
        try:
            for delivery_id, recipient in waiting:
                # One at a time: when this process dies, one mail is in doubt, not all of them.
                if refusal := allowed.refusal(recipient):
                    states["skipped"] += ledger.skip(way.operational, delivery_id, refusal)
                elif delivery := ledger.claim(way.operational, delivery_id):
                    states[_hand_over(way, parcel, delivery)] += 1
        finally:
            ledger.note_sent(way.operational, report)
        if states["failed"]:
            reason = f"{states['failed']} of {len(waiting)} mails failed: romashka reports list says how the rest went"
            _tell(way, report, slot, "failed", reason)
        return states


def _put_off(way: Way, report: ReportRow, slot: Slot, state: Kind, reason: str) -> Counter[str]:
    mails = ledger.put_off(way.operational, report, slot, state=state, reason=reason)
    _tell(way, report, slot, state, reason)
    return Counter({state: mails})


def _tell(way: Way, report: ReportRow, slot: Slot, kind: Kind, reason: str) -> None:
    notices.tell(way.operational, Notice(report, slot, kind, reason), transport=way.transport, sender=way.sender)


def _pack(way: Way, report: ReportRow, slot: Slot) -> _Parcel:
    """Render the slot, or take what an earlier attempt rendered: two recipients must not read two numbers."""
    folder = files.folder_of(report, slot, way.output)
    rendered = kept(folder, made_of=report.made_of)
    if rendered is None:
        rendered = _render(way, report, slot)
        rendered.keep(folder)
    fitting = _fitting(rendered.attachments, way.most_mail_bytes)
    return _Parcel(report, rendered, fitting, [each.name for each in rendered.attachments if each not in fitting])


def _render(way: Way, report: ReportRow, slot: Slot) -> Rendered:
    content = reading.read(way.marts, report, slot)
    if content.uncovered:
        if report.when_stale != "send" or way.at < slot.at + report.stale_after:
            raise NotCoveredError(content.uncovered)
        content = replace(content, warning=f"Not complete: {content.uncovered}.")
    attachments = files.render(content, report)
    fitting = _fitting(attachments, way.most_mail_bytes)
    if left_out := [each.name for each in attachments if each not in fitting]:
        note = f"Too large for mail, and kept for you for {files.KEPT_DAYS} days by whoever runs ROMASHKA: {', '.join(left_out)}."
        content = replace(content, notes=[*content.notes, note])
    return Rendered(
        made_of=report.made_of,
        subject=f"{content.title}: {content.period.label} — {content.tenant_name}",
        plain=mail_body.plain(content),
        markup=mail_body.markup(content, chart_source=f"cid:{mail_body.CHART_ID}"),
        picture=mail_body.chart_picture(content),
        attachments=attachments,
        rows=content.rows,
        slot_at=slot.at,
        data_as_of=content.data_as_of,
    )


def _fitting(attachments: list[Attachment], most: int) -> list[Attachment]:
    """The files that one mail can hold, the first ones first; in a mail a file is a third larger."""
    fitting: list[Attachment] = []
    for each in attachments:
        if sum(len(other.content) for other in [*fitting, each]) * 4 / 3 <= most:
            fitting.append(each)
    return fitting


def _hand_over(way: Way, parcel: _Parcel, delivery: Delivery) -> str:
    """Send one mail and note how that ended; one refused recipient changes nothing for another."""
    envelope = mail.Envelope(way.sender, delivery.recipient, delivery.message_id, _headers(way, parcel, delivery))
    message = mail.compose(parcel.rendered, envelope, parcel.fitting)
    try:
        outcome = way.transport(message, address(delivery.recipient).addr_spec)
    except RunStoppedError as error:
        _settle(way, parcel, delivery, Outcome("queued", str(error)), at_once=True)
        raise
    if outcome.state == "queued" and delivery.attempts >= backoff.MOST_ATTEMPTS:
        outcome = Outcome("failed", f"given up after {delivery.attempts} attempts: {outcome.reason}")
    return _settle(way, parcel, delivery, outcome)


def _headers(way: Way, parcel: _Parcel, delivery: Delivery) -> dict[str, str]:
    if way.unsubscribing is None:
        return {}
    report = parcel.report
    return way.unsubscribing.headers(Subscription(report.tenant_id, report.id, delivery.recipient))


def _settle(way: Way, parcel: _Parcel, delivery: Delivery, outcome: Outcome, *, at_once: bool = False) -> str:
    state: str = outcome.state
    reason = outcome.reason
    if state == "sent" and parcel.left_out:
        state, reason = "partial", f"too large for mail: {', '.join(parcel.left_out)}"
    waits = state == "queued" and not at_once
    ledger.settle(
        way.operational,
        delivery,
        state=state,
        reason=reason,
        rows=parcel.rendered.rows,
        digest=parcel.rendered.digest,
        data_as_of=parcel.rendered.data_as_of,
        next_attempt_at=way.at + backoff.wait(delivery.attempts) if waits else None,
    )
    return state
