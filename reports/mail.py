"""A report as mail: one message for one recipient.

Belongs here: headers and parts. Not here: the words (`mail_body.py`), and handing it over (`deliver.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from reports.addresses import address
from reports.files import Attachment
from reports.mail_body import CHART_ID
from reports.rendered import Rendered


@dataclass(frozen=True)
class Envelope:
    """Who sends, who receives, the Message-ID that stays the same over all attempts, and further headers."""

    sender: str
    recipient: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(rendered: Rendered, envelope: Envelope, attachments: list[Attachment]) -> EmailMessage:
    """The message. Its date is the slot, so that a second attempt is the same mail."""
    message = EmailMessage(policy=SMTP)
    message["From"] = address(envelope.sender)
    message["To"] = address(envelope.recipient)
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(rendered.slot_at.astimezone(UTC))
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    for name, value in envelope.headers.items():
        message[name] = value
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


def _html_part(message: EmailMessage) -> MIMEPart:
    part = message.get_body(("html",))
    if part is None:
        raise AssertionError("the message was given an HTML part")
    return part
