"""A report's turn: of its slots and their mails those leave whose time has come, and no other is passed over for them.

Belongs here: which mails leave. Not here: which slots are entered (`test_catch_up.py`), and how a mail ends (`test_run.py`).
"""

import uuid
from datetime import timedelta

from reports.deliver import Outcome
from reports.run import run_due
from tests.reports.conftest import MONDAY, TUESDAY, Desk, Outbox

ADA, BEN = "ada@acme.example", "ben@acme.example"


def test_each_mail_of_a_slot_has_its_own_time(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, BEN)
    desk.run(by=lambda message, recipient: Outcome("queued", "451 later"))
    later = MONDAY + timedelta(hours=5)
    desk.execute("update public.report_deliveries set next_attempt_at = %s where recipient = %s", later, BEN)
    assert desk.run(MONDAY + timedelta(hours=1), by=outbox).rows() == [("sent", 1)]
    assert desk.run(later, by=outbox).rows() == [("sent", 1)]
    assert [recipient for recipient, _ in outbox.mails] == [ADA, BEN]


def test_a_run_of_one_type_leaves_the_others_to_theirs(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)
    desk.add_report(acme, BEN, slug="rated", report_type="satisfaction")
    assert run_due(desk.office(outbox), at=MONDAY, report_type="satisfaction").rows() == [("sent", 1)]
    assert [recipient for recipient, _ in outbox.mails] == [BEN]
    assert desk.run(by=outbox).rows() == [("sent", 1)]


def test_an_older_slot_that_leaves_passes_over_no_newer_one(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """The data reach the older one's end first."""
    desk.add_report(acme, ADA)
    desk.publish(MONDAY - timedelta(days=2))
    for at in (MONDAY, TUESDAY):
        assert desk.run(at, by=outbox).sent == 0
    desk.publish(MONDAY)
    assert desk.run(TUESDAY, by=outbox).sent == 1
    assert desk.ledger("slot_local::date::text, state") == [("2026-11-23", "sent"), ("2026-11-24", "held")]
    desk.publish(TUESDAY)
    assert desk.run(TUESDAY, by=outbox).rows() == [("sent", 1)]
