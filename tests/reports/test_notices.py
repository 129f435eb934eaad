"""Owners hear of what did not go out: once, with what to do; late and oversized reports say what they are."""

import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from reports.by_hand import resend_failed
from reports.deliver import Outcome
from reports.errors import RunStoppedError
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
    """Those of its tenant: what it says why names the tenant's recipients."""
    boss = {"id": uuid.uuid4(), "tenant_id": desk.add_tenant("canary"), "email": "boss@canary.example", "role": "admin"}
    desk.insert("public.profiles", boss)
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


def test_of_a_suspended_tenant_nobody_is_told(desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, filters={"colour": "red"})
    desk.run(by=lambda message, recipient: Outcome("queued", "451 later"))
    desk.execute("update public.tenants set status = 'suspended'")
    desk.run(MONDAY + timedelta(minutes=15), by=outbox)
    assert outbox.mails == []
    desk.execute("update public.tenants set status = 'active'")
    desk.run(MONDAY + timedelta(minutes=15), by=outbox)
    assert notices(outbox) == [(BOSS, "Daily performance was not delivered")]


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
    assert resend_failed(operational_url=desk.operational, slug="acme/daily", at=MONDAY) == 2
    assert desk.run(by=outbox).rows() == [("sent", 2)]
    assert resend_failed(operational_url=desk.operational, at=MONDAY) == 0, "what was sent is never sent twice"


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


def test_a_run_that_sent_nothing_says_so(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)
    desk.publish(STALE)
    assert desk.run(by=outbox).sent_nothing
    desk.publish(MONDAY)
    assert not desk.run(by=outbox).sent_nothing
    assert not desk.run(by=outbox).sent_nothing, "there was nothing to send"


def test_a_notice_of_what_failed_is_tried_again_though_nothing_waits(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA, filters={"colour": "red"})
    desk.run(by=lambda message, recipient: Outcome("queued", "451 later"))
    desk.run(MONDAY + timedelta(seconds=10), by=outbox)
    assert notices(outbox) == [], "not yet: a refusal for now puts the notice off, too"
    for minutes in (1, 2):
        desk.run(MONDAY + timedelta(minutes=minutes), by=outbox)
    assert notices(outbox) == [(BOSS, "Daily performance was not delivered")]


def test_a_run_that_is_stopped_while_telling_tells_later(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA, filters={"colour": "red"})

    def stopped(message: EmailMessage, recipient: str) -> Outcome:
        raise RunStoppedError("no TLS")

    for _ in range(12):
        with pytest.raises(RunStoppedError):
            desk.run(by=stopped)
    desk.run(by=outbox)
    assert [to for to, _ in notices(outbox)] == [BOSS]


def test_without_anybody_to_tell_the_notice_stays_open(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    """And of two admins, one gone for good and one refused for now, the second hears of it."""
    desk.add_report(acme, ADA, filters={"colour": "red"})
    desk.execute("update public.profiles set is_active = false")
    desk.run(by=outbox)
    desk.execute("update public.profiles set is_active = true, role = 'admin'")
    answers = {BOSS: Outcome("failed", "550 no such user"), OWNER: Outcome("queued", "451 later")}
    desk.run(MONDAY + timedelta(minutes=1), by=lambda message, recipient: answers[recipient])
    answers[OWNER] = Outcome("sent")
    told: list[str] = []

    def by(message: EmailMessage, recipient: str) -> Outcome:
        told.append(recipient)
        return answers[recipient]

    for minutes in (10, 20):
        desk.run(MONDAY + timedelta(minutes=minutes), by=by)
    assert told == [BOSS, OWNER]


def test_a_notice_names_each_reason_and_whom_it_concerns(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    many = [f"p{number:02}@acme.example" for number in range(12)]
    desk.add_report(acme, ADA, "ben@acme.example", *many)

    def by(message: EmailMessage, recipient: str) -> Outcome:
        if recipient in many:
            return Outcome("failed", "552 too big")
        return Outcome("failed", "550 no such user") if recipient == ADA else outbox(message, recipient)

    desk.run(by=by)
    text = next(message for to, message in outbox.mails if to == BOSS).get_content()
    assert "Why: 550 no such user (ada@acme.example)" in text
    assert "Why: 552 too big (p00@acme.example, p01@" in text and ", and 2 more)" in text
    assert "romashka reports deliveries acme/daily" in text


def test_a_slot_that_nobody_may_get_is_told_and_not_green(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, "eve@evil.example")
    done = desk.run(by=outbox)
    assert (done.rows(), done.sent_nothing) == ([("skipped", 1)], True) and "nothing was sent" in str(done.trouble)
    assert notices(outbox) == [(BOSS, "Daily performance reached nobody")]
    assert desk.run(by=outbox).trouble is None


def test_a_stranger_among_those_who_may_is_no_news(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA, "eve@evil.example")
    assert desk.run(by=outbox).rows() == [("sent", 1), ("skipped", 1)]
    assert notices(outbox) == []


def test_what_is_in_doubt_is_told(desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)

    def die(message: EmailMessage, recipient: str) -> Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.run(by=die)
    desk.run(by=outbox)
    assert notices(outbox) == [(BOSS, "Daily performance may not have arrived")]
    assert "the sending process ended" in outbox.mails[0][1].get_content()


def test_a_schedule_that_means_nothing_is_told_once(
    desk: Desk, acme: uuid.UUID, people: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report_of_before(acme, ADA, schedule_cron="61 * * * *")
    for minutes in (0, 15):
        assert desk.run(MONDAY + timedelta(minutes=minutes), by=outbox).wrong
    assert notices(outbox) == [(BOSS, "Daily performance has no schedule that can be evaluated")]
    assert "its schedule is 61 * * * * in Europe/Berlin" in outbox.mails[0][1].get_content()
    desk.execute("update public.scheduled_reports set is_active = false")


def test_what_failed_long_ago_is_sent_again_only_where_somebody_says_so(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme, ADA, filters={"colour": "red"})
    desk.run(by=lambda message, recipient: Outcome("sent"))
    later = MONDAY + timedelta(days=8)
    assert resend_failed(operational_url=desk.operational, at=later) == 0
    assert resend_failed(operational_url=desk.operational, at=later, days=9) == 1
