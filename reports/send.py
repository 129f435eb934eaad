"""A slot of a report on its way to its recipients.

Belongs here: render once, send to each, note how it ended. Not here: which slots are due (`run.py`), and the rows of the
ledger (`ledger.py`).
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from reports import files, ledger, mail, mail_body, reading
from reports.addresses import address
from reports.deliver import Outcome, Transport
from reports.document import Document
from reports.errors import NotCoveredError, ReportError, RunStoppedError
from reports.files import Attachment
from reports.ledger import Delivery
from reports.report_rows import Connection, ReportRow
from reports.schedules import Slot

MOST_ATTEMPTS = 10


@dataclass(frozen=True)
class Way:
    """From where figures come, where files are kept, and how mails leave."""

    operational: Connection
    marts: Connection
    transport: Transport
    output: Path
    sender: str


@dataclass(frozen=True)
class Rendered:
    """Everything that the recipients of a slot get, made once."""

    content: Document
    picture: bytes | None
    attachments: list[Attachment]

    @property
    def digest(self) -> str:
        """Of the files."""
        return hashlib.sha256(b"".join(attachment.content for attachment in self.attachments)).hexdigest()


def send(way: Way, report: ReportRow, slot: Slot) -> Counter[str]:
    """Send a slot to everybody who waits for it, unless another worker is at it. Returns how many mails ended in each state."""
    with ledger.working_on(way.operational, report, slot) as is_mine:
        waiting = ledger.waiting(way.operational, report, slot) if is_mine else []
        if not waiting:
            return Counter()
        try:
            rendered = _render(way, report, slot)
        except RunStoppedError:
            raise
        except NotCoveredError as error:
            return Counter(held=ledger.put_off(way.operational, report, slot, state="held", reason=str(error)))
        except ReportError as error:
            return Counter(failed=ledger.put_off(way.operational, report, slot, state="failed", reason=str(error)))
        states: Counter[str] = Counter()
        try:
            for delivery_id in waiting:
                # One at a time: when this process dies, one mail is in doubt, not all of them.
                if delivery := ledger.claim(way.operational, delivery_id):
                    states[_hand_over(way, rendered, delivery)] += 1
        finally:
            ledger.note_sent(way.operational, report)
        return states


def _render(way: Way, report: ReportRow, slot: Slot) -> Rendered:
    content = reading.read(way.marts, report, slot)
    if content.uncovered:
        raise NotCoveredError(content.uncovered)
    attachments = files.render(content, report, way.output)
    return Rendered(content, mail_body.chart_picture(content), attachments)


def _hand_over(way: Way, rendered: Rendered, delivery: Delivery) -> str:
    """Send one mail and note how that ended; one refused recipient changes nothing for another."""
    envelope = mail.Envelope(way.sender, delivery.recipient, delivery.message_id)
    message = mail.compose(rendered.content, envelope, rendered.picture, rendered.attachments)
    try:
        outcome = way.transport(message, address(delivery.recipient).addr_spec)
    except RunStoppedError as error:
        _settle(way, rendered, delivery, Outcome("queued", str(error)))
        raise
    if outcome.state == "queued" and delivery.attempts >= MOST_ATTEMPTS:
        outcome = Outcome("failed", f"given up after {delivery.attempts} attempts: {outcome.reason}")
    _settle(way, rendered, delivery, outcome)
    return outcome.state


def _settle(way: Way, rendered: Rendered, delivery: Delivery, outcome: Outcome) -> None:
    ledger.settle(
        way.operational,
        delivery,
        state=outcome.state,
        reason=outcome.reason,
        rows=rendered.content.rows,
        digest=rendered.digest,
        data_as_of=rendered.content.data_as_of,
    )
