"""What goes wrong outside the mails: told in one line, at no other report's cost."""

import uuid
from email.message import EmailMessage
from typing import Any

import psycopg
import pytest

from reports import files, ledger
from reports.deliver import Outcome, smtp
from reports.document import Document
from reports.errors import LONGEST, ReportError, RunStoppedError
from reports.files import Attachment
from reports.report_rows import Connection, ReportRow
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
    done = desk.run(by=outbox)
    [said] = done.wrong
    assert said.startswith('report acme/a-wrong-cron: schedule "61 ') and "bad minute" in said
    assert done.rows() == [("sent", 1)] and said in str(done.trouble), "what went out is not forgotten over it"
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


def test_what_nobody_foresaw_in_one_tenants_report_stops_nobody_elses(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A logo of which only the first bytes were looked at stopped every run; whatever comes next of that kind does not."""
    other = desk.add_tenant("zoo", name="Zoo")
    desk.add_report(acme, ADA)
    desk.add_report(other, "keeper@zoo.example")
    draw = files.render

    def break_acme(content: Document, report: ReportRow) -> list[Attachment]:
        if report.tenant_slug == "acme":
            raise RuntimeError("failed to decode\nthe image")
        return draw(content, report)

    monkeypatch.setattr(files, "render", break_acme)
    done = desk.run(by=outbox)
    assert done.rows() == [("failed", 1), ("sent", 1)] and done.trouble
    assert dict(desk.ledger("recipient, reason"))[ADA] == "RuntimeError: failed to decode the image"


def test_a_report_that_cannot_even_be_entered_stops_nobody_elses(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = desk.add_tenant("zoo", name="Zoo")
    desk.add_report(acme, ADA)
    desk.add_report(other, "keeper@zoo.example")
    enter = ledger.queue

    def break_acme(connection: Connection, report: ReportRow, *more: Any) -> int:
        if report.tenant_slug == "acme":
            raise ValueError("nobody foresaw this")
        return enter(connection, report, *more)

    monkeypatch.setattr(ledger, "queue", break_acme)
    done = desk.run(by=outbox)
    assert done.wrong == ["report acme/daily: ValueError: nobody foresaw this"] and done.rows() == [("sent", 1)]


def test_what_stops_a_run_uses_up_no_attempt(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA)

    def stopped(message: EmailMessage, recipient: str) -> Outcome:
        raise RunStoppedError("the password is wrong")

    for _ in range(12):
        with pytest.raises(RunStoppedError):
            desk.run(by=stopped)
    assert desk.ledger("state, attempts, reason") == [("queued", 0, "the password is wrong")]
    assert desk.run(by=outbox).rows() == [("sent", 1)]


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "нечто\u202eобратное", "a'; drop table tenants; --", "../../../etc/passwd"]
)
def test_whatever_stands_in_filters_fails_that_report_alone(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, text: str
) -> None:
    """S15."""
    desk.add_report(acme, BEN, slug="a", filters={"channels": [text], "departments": [text]})
    desk.add_report(acme, CY, slug="b", filters={"metrics": [text]})
    desk.add_report(acme, ADA, slug="c", filters={text: True})
    desk.add_report(acme, "dan@acme.example", slug="d", filters={"dateRange": text})
    desk.add_report(acme, "eve@acme.example", slug="e")
    assert desk.run(by=outbox).rows() == [("failed", 3), ("sent", 2)]
    assert max(len(reason or "") for (reason,) in desk.ledger("reason")) <= LONGEST


@pytest.mark.parametrize("slug", ["../up", "a/b", ".hidden", "a b", "A", "", "a\n", "x" * 64])
def test_a_slug_is_a_folders_name_and_nothing_else(desk: Desk, acme: uuid.UUID, slug: str) -> None:
    """S15."""
    with pytest.raises(psycopg.errors.CheckViolation):
        desk.add_report(acme, ADA, slug=slug)


def test_another_reports_rendering_is_not_taken_for_ours(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """The folder is named by slugs, which a new tenant may have from an old one."""
    desk.add_report(acme, ADA)
    desk.run(by=outbox)
    desk.execute("delete from public.scheduled_reports")
    desk.execute("delete from marts.conversation_analytics", warehouse=True)
    desk.add_report(acme, ADA)
    desk.run(by=outbox)
    texts = [message.get_body(("plain",)).get_content() for _, message in outbox.mails]  # type: ignore[union-attr]
    assert texts[0] != texts[1] and "no data" in texts[1]
