"""A report as mail: one message for one recipient.

Belongs here: headers and parts. Not here: the words (`mail_body.py`), and handing it over (`deliver.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import Any

from reports.addresses import address
from reports.files import Attachment
from reports.mail_body import CHART_ID
from reports.rendered import Rendered

# Seven bits: a server that never said 8BITMIME may not be given more.
AS_TEXT = SMTP.clone(cte_type="7bit")
# A header of one long word would be folded into encoded words, in which no mail reader finds an address.
WHOLE = AS_TEXT.clone(max_line_length=998)
UNFOLDED = ("list-unsubscribe",)


@dataclass(frozen=True)
class Envelope:
    """Who receives, the Message-ID that stays the same over all attempts, and further headers."""

    recipient: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(rendered: Rendered, sender: str, attachments: list[Attachment]) -> EmailMessage:
    """The message to nobody yet. Its date is the slot, so that a second attempt is the same mail."""
    message = EmailMessage(policy=AS_TEXT)
    message["From"] = address(sender)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(rendered.slot_at.astimezone(UTC))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rendered.plain)
    message.add_alternative(rendered.markup, subtype="html")
    if rendered.picture is not None:
        _html_part(message).add_related(
            rendered.picture, "image", "png", cid=f"<{CHART_ID}>", filename="chart.png", disposition="inline"
        )
    for attachment in attachments:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(attachment.content, main, sub, filename=attachment.name)
    return message


class Letter:
    """A message whose parts are encoded once: for each recipient anew, that was most of a mail's cost."""

    def __init__(self, message: EmailMessage) -> None:
        self._message = message
        self._body = message.as_bytes().partition(b"\r\n\r\n")[2]

    def to(self, envelope: Envelope) -> EmailMessage:
        """The message to one recipient."""
        addressed = _Addressed(self._message, self._body)
        addressed["To"] = address(envelope.recipient)
        addressed["Message-ID"] = envelope.message_id
        for name, value in envelope.headers.items():
            addressed[name] = value
        return addressed


class _Addressed(EmailMessage):
    """Headers of its own over a body that is shared, and encoded already."""

    def __init__(self, message: EmailMessage, body: bytes) -> None:
        super().__init__(policy=AS_TEXT)
        self.set_payload(message.get_payload())
        self._body = body
        for name, value in message.items():
            self[name] = value

    def as_bytes(self, unixfrom: bool = False, policy: "Policy[Any] | None" = None) -> bytes:
        """As it travels."""
        end = (policy or self.policy).linesep
        head = b"".join(
            (WHOLE if name.lower() in UNFOLDED else AS_TEXT).clone(linesep=end).fold_binary(name, value)
            for name, value in self.items()
        )
        return head + end.encode() + self._body.replace(b"\r\n", end.encode())


def _html_part(message: EmailMessage) -> MIMEPart:
    part = message.get_body(("html",))
    if part is None:
        raise AssertionError("the message was given an HTML part")
    return part
