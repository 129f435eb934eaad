"""Owners hear of what did not go out: once, with what to do; late and oversized reports say what they are."""

import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from reports.deliver import Outcome
from reports.run import resend_failed
from tests.reports.conftest import MONDAY, Desk, Outbox

ADA, BOSS, OWNER = "ada@acme.example", "boss@acme.example", "owner@acme.example"
STALE = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def people(desk: Desk, acme: uuid.UUID) -> uuid.UUID:
    """An admin, and an agent who makes reports; they go when the test does."""
    owner = uuid.uuid4()
    for key, mail, role in ((uuid.uuid4(), BOSS, "admin"), (owner, OWNER, "agent")):
        desk.execute(
            "insert into public.profiles (id, tenant_id, email, role) values (%s, %s, %s, %s)", key, acme, mail, role
        )
    return owner


def notices(outbox: Outbox) -> list[tuple[str, str]]:
    return [(to, str(mail["Subject"])) for to, mail in outbox.mails if "Daily performance:" not in str(mail["Subject"])]


def test_the_owner_is_told_once_of_a_held_report(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA, created_by=people)
    desk.publish(STALE)
    for minutes in (0, 15, 30):
        desk.run(MONDAY + timedelta(minutes=minutes), by=outbox)
    assert notices(outbox) == [(OWNER, "Daily performance is waiting for data")]
    body = outbox.mails[0][1].get_content()
    assert "acme/daily" in body and "the data reach 2026-11-22 00:00 UTC" in body and "romashka refresh" in body


def test_without_its_author_a_report_s_owners_are_the_admins(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA, filters={"colour": "red"})
    desk.run(by=outbox)
    assert notices(outbox) == [(BOSS, "Daily performance was not delivered")]
    assert "unknown filter colour" in outbox.mails[0][1].get_content()


def test_a_notice_that_does_not_leave_is_tried_again(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA)
    desk.publish(STALE)
    desk.run(by=lambda message, recipient: Outcome("queued", "451 later"))
    desk.run(MONDAY + timedelta(minutes=15), by=outbox)
    assert notices(outbox) == [(BOSS, "Daily performance is waiting for data")]


def test_one_refused_recipient_is_told_too(desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, "ben@acme.example")

    def by(message: EmailMessage, recipient: str) -> Outcome:
        return Outcome("failed", "550 no such user") if recipient == ADA else outbox(message, recipient)

    desk.run(by=by)
    assert [to for to, _ in notices(outbox)] == [BOSS]


def test_what_failed_is_sent_again_after_the_cause_was_mended(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, "ben@acme.example", filters={"colour": "red"})
    desk.run(by=outbox)
    desk.execute("update public.scheduled_reports set filters = '{}'")
    assert desk.run(by=outbox).total == 0
    assert resend_failed(operational_url=desk.operational, slug="acme/daily") == 2
    assert desk.run(by=outbox).rows() == [("sent", 2)]
    assert resend_failed(operational_url=desk.operational) == 0, "what was sent is never sent twice"


def test_a_stale_report_is_sent_with_a_mark_where_it_says_so(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D14."""
    desk.add_report(acme, ADA, when_stale="send", stale_after_minutes=60)
    desk.publish(STALE)
    nine = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert desk.run(nine + timedelta(minutes=59), by=outbox).rows() == [("held", 1)]
    assert desk.run(nine + timedelta(minutes=60), by=outbox).rows() == [("sent", 1)]
    [(_, message)] = outbox.mails
    for part in ("plain", "html"):
        body = message.get_body((part,))
        assert body is not None and "Not complete: the data reach 2026-11-22 00:00 UTC" in body.get_content()


def test_a_file_that_is_too_large_is_left_out_and_named_never_cut(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D6."""
    desk.add_report(acme, ADA)
    pdf_fits = 60_000
    done = desk.run(by=outbox, most_mail_bytes=pdf_fits)
    assert done.rows() == [("partial", 1)]
    [(_, message)] = outbox.mails
    kept = {file.suffix: file.stat().st_size for file in (desk.output / "acme" / "daily" / "2026-11-23T0900").iterdir()}
    attached = [part.get_filename() for part in message.iter_attachments()]
    left_out = {".pdf", ".xlsx"} - {"." + name.rpartition(".")[2] for name in attached if name}
    assert left_out and all(kept[suffix] for suffix in (".pdf", ".xlsx"))
    body = message.get_body(("plain",))
    assert body is not None and "Too large for mail" in body.get_content() and "Conversations" in body.get_content()
    assert "too large for mail: acme-daily-2026-11-23" in desk.ledger("reason")[0][0]


def test_a_run_that_sent_nothing_says_so(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)
    desk.publish(STALE)
    assert desk.run(by=outbox).sent_nothing
    desk.publish(MONDAY)
    assert not desk.run(by=outbox).sent_nothing
    assert not desk.run(by=outbox).sent_nothing, "there was nothing to send"
