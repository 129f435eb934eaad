"""What goes wrong outside the mails: told in one line, at no other report's cost."""

import uuid

import pytest

from reports.deliver import smtp
from reports.errors import ReportError, RunStoppedError
from tests.reports.conftest import Desk, Outbox
from tests.reports.smtp_server import Script, smtp_server

ADA, BEN, CY = "ada@acme.example", "ben@acme.example", "cy@acme.example"


def states(desk: Desk) -> dict[str, str]:
    return dict(desk.ledger())


def test_settings_that_let_nothing_leave_stop_the_run_and_fail_no_mail(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA, BEN)
    with smtp_server(Script()) as script:
        url = script.url.replace("smtp://", "smtp://user:secret@")
        with pytest.raises(RunStoppedError, match="offers no TLS"):
            desk.run(by=smtp(url))
    assert states(desk) == {ADA: "queued", BEN: "queued"}
    assert desk.run(by=outbox).rows() == [("sent", 2)]


def test_a_wrong_sender_is_told_before_anything_is_entered(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)
    with pytest.raises(ReportError, match="is no e-mail address"):
        desk.run(by=outbox, sender="nobody")
    assert desk.ledger() == []


def test_a_report_that_means_nothing_fails_with_its_reason_and_holds_up_no_other(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, BEN, slug="a-wrong-filter", filters={"colour": "red"})
    desk.add_report(acme, CY, slug="b-wrong-metric", filters={"metrics": ["joy"]})
    desk.add_report(acme, ADA)
    assert desk.run(by=outbox).rows() == [("failed", 2), ("sent", 1)]
    reasons = dict(desk.ledger("recipient, reason"))
    assert "unknown filter colour" in reasons[BEN] and "unknown metric joy" in reasons[CY]


def test_a_schedule_that_means_nothing_is_told_after_the_others_had_their_turn(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report_of_before(acme, BEN, slug="a-wrong-cron", schedule_cron="61 * * * *")
    desk.add_report(acme, ADA)
    with pytest.raises(ReportError, match=r'report acme/a-wrong-cron: schedule "61 .* bad minute'):
        desk.run(by=outbox)
    assert states(desk) == {ADA: "sent"}


def test_without_marts_the_run_says_what_to_do(bare_desk: Desk, empty_url: str, outbox: Outbox) -> None:
    with pytest.raises(ReportError, match="run romashka refresh"):
        bare_desk.run(by=outbox)
    with pytest.raises(ReportError, match="run romashka refresh"):
        Desk(bare_desk.operational, empty_url, bare_desk.output).run(by=outbox)


def test_a_tenant_that_the_marts_do_not_know_yet_waits(desk: Desk, outbox: Outbox) -> None:
    new = uuid.uuid4()
    desk.execute("insert into public.tenants (id, slug, name) values (%s, 'new', 'New')", new)
    desk.set(new, "report_allowed_domains", ["acme.example"])
    desk.add_report(new, ADA)
    assert desk.run(by=outbox).rows() == [("held", 1)]


def test_an_output_folder_in_which_nothing_can_be_written_stops_the_run(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme, ADA)
    desk.output.write_text("a file in the way")
    with pytest.raises(RunStoppedError, match="cannot be written"):
        desk.run(by=outbox)
    assert states(desk) == {ADA: "queued"}
