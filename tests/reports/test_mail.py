"""One mail: its headers cannot be forged, its parts say the same, its files are named safely."""

import html
import re
import uuid
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from reports import figures, mail_body, render_pdf
from reports.addresses import address, one_line
from reports.errors import ReportError
from tests.reports.conftest import MONDAY, SUNDAY, SUNDAYS, TUESDAY, Desk, Outbox
from tests.reports.test_rendering import pdf_text, read


def sent(desk: Desk, outbox: Outbox) -> EmailMessage:
    """The one mail of a run, as it travels."""
    desk.run(by=outbox)
    [(_, message)] = outbox.mails
    arrived = message_from_bytes(message.as_bytes(), policy=SMTP)
    assert isinstance(arrived, EmailMessage)
    return arrived


def test_a_mail_has_text_html_a_picture_and_files(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, "Ада Лавлейс <ada@acme.example>")
    mail = sent(desk, outbox)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]  # fmt: skip
    page = mail.get_body(("html",))
    [picture] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert page is not None and f"cid:{picture['Content-ID'].strip('<>')}" in page.get_content()
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["acme-daily-2026-11-23.pdf", "acme-daily-2026-11-23.xlsx"]


def test_text_page_and_pdf_say_the_same(desk: Desk, acme: uuid.UUID) -> None:
    """Every figure with its change and its sample, every finding, and of when it is."""
    desk.add_conversations(acme, SUNDAY, [SUNDAYS[0]] * 60)
    desk.add_report(acme, description="For the <board> & all.")
    content = read(desk)
    assert content.insights is not None and len(content.insights.found) >= 2
    page = html.unescape(re.sub(r"<[^>]+>", " ", mail_body.markup(content, chart_source="cid:x")))
    for said in (mail_body.plain(content), page, pdf_text(render_pdf.render(content))):
        words = " ".join(said.split())
        for each in content.figures:
            parts = (figures.text(each.value, each.metric.unit), figures.change(each), figures.sample(each))
            assert [part for part in (each.metric.label, *parts) if part not in words] == []
        assert [each.text for each in content.insights.found if each.text not in words] == []
        assert content.as_of in words and content.period.label in words


def test_headers_say_who_what_and_when(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, "Ада Лавлейс <ada@acme.example>", name="Отчёт")
    mail = sent(desk, outbox)
    assert mail["To"] == "Ада Лавлейс <ada@acme.example>"
    assert mail["Subject"] == "Отчёт: Sunday, 22 November 2026 — Acme"
    assert mail["Date"] == "Mon, 23 Nov 2026 08:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("name", ["a\r\nBcc: eve@evil.example", "a\nX: 1", "a\u2028Bcc: b", "a\x0bb\x85c", "x" * 255])
def test_no_name_adds_a_header_or_a_recipient(desk: Desk, acme: uuid.UUID, outbox: Outbox, name: str) -> None:
    desk.execute("update public.tenants set name = %s", name)
    desk.add_report(acme, name=name)
    mail = sent(desk, outbox)
    assert sorted(mail.keys()) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert mail["Subject"] == f"{one_line(name)}: Sunday, 22 November 2026 — {one_line(name)}"
    assert [recipient for recipient, _ in outbox.mails] == ["lead@acme.example"]


@pytest.mark.parametrize("name", ["x" * 1000, "\u202eadevol \u2066שלום\u2069 مرحبا", "Ада " * 250, '"<>@,;:' * 20])
def test_any_name_of_a_recipient_travels(desk: Desk, acme: uuid.UUID, outbox: Outbox, name: str) -> None:
    """D4: long, from right to left, or full of what means something in a header: encoded, or refused with its reason."""
    desk.add_report_of_before(acme, f"{name} <ada@acme.example>", "ben@acme.example")
    desk.run(by=outbox)
    states = dict(desk.ledger("recipient, state"))
    assert states["ben@acme.example"] == "sent" and set(states.values()) <= {"sent", "skipped"}
    for recipient, message in outbox.mails:
        head = message.as_bytes().split(b"\r\n\r\n")[0]
        assert head.isascii() and max(map(len, head.split(b"\r\n"))) <= 998
        [to] = [line for line in re.split(rb"\r\n(?! )", head) if line.startswith(b"To:")]
        assert recipient.encode() in to
        arrived = message_from_bytes(message.as_bytes(), policy=SMTP)
        assert [each.addr_spec for each in arrived["To"].addresses] == [recipient]


def test_a_message_id_belongs_to_report_slot_and_recipient(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, "ada@acme.example", "ben@acme.example")
    desk.run(MONDAY, by=outbox)
    desk.publish(TUESDAY)
    desk.run(TUESDAY, by=outbox)
    assert len({mail["Message-ID"] for _, mail in outbox.mails}) == len(outbox.mails) == 4


@pytest.mark.parametrize(
    "text",
    ["ada", "ada@acme", "@acme.example", "ada@acme.example, eve@evil.example", "ada@acme.example\r\nBcc: eve@evil.example",
     "eve@evil.example <ada@acme.example>", "ada@acme.example>", "ada @acme.example", "ada@-acme.example", "ada@acme..example",
     "ада@пример.рф", "", "<>", "ada@acme.example\x00", "ada@acme.example SIZE=1", "Ada\r\nX: 1 <ada@acme.example>"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ReportError, match="is no e-mail address") as refused:
        address(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "spec", "name"),
    [
        ("ada@acme.example", "ada@acme.example", ""),
        (" ada+reports@mail.acme.example ", "ada+reports@mail.acme.example", ""),
        ("Ada <ada@acme.example>", "ada@acme.example", "Ada"),
        ('"Lovelace, Ада" <ada@acme.example>', "ada@acme.example", "Lovelace, Ада"),
    ],
)
def test_an_address_may_have_a_name(text: str, spec: str, name: str) -> None:
    assert (address(text).addr_spec, address(text).display_name) == (spec, name)
