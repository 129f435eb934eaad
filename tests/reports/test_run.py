"""Runs: every due slot once to everybody, and every mail in a true state, whatever fails in between."""

import io
import mailbox
import threading
import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import psycopg
import pytest

from reports import backoff
from reports.deliver import Outcome, maildir, smtp
from tests.reports.conftest import MONDAY, Desk, Outbox
from tests.reports.smtp_server import DROP_AFTER_DOT, DROP_BEFORE_DATA, Script, smtp_server

ADA, BEN, CY = "ada@acme.example", "ben@acme.example", "cy@acme.example"


def states(desk: Desk) -> dict[str, str]:
    return dict(desk.ledger())


def test_a_due_report_is_rendered_kept_and_mailed(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    report = desk.add_report(acme, ADA, BEN)
    done = desk.run(by=maildir(tmp_path / "mail"))
    assert (done.rows(), done.sent, done.failed, done.total) == ([("sent", 2)], 2, 0, 2)
    assert sorted(str(mail["To"]) for mail in mailbox.Maildir(tmp_path / "mail")) == [ADA, BEN]
    folder = desk.output / "acme" / "daily" / "2026-11-23T0900"
    assert sorted(file.name for file in folder.iterdir()) == [
        "acme-daily-2026-11-23.pdf", "acme-daily-2026-11-23.xlsx", "chart.png", "mail.html", "mail.txt", "rendered.json",
    ]  # fmt: skip
    workbook = (folder / "acme-daily-2026-11-23.xlsx").read_bytes()
    assert openpyxl.load_workbook(io.BytesIO(workbook)).sheetnames[0] == "Summary"
    [times] = desk.execute(
        "select last_run_at, next_run_at, last_sent_at is not null from public.scheduled_reports where id = %s", report
    )
    assert times == (datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 24, 8, tzinfo=UTC), True)
    kept = desk.ledger(
        "attempts, rows_sent = rows_total, length(content_digest), data_as_of is not null, sent_at is not null"
    )
    assert kept == [(1, True, 64, True, True)] * 2


def test_a_second_run_sends_nothing(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, BEN)
    desk.run(by=outbox)
    assert desk.run(MONDAY + timedelta(hours=5), by=outbox).total == 0
    assert desk.run(MONDAY - timedelta(days=3), by=outbox).total == 0
    desk.execute("update public.scheduled_reports set last_run_at = null")
    assert desk.run(by=outbox).total == 0
    assert len(outbox.mails) == 2


def test_an_address_written_twice_gets_one_mail(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, f"Ada <{ADA.upper()}>", ADA)
    desk.run(by=outbox)
    assert len(outbox.mails) == 1


def test_after_days_away_only_the_latest_slot_is_sent(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme)
    desk.run(by=outbox)
    desk.publish(MONDAY + timedelta(days=9))
    desk.run(MONDAY + timedelta(days=7), by=outbox)
    assert [slot.day for slot, state in desk.ledger("slot_local, state") if state == "sent"] == [23, 30]
    assert len(outbox.mails) == 2


def test_two_workers_at_once_send_once(desk: Desk, acme: uuid.UUID) -> None:
    recipients = [f"p{number}@acme.example" for number in range(6)]
    desk.add_report(acme, *recipients)
    desk.add_report(acme, *recipients, slug="other", name="Another")
    box, start = Outbox(), threading.Barrier(2)

    def work() -> None:
        start.wait()
        desk.run(by=box)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(recipient for recipient, _ in box.mails) == sorted(recipients * 2)
    assert {state for _, state in desk.ledger()} == {"sent"}


