"""Runs: on time, once, true, and to nobody else."""

import email
import email.policy
import io
import mailbox
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import psycopg
import pypdf
import pytest

from orchestration.databases import Databases
from reports import mail
from reports.deliver import maildir, smtp
from reports.errors import ReportError
from reports.run import RunSummary, due_slots, list_reports, preview, run_due
from tests.reports.conftest import NINE, ScriptedServer

Run = Callable[..., RunSummary]


@pytest.fixture
def run(databases: Databases, tmp_path: Path) -> Run:
    def make(at: datetime = NINE, transport=None) -> RunSummary:
        return run_due(
            operational_url=databases.operational,
            warehouse_url=databases.warehouse,
            at=at,
            transport=transport or maildir(tmp_path / "mail"),
            output=tmp_path / "reports",
        )

    return make


def mails(folder: Path) -> dict[str, EmailMessage]:
    """Mails of a Maildir by recipient."""
    found = [email.message_from_bytes(mail.as_bytes(), policy=email.policy.default) for mail in mailbox.Maildir(folder)]
    assert len({str(mail["To"]) for mail in found}) == len(found), "nobody got two mails"
    return {mail["To"].addresses[0].addr_spec: mail for mail in found}


def states(databases: Databases) -> Counter[str]:
    with psycopg.connect(databases.operational) as connection:
        return Counter(state for (state,) in connection.execute("select state from public.report_deliveries"))


