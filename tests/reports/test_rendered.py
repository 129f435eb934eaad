"""Rendered once: every recipient and every attempt gets the same bytes, until the report is another one."""

import os
import shutil
import uuid
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from reports.by_hand import resend_failed
from reports.deliver import Outcome, maildir
from reports.maildir import mails, owners
from reports.report_rows import active_reports
from tests.reports.conftest import MONDAY, SUNDAYS, Desk, Outbox

ADA, BEN = "ada@acme.example", "ben@acme.example"
LATER = MONDAY + timedelta(hours=1)


def put_off_ben(outbox: Outbox, message: EmailMessage, recipient: str) -> Outcome:
    return Outcome("queued", "451 later") if recipient == BEN else outbox(message, recipient)


def contents(message: EmailMessage) -> list[bytes]:
    return [bytes(part.get_payload(decode=True) or b"") for part in message.walk() if not part.is_multipart()]


def test_late_data_do_not_give_two_recipients_two_numbers(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, BEN)
    desk.run(by=lambda message, recipient: put_off_ben(outbox, message, recipient))
    desk.add_conversations(acme, "2026-11-22", SUNDAYS)
    later = MONDAY + timedelta(hours=1)
    desk.publish(later)
    desk.run(later, by=outbox)
    (_, first), (_, second) = outbox.mails
    assert contents(first) == contents(second) and len(contents(first)) == 5
    assert len(set(desk.ledger("content_digest, data_as_of"))) == 1


def subjects(outbox: Outbox) -> list[str]:
    return [str(mail["Subject"]).partition(":")[0] for _, mail in outbox.mails]


def test_an_edited_report_is_rendered_anew(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, BEN)
    desk.run(by=lambda message, recipient: Outcome("queued", "451 later"))
    desk.execute("update public.scheduled_reports set name = 'Other name'")
    desk.run(LATER, by=outbox)
    assert subjects(outbox) == ["Other name"] * 2


@pytest.mark.parametrize(
    "edit",
    [
        "public.scheduled_reports set description = 'Of Berlin'",
        "public.scheduled_reports set report_type = 'satisfaction'",
        "public.scheduled_reports set template = 'executive'",
        "public.scheduled_reports set schedule_cron = '0 9 * * MON'",
        "public.scheduled_reports set timezone = 'Europe/London'",
        "public.scheduled_reports set additional_formats = '{csv}'",
        """public.scheduled_reports set filters = '{"channels": ["email"]}'""",
        """public.system_settings set setting_value = '{"companyName": "B"}' where setting_key = 'report_branding'""",
        "public.tenants set name = 'Acme & Sons'",
        "public.tenants set timezone = 'Europe/London'",
    ],
)
def test_what_is_kept_is_made_of_whatever_it_shows(desk: Desk, acme: uuid.UUID, edit: str) -> None:
    def made_of() -> str:
        with psycopg.connect(desk.operational, autocommit=True) as operational:
            [report] = active_reports(operational)
            return report.made_of

    desk.set(acme, "report_branding", {"companyName": "A"})
    desk.add_report(acme)
    before = made_of()
    desk.execute(f"update {edit}")
    assert made_of() != before


def test_an_edit_changes_nothing_of_a_slot_that_somebody_has(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, BEN)
    desk.run(by=lambda message, recipient: put_off_ben(outbox, message, recipient))
    desk.execute("update public.scheduled_reports set name = 'Other name', filters = '{\"includeCharts\": false}'")
    desk.run(LATER, by=outbox)
    assert subjects(outbox) == ["Daily performance"] * 2
    assert contents(outbox.mails[0][1]) == contents(outbox.mails[1][1])


def test_what_is_lost_is_made_again_where_it_is_the_same(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, BEN)
    desk.run(by=lambda message, recipient: put_off_ben(outbox, message, recipient))
    shutil.rmtree(desk.output)
    assert desk.run(LATER, by=outbox).rows() == [("sent", 1)]
    assert contents(outbox.mails[0][1]) == contents(outbox.mails[1][1])


@pytest.mark.parametrize("ended", ["sent", "unknown", "died"])
def test_nobody_gets_another_report_of_a_slot_that_somebody_has(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, ended: str
) -> None:
    """Its worker was killed after the first mail, the folder is lost, and the data have moved."""
    desk.add_report(acme, ADA, BEN)

    def first_of_two(message: EmailMessage, recipient: str) -> Outcome:
        if recipient == BEN or ended == "died":
            raise KeyboardInterrupt
        return Outcome("sent") if ended == "sent" else Outcome("unknown", "no answer")

    with pytest.raises(KeyboardInterrupt):
        desk.run(by=first_of_two)
    desk.execute(
        "update public.report_deliveries set state = 'queued', content_digest = null where recipient = %s", BEN
    )
    whole = desk.output.rename(desk.output.with_name("backup"))
    desk.publish(LATER)
    assert ("failed", 1) in desk.run(LATER, by=outbox).rows() and outbox.mails == []
    [(reason,)] = desk.execute("select reason from public.report_deliveries where recipient = %s", BEN)
    assert "others have this slot already" in reason and "reports/acme/daily/2026-11-23T0900 from a backup" in reason
    assert not list(desk.output.rglob("*.pdf")), "what nobody gets is not kept in the place of what they got"
    shutil.copytree(whole, desk.output, dirs_exist_ok=True)
    resend_failed(operational_url=desk.operational, at=LATER)
    assert desk.run(LATER, by=outbox).rows() == [("sent", 1)]


def test_a_file_that_was_changed_or_cut_is_not_sent(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, BEN)
    desk.run(by=lambda message, recipient: put_off_ben(outbox, message, recipient))
    [pdf] = desk.output.rglob("*.pdf")
    whole = pdf.read_bytes()
    pdf.write_bytes(whole[:100])
    desk.run(MONDAY + timedelta(hours=1), by=outbox)
    assert contents(outbox.mails[1][1]) == contents(outbox.mails[0][1]) and pdf.read_bytes() == whole


@pytest.mark.parametrize("name", ["acme-daily-2026-11-23.pdf", "chart.png"])
def test_nor_is_it_sent_where_nobody_has_the_slot(desk: Desk, acme: uuid.UUID, outbox: Outbox, name: str) -> None:
    """No digest in the ledger speaks for what is kept then: only its own does."""
    desk.add_report(acme, ADA)
    desk.run(by=lambda message, recipient: Outcome("queued", "451 later"))
    [file] = desk.output.rglob(name)
    whole = file.read_bytes()
    file.write_bytes(b"x" + whole[1:])
    desk.run(LATER, by=outbox)
    [(_, message)] = outbox.mails
    assert whole in contents(message)


def test_whose_a_mail_is_and_since_when(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    """Of a notice nobody knows."""
    desk.add_report(acme, ADA)
    desk.run(by=maildir(tmp_path / "mail"))
    notice = EmailMessage()
    notice["Message-ID"] = "<notice@test>"
    maildir(tmp_path / "mail")(notice, ADA)
    for mail in (tmp_path / "mail" / "new").iterdir():
        os.utime(mail, (0, MONDAY.timestamp()))
    there = mails(tmp_path / "mail")
    assert list(there.values()) == [MONDAY, MONDAY]
    with psycopg.connect(desk.operational) as operational:
        assert list(owners(operational, there).values()) == ["acme"]
    assert mails(tmp_path / "nowhere") == {}