def test_a_report_is_held_until_the_data_cover_its_period(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)
    desk.publish(datetime(2026, 11, 22, 22, 59, tzinfo=UTC))
    assert desk.run(by=outbox).rows() == [("held", 1)]
    assert desk.ledger("state, reason") == [
        ("held", "the data reach 2026-11-22 22:59 UTC, the period ends at 2026-11-22 23:00 UTC")
    ]
    desk.publish(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
    assert desk.run(by=outbox).rows() == [("sent", 1)]
    assert desk.ledger("state, reason, attempts") == [("sent", None, 1)]


def test_each_recipient_has_a_state_of_its_own(desk: Desk, acme: uuid.UUID) -> None:
    dan, eve = "dan@acme.example", "eve@acme.example"
    desk.add_report(acme, ADA, BEN, CY, dan, eve)
    script = Script()
    script.answers |= {
        ADA: ["451 later"], BEN: ["550 no such user"], CY: [DROP_BEFORE_DATA], dan: [DROP_AFTER_DOT],
    }  # fmt: skip
    with smtp_server(script):
        assert dict(desk.run(by=smtp(script.url)).rows()) == {"failed": 1, "queued": 2, "sent": 1, "unknown": 1}
        assert states(desk) == {ADA: "queued", BEN: "failed", CY: "queued", dan: "unknown", eve: "sent"}
        assert desk.run(by=smtp(script.url)).total == 0, "not yet: a refusal for now puts the mail off"
        later = MONDAY + timedelta(minutes=1)
        assert dict(desk.run(later, by=smtp(script.url)).rows()) == {"sent": 2}
        assert desk.run(later, by=smtp(script.url)).total == 0
    assert sorted(script.recipients()) == [ADA, CY, dan, eve]
    assert dict(desk.ledger("recipient, attempts")) == {ADA: 2, BEN: 1, CY: 2, dan: 1, eve: 1}
    assert dict(desk.ledger("recipient, reason"))[BEN] == "the mail server answered 550 no such user"


def test_a_mail_that_is_put_off_for_ever_is_given_up(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme, ADA)
    desk.run(by=lambda message, recipient: Outcome("queued", "451 later"))
    desk.execute("update public.report_deliveries set attempts = %s", backoff.MOST_ATTEMPTS - 1)
    for hours in range(2):
        desk.run(MONDAY + timedelta(hours=8 + hours), by=lambda message, recipient: Outcome("queued", "451 later"))
    assert desk.ledger("state, attempts, reason") == [("failed", 10, "given up after 10 attempts: 451 later")]


def test_a_malformed_address_is_skipped_and_hurts_nobody(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    wrong = "ben@acme.example\r\nBcc: eve@evil.example"
    desk.add_report_of_before(acme, ADA, wrong)
    assert desk.run(by=outbox).rows() == [("sent", 1), ("skipped", 1)]
    assert states(desk) == {ADA: "sent", wrong: "skipped"}
    assert "is no e-mail address" in dict(desk.ledger("recipient, reason"))[wrong]


def test_a_worker_that_dies_while_sending_leaves_one_mail_unknown(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D2."""
    desk.add_report(acme, ADA, BEN, CY)

    def die_at_ben(message: EmailMessage, recipient: str) -> Outcome:
        if recipient == BEN:
            raise KeyboardInterrupt
        return outbox(message, recipient)

    with pytest.raises(KeyboardInterrupt):
        desk.run(by=die_at_ben)
    assert states(desk) == {ADA: "sent", BEN: "sending", CY: "queued"}
    assert dict(desk.run(by=outbox).rows()) == {"sent": 1, "unknown": 1}
    assert states(desk) == {ADA: "sent", BEN: "unknown", CY: "sent"}
    assert [recipient for recipient, _ in outbox.mails] == [ADA, CY]


def test_a_worker_that_is_merely_slow_keeps_its_mail(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D3."""
    desk.add_report(acme, ADA)

    def slow(message: EmailMessage, recipient: str) -> Outcome:
        assert desk.run(by=outbox).total == 0
        assert states(desk) == {ADA: "sending"}
        return outbox(message, recipient)

    assert desk.run(by=slow).rows() == [("sent", 1)]
    assert len(outbox.mails) == 1


def test_what_somebody_else_has_settled_meanwhile_is_neither_sent_nor_settled_anew(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    """The ledger decides, not what was read of it when the slot was begun."""
    desk.add_report(acme, ADA, BEN, CY)

    def settled(message: EmailMessage, recipient: str) -> Outcome:
        if recipient == ADA:
            desk.execute(
                "update public.report_deliveries set state = 'unknown', reason = 'by hand' where recipient = %s", ADA
            )
            desk.execute("update public.report_deliveries set state = 'sent' where recipient = %s", BEN)
        return outbox(message, recipient)

    desk.run(by=settled)
    assert [recipient for recipient, _ in outbox.mails] == [ADA, CY]
    assert states(desk) == {ADA: "unknown", BEN: "sent", CY: "sent"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("update public.tenants set status = 'suspended'", "the tenant is suspended"),
        ("update public.scheduled_reports set is_active = false", "the report is switched off"),
        ("update public.scheduled_reports set recipients = array['cy@acme.example']", "the recipient was removed"),
        ("delete from public.scheduled_reports", "the report was deleted"),
    ],
)
def test_what_is_taken_back_before_sending_is_not_sent(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, change: str, reason: str
) -> None:
    desk.add_report(acme, ADA, BEN)

    def change_after_ada(message: EmailMessage, recipient: str) -> Outcome:
        desk.execute(change)
        return outbox(message, recipient)

    desk.run(by=change_after_ada)
    desk.run(by=outbox)
    assert [recipient for recipient, _ in outbox.mails] == [ADA]
    assert reason in dict(desk.ledger("recipient, reason"))[BEN]


def test_nobody_gets_another_tenants_rows(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    other = desk.add_tenant("canary", name="CANARY")
    desk.add_conversations(other, "2026-11-22", [{"channel_type": "CANARY"}] * 77)
    desk.add_report(acme, ADA)
    desk.add_report(other, "tweety@canary.example")
    desk.run(by=outbox)
    received = dict(outbox.mails)
    assert "CANARY" not in str(received[ADA]) and "77" not in received[ADA].get_body(("plain",)).get_content()
    assert "Acme" not in str(received["tweety@canary.example"])
    assert sorted(file.parts[-4] for file in desk.output.rglob("*.pdf")) == ["acme", "canary"]


def test_a_ledger_row_of_a_dead_connection_is_not_taken_for_a_living_one(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    """The lock dies with the session, so nothing is left behind by a worker whose connection was cut."""
    desk.add_report(acme, ADA)

    def cut(message: EmailMessage, recipient: str) -> Outcome:
        desk.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                     "and datname = current_database()")  # fmt: skip
        return outbox(message, recipient)

    with pytest.raises(psycopg.OperationalError):
        desk.run(by=cut)
    assert desk.run(by=outbox).rows() == [("unknown", 1)]
    assert len(outbox.mails) == 1