def text_of(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def test_everybody_gets_the_report_once(run: Run, databases: Databases, tmp_path: Path) -> None:
    assert run().sent == 4
    assert run().total == 0, "the same slot again sends nothing"
    assert mails(tmp_path / "mail").keys() == {"one@a.example", "two@a.example", "one@b.example", "two@b.example"}
    assert states(databases) == {"sent": 4}
    assert run(NINE + timedelta(days=1)).sent == 4, "the next slot does"


def test_figures_are_true_and_say_what_they_rest_on(run: Run, tmp_path: Path) -> None:
    run()
    text = text_of(mails(tmp_path / "mail")["one@a.example"])
    for line in ("Conversations 2 (+100.0 %) n = 2", "First response, median 1 min 30 s n = 2", "Resolved 50.0 %",
                 "First human response, mean 1 min 0 s n = 1", "Never answered 0.0 %"):  # fmt: skip
        assert line in " ".join(text.split()), line
    other = " ".join(text_of(mails(tmp_path / "mail")["one@b.example"]).split())
    assert "Conversations 1 n = 1" in other
    assert "First response, median no data n = 0" in other


def test_nothing_of_another_tenant_is_in_any_part(run: Run, tmp_path: Path) -> None:
    run()
    for recipient, message in mails(tmp_path / "mail").items():
        said = text_of(message) + message.get_body(("html",)).get_content() + str(message["Subject"])
        for part in message.iter_attachments():
            content = part.get_content()
            if part.get_filename().endswith(".pdf"):
                said += "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
            else:
                book = openpyxl.load_workbook(io.BytesIO(content))
                said += "".join(str(cell.value) for sheet in book for row in sheet for cell in row)
        foreign = ("Söhne", "sms") if recipient.endswith("b.example") else ("Tenant B", "canary_channel_of_b")
        assert not [word for word in foreign if word in said], recipient
        own = "canary_channel_of_b" if recipient.endswith("b.example") else "sms"
        assert own in said, "the test would see it"


def test_a_name_like_a_formula_stays_text_in_excel(run: Run, tmp_path: Path) -> None:
    run()
    (file,) = (tmp_path / "reports" / "a").rglob("*.xlsx")
    book = openpyxl.load_workbook(file)
    cell = next(row[1] for row in book["Summary"].iter_rows() if row[0].value == "Tenant")
    assert (cell.value, cell.data_type) == ('=HYPERLINK("http://x") Ünïcode & Söhne', "s")
    values = {row[0].value: row[1].value for row in book["Summary"].iter_rows(min_row=9)}
    assert values["Conversations"] == 2
    assert values["First response, median (s)"] == 90
    assert values["Satisfaction, mean of 5" if "Satisfaction, mean of 5" in values else "Resolved"] is not None


def test_the_same_slot_has_the_same_bytes(databases: Databases, tmp_path: Path) -> None:
    for ending in (".pdf", ".xlsx"):
        made = []
        for name in ("first", "second"):
            preview(operational_url=databases.operational, warehouse_url=databases.warehouse, slug="a/daily",
                    to=tmp_path / f"{name}{ending}", at=NINE)  # fmt: skip
            made.append((tmp_path / f"{name}{ending}").read_bytes())
        assert made[0] == made[1], ending


def test_it_waits_until_the_data_cover_the_period(run: Run, databases: Databases) -> None:
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("update marts.publication set data_as_of = '2026-03-02T23:59:59Z'")
    assert run().states == {"held": 4}
    with psycopg.connect(databases.operational) as connection:
        reason = connection.execute("select reason from public.report_deliveries limit 1").fetchone()[0]
    assert reason == "the data reach 2026-03-02 23:59 UTC, the period ends at 2026-03-03 00:00 UTC"
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("update marts.publication set data_as_of = '2026-03-03T00:00:00Z'")
    assert run().sent == 4


def test_one_refused_recipient_changes_nothing_for_another(
    run: Run, databases: Databases, smtp_server: ScriptedServer
) -> None:
    """D1: and a temporary refusal is tried again, with the same Message-ID."""
    smtp_server.script = {"one@a.example": ["550 no such user"], "two@a.example": ["451 later", "250 ok"],
                          "one@b.example": ["drop-before-data"]}  # fmt: skip
    transport = smtp(smtp_server.url())
    assert run(transport=transport).states == {"failed": 1, "queued": 2, "sent": 1}
    assert run(transport=transport).states == {"sent": 2}
    assert run(transport=transport).total == 0
    assert Counter(recipient for recipient, _ in smtp_server.received) == Counter(
        ["two@a.example", "one@b.example", "two@b.example"]
    )
    with psycopg.connect(databases.operational) as connection:
        row = connection.execute(
            "select state, reason from public.report_deliveries where recipient = 'one@a.example'"
        ).fetchone()
    assert row == ("failed", "the mail server answered 550 no such user")


def test_whether_a_mail_arrived_may_be_unknown_and_it_is_not_sent_again(
    run: Run, databases: Databases, smtp_server: ScriptedServer
) -> None:
    """D2: the connection broke after the final dot."""
    smtp_server.script = {"one@a.example": ["drop-after-dot"]}
    transport = smtp(smtp_server.url())
    assert run(transport=transport).states == {"unknown": 1, "sent": 3}
    assert run(transport=transport).total == 0
    assert states(databases) == {"unknown": 1, "sent": 3}


def test_a_worker_that_died_while_sending_leaves_unknown(run: Run, databases: Databases) -> None:
    class Died(BaseException):
        pass

    def dies(message: EmailMessage, recipient: str) -> None:
        raise Died

    with pytest.raises(Died):
        run(transport=dies)
    assert states(databases)["sending"] == 2, "those of the first report were claimed"
    assert run().states == {"sent": 2}, "the other report goes on"
    assert states(databases) == {"unknown": 2, "sent": 2}


def test_two_workers_at_once_send_once(run: Run, smtp_server: ScriptedServer) -> None:
    """D3."""
    transport = smtp(smtp_server.url())
    workers = [threading.Thread(target=run, kwargs={"transport": transport}) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(smtp_server.received) == len({recipient for recipient, _ in smtp_server.received}) == 4


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("update public.tenants set status = 'suspended' where slug = 'a'", "skipped"),
        ("update public.scheduled_reports set recipients = '{new@a.example}'", "skipped"),
        ("update public.scheduled_reports set is_active = false", "skipped"),
    ],
)
def test_what_changed_between_queue_and_sending_is_not_sent(
    run: Run, databases: Databases, smtp_server: ScriptedServer, change: str, state: str
) -> None:
    """D8."""
    smtp_server.script = {"one@a.example": ["451 later"]}
    transport = smtp(smtp_server.url())
    run(transport=transport)
    with psycopg.connect(databases.operational) as connection:
        connection.execute(change)
    run(transport=transport)
    with psycopg.connect(databases.operational) as connection:
        row = connection.execute(
            "select state from public.report_deliveries where recipient = 'one@a.example'"
        ).fetchone()
    assert row == (state,)
    assert "one@a.example" not in {recipient for recipient, _ in smtp_server.received}


