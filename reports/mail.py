"""A report as mail: what it says in text and in HTML, with its files.

Belongs here: one message for one recipient. Not here: handing it over (`deliver.py`). Names go into headers through the
library's encoder; one with a line break is refused before (`clean_header`).
"""

import html
from dataclasses import dataclass
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from reports import figures
from reports.document import Document
from reports.errors import ReportError

CHART_ID = "chart@romashka"


@dataclass(frozen=True)
class Attachment:
    """A rendered file."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class Envelope:
    """Who sends, who receives, and the Message-ID that stays the same over all attempts."""

    sender: str
    recipient: str
    message_id: str


def clean_header(text: str) -> str:
    """The text, where it can stand in a header. Raises ReportError where it could add another one."""
    if any(ord(character) < 32 or character in "\x7f\x85\u2028\u2029" for character in text):
        raise ReportError("a name with a line break or a control character cannot stand in a mail: rename it")
    return text


def address(text: str) -> Address:
    """An e-mail address as people write it. Raises ReportError if it is none."""
    name, spec = parseaddr(clean_header(text))
    local, at, domain = spec.rpartition("@")
    if (
        text.count("@") != 1
        or not at
        or not local
        or "." not in domain.strip(".")
        or any(character in spec for character in " ,;<>")
    ):
        raise ReportError(f'"{text}" is no e-mail address')
    try:
        return Address(display_name=name, username=local, domain=domain)
    except (ValueError, IndexError) as error:
        raise ReportError(f'"{text}" is no e-mail address') from error


def compose(document: Document, envelope: Envelope, chart: bytes, attachments: list[Attachment]) -> EmailMessage:
    """The message. Its date is the slot, so that a second attempt is the same mail."""
    message = EmailMessage(policy=SMTP)
    message["From"] = address(envelope.sender)
    message["To"] = address(envelope.recipient)
    message["Subject"] = clean_header(f"{document.title}: {document.period.label} — {document.tenant_name}")
    message["Date"] = format_datetime(document.slot.at.astimezone(UTC))
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(document))
    message.add_alternative(_html(document), subtype="html")
    body = message.get_payload(1)
    body.add_related(chart, "image", "png", cid=f"<{CHART_ID}>", filename="chart.png", disposition="inline")  # type: ignore[union-attr]
    for attachment in attachments:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(attachment.content, main, sub, filename=attachment.name)
    return message


def _plain(document: Document) -> str:
    width = max(len(figure.metric.label) for figure in document.figures)
    lines = [f"{document.title}", f"{document.tenant_name}, {document.period.label}", ""]
    for figure in document.figures:
        change = figures.change(figure)
        value = figures.text(figure.value, figure.metric.unit)
        lines.append(
            f"{figure.metric.label:<{width}}  {value}{f'  ({change})' if change else ''}  n = {figure.sample:,}"
        )
    return "\n".join([*lines, "", _small_print(document), ""])


def _small_print(document: Document) -> str:
    return (
        f"Changes are against {document.period.previous().label}. Days are local days of {document.timezone}. "
        f"Data as of {document.data_as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC. Definitions are in the attached files."
    )


def _html(document: Document) -> str:
    colours = {"good": "#2b8a3e", "bad": "#c92a2a", "plain": "#868e96"}
    rows = "".join(
        f'<tr><td style="padding:6px 16px 6px 0;border-bottom:1px solid #e9ecef">{html.escape(figure.metric.label)}</td>'
        f'<td style="padding:6px 16px 6px 0;border-bottom:1px solid #e9ecef;text-align:right;font-weight:bold">'
        f"{html.escape(figures.text(figure.value, figure.metric.unit))}</td>"
        f'<td style="padding:6px 16px 6px 0;border-bottom:1px solid #e9ecef;text-align:right;'
        f'color:{colours[figures.tone(figure)]}">{html.escape(figures.change(figure))}</td>'
        f'<td style="padding:6px 0;border-bottom:1px solid #e9ecef;text-align:right;color:#868e96;font-size:12px">'
        f"n = {figure.sample:,}</td></tr>"
        for figure in document.figures
    )
    return (
        '<!doctype html><html lang="en"><body style="margin:0;padding:24px;background:#ffffff;color:#212529;'
        'font-family:Helvetica,Arial,sans-serif;font-size:14px">'
        f'<h1 style="font-size:20px;margin:0 0 4px">{html.escape(document.title)}</h1>'
        f'<p style="margin:0 0 16px;color:#868e96">{html.escape(document.tenant_name)}, '
        f"{html.escape(document.period.label)}</p>"
        f'<table style="border-collapse:collapse">{rows}</table>'
        f'<p style="margin:20px 0 4px;font-weight:bold">{html.escape(document.chart_metric.label)} by day</p>'
        f'<img src="cid:{CHART_ID}" alt="{html.escape(document.chart_metric.label)} by day" width="560">'
        f'<p style="color:#868e96;font-size:12px">{html.escape(_small_print(document))}</p></body></html>\n'
    )
