"""A report that is deleted: the ledger keeps what it sent, and nothing of it leaves any more.

Belongs here: runs and looking, around the delete. Not here: the rows themselves
(`tests/operational_schema/test_ledger_outlives.py`).
"""

import uuid
from datetime import timedelta
from email.message import EmailMessage

import pytest

from reports import ledger
from reports.by_hand import deliveries, resend_failed
from reports.deliver import Outcome
from reports.errors import ReportError
from tests.reports.conftest import MONDAY, TUESDAY, Desk, Outbox

ADA, BEN, CY = "ada@acme.example", "ben@acme.example", "cy@acme.example"
DELETED = "the report was deleted"


def delete(desk: Desk) -> None:
    desk.execute("delete from public.scheduled_reports")


def test_the_ledger_keeps_what_was_sent_under_the_name_of_then(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, "eve@evil.example", report_type="satisfaction")
    desk.run(by=outbox)
    everything = (
        "id, report_id, slot_local, recipient, state, reason, attempts, message_id, rows_sent, content_digest, sent_at"
    )
    before = desk.ledger(everything)
    desk.execute("update public.scheduled_reports set name = 'Other', slug = 'other', report_type = 'custom'")
    delete(desk)
    assert desk.ledger(everything) == before
    named = desk.ledger("tenant_id, report_slug, report_name, report_type, state")
    assert named == [
        (acme, "daily", "Daily performance", "satisfaction", state) for state in ("sent", "skipped")
    ]  # fmt: skip
    assert desk.run(by=outbox).was_idle


@pytest.mark.parametrize("waiting", ["queued", "held"])
def test_what_waits_of_it_is_ended_at_once_and_never_sent(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, waiting: str
) -> None:
    desk.add_report(acme, ADA, BEN)
    if waiting == "held":
        desk.publish(MONDAY - timedelta(days=3))
    desk.run(by=lambda message, recipient: Outcome("queued", "451 later"))
    assert {state for _, state in desk.ledger()} == {waiting}
    delete(desk)
    assert desk.ledger("recipient, state, reason") == [(ADA, "skipped", DELETED), (BEN, "skipped", DELETED)]
    desk.publish(TUESDAY)
    assert desk.run(TUESDAY, by=outbox).was_idle and outbox.mails == []


def test_a_mail_that_was_on_its_way_meanwhile_waits_for_nothing(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """It was being sent when the report went, and was put off for later."""
    desk.add_report(acme, ADA, BEN)

    def later(message: EmailMessage, recipient: str) -> Outcome:
        delete(desk)
        return Outcome("queued", "451 later")

    assert desk.run(by=later).rows() == [("queued", 1)]
    assert desk.ledger() == [(ADA, "queued"), (BEN, "skipped")]
    desk.run(TUESDAY, by=outbox)
    assert desk.ledger("state, reason") == [("skipped", DELETED)] * 2 and outbox.mails == []


@pytest.mark.parametrize("ended", ["failed", "unknown"])
def test_a_mail_that_fails_meanwhile_says_so_and_nobody_is_told(desk: Desk, acme: uuid.UUID, ended: str) -> None:
    """There is no owner any more, and no other report has to suffer."""
    desk.add_report(acme, ADA)
    box = Outbox()

    def fail(message: EmailMessage, recipient: str) -> Outcome:
        delete(desk)
        box.mails.append((recipient, message))
        return Outcome("failed" if ended == "failed" else "unknown", "why")

    done = desk.run(by=fail)
    assert (done.rows(), done.wrong, len(box.mails)) == ([(ended, 1)], [], 1)
    assert desk.ledger("state, reason") == [(ended, "why")]


def test_a_mail_whose_worker_died_becomes_unknown_all_the_same(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)

    def die(message: EmailMessage, recipient: str) -> Outcome:
        delete(desk)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.run(by=die)
    assert desk.run(by=outbox).rows() == [("unknown", 1)]
    assert desk.ledger() == [(ADA, "unknown")] and outbox.mails == []


def test_what_failed_of_it_stays_failed(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme, ADA)
    desk.run(by=lambda message, recipient: Outcome("failed", "550 no such user"))
    delete(desk)
    assert resend_failed(operational_url=desk.operational, at=MONDAY) == 0
    assert desk.ledger("state, reason") == [("failed", "550 no such user")]


def test_its_mails_can_be_read_by_its_name(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)
    desk.run(by=outbox)
    delete(desk)
    for name in ("acme/daily", "daily", "acme"):
        [(slot, recipient, state, *_)] = deliveries(desk.operational, name)
        assert (slot, recipient, state) == ("2026-11-23 09:00", ADA, "sent")
    desk.add_report(acme, BEN, last_run_at=MONDAY)
    desk.publish(TUESDAY)
    desk.run(TUESDAY, by=outbox)
    [(slot, recipient, *_)] = deliveries(desk.operational, "daily")
    assert (slot, recipient) == ("2026-11-24 09:00", BEN), "another of the same name"
    assert [row[1] for row in deliveries(desk.operational, "daily", every=True)] == [BEN, ADA]


def test_names_that_several_bore_and_names_that_nobody_bore_are_said(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA)
    desk.add_report(acme, ADA, slug="weekly")
    desk.add_report(desk.add_tenant("zebra"), "z@zebra.example", slug="weekly")
    desk.run(by=outbox)
    delete(desk)
    with pytest.raises(ReportError, match="names 2 reports: name one of acme/weekly, zebra/weekly"):
        deliveries(desk.operational, "weekly")
    with pytest.raises(ReportError, match='"nothing" names 0 reports'):
        deliveries(desk.operational, "nothing")
    assert [row[1] for row in deliveries(desk.operational, "acme/weekly")] == [ADA]


def test_one_that_is_deleted_before_its_slot_is_entered_enters_nothing(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add_report(acme, ADA)
    desk.add_report(desk.add_tenant("zebra"), "z@zebra.example")
    enter = ledger.queue

    def deleted_first(*given: object) -> int:
        desk.execute("delete from public.scheduled_reports where tenant_id = %s", acme)
        return enter(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "queue", deleted_first)
    done = desk.run(by=outbox)
    assert "is not there: no mail of it can be entered" in done.wrong[0]
    assert [recipient for recipient, _ in outbox.mails] == ["z@zebra.example"]