def test_a_password_is_not_said_without_tls(run: Run, databases: Databases, smtp_server: ScriptedServer) -> None:
    """D7."""
    transport = smtp(f"smtp://user:canary-password@127.0.0.1:{smtp_server.port}")
    assert run(transport=transport).states == {"failed": 4}
    assert smtp_server.received == []
    with psycopg.connect(databases.operational) as connection:
        reasons = str(connection.execute("select reason from public.report_deliveries").fetchall())
    assert "offers no TLS" in reasons
    assert "canary-password" not in reasons


def test_a_mail_server_that_is_not_there_is_tried_again(run: Run) -> None:
    assert run(transport=smtp("smtp://127.0.0.1:1")).states == {"queued": 4}


@pytest.mark.parametrize("name", ["Daily\r\nBcc: thief@example.com", "Daily\u2028x", "Daily\x00"])
def test_a_name_that_could_add_a_header_is_refused(name: str) -> None:
    """D4."""
    with pytest.raises(ReportError, match="cannot stand in a mail"):
        mail.clean_header(name)


@pytest.mark.parametrize(
    "text", ["nobody", "a@b", "a b@c.example", "a@b.example, c@d.example", "a@b.example\nBcc: x@y.example"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ReportError):
        mail.address(text)


def test_a_schedule_that_means_nothing_does_not_hold_up_others(run: Run, databases: Databases) -> None:
    with psycopg.connect(databases.operational) as connection:
        connection.execute("update public.scheduled_reports set schedule_cron = '61 * * * *' where tenant_id = "
                           "(select id from public.tenants where slug = 'a')")  # fmt: skip
    with pytest.raises(ReportError, match=r"report a/daily: schedule .61 \* \* \* \*."):
        run()
    assert states(databases) == {"sent": 2}
    assert len(due_slots(operational_url=databases.operational, at=NINE + timedelta(days=1))) == 1


def test_only_the_latest_missed_slot_is_caught_up(run: Run, databases: Databases) -> None:
    run()
    assert run(NINE + timedelta(days=5)).sent == 4
    with psycopg.connect(databases.operational) as connection:
        kept = connection.execute(
            "select distinct last_run_at, next_run_at, last_sent_at is not null from public.scheduled_reports"
        ).fetchall()
    assert kept == [(NINE + timedelta(days=5), NINE + timedelta(days=6), True)]


def test_reports_are_listed_with_their_next_slot(run: Run, databases: Databases) -> None:
    run()
    listed = list_reports(databases.operational, at=NINE)
    assert listed[0] == ("a", "daily", "performance", "0 9 * * *", "UTC", "2026-03-04 09:00", "2 sent")


@pytest.mark.parametrize(
    ("slug", "message"), [("daily", "names 2 reports"), ("zzz", "names 0 reports; there are: a/daily, b/daily")]
)
def test_a_slug_that_names_no_single_report_is_refused(
    databases: Databases, tmp_path: Path, slug: str, message: str
) -> None:
    with pytest.raises(ReportError, match=message):
        preview(operational_url=databases.operational, warehouse_url=databases.warehouse, slug=slug,
                to=tmp_path / "x.pdf", at=NINE)  # fmt: skip


def test_a_warehouse_without_marts_is_one_clear_line(databases: Databases, empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no marts yet: run romashka refresh"):
        run_due(operational_url=databases.operational, warehouse_url=empty_url, at=NINE,
                transport=maildir(tmp_path / "mail"), output=tmp_path)  # fmt: skip


@pytest.mark.parametrize("report_type", ["satisfaction", "ai_analytics", "custom"])
def test_each_type_shows_figures_of_its_own(run: Run, databases: Databases, tmp_path: Path, report_type: str) -> None:
    with psycopg.connect(databases.operational) as connection:
        filters = '{"metrics": ["reopened_rate", "ai_messages"]}' if report_type == "custom" else "{}"
        connection.execute("update public.scheduled_reports set report_type = %s, filters = %s", (report_type, filters))
    run()
    text = " ".join(text_of(mails(tmp_path / "mail")["one@a.example"]).split())
    expected = {
        "satisfaction": "Satisfaction, mean of 5 4.00 n = 1",
        "ai_analytics": "AI confidence, mean 80.0 % n = 1",
        "custom": "Reopened 0.0 % n = 1 AI messages 1",
    }
    assert expected[report_type] in text
