"""What is attached to a mail, and what it says where nothing can be.

Belongs here: files that are too large, and reports of nothing. Not here: what is in a file (`test_rendering.py`).
"""

import re
import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import psycopg
import pytest

from reports import making
from reports.by_hand import fetch
from reports.errors import ReportError
from reports.file_links import FileLinks
from reports.files import Attachment
from reports.unsubscribing import Subscription, Unsubscribing
from tests.reports.conftest import MONDAY, Desk, Outbox

ADA = "ada@acme.example"


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
    assert body is not None and "is too large for mail" in body.get_content() and "Conversations" in body.get_content()
    assert "too large for mail: acme-daily-2026-11-23" in desk.ledger("reason")[0][0]


def test_a_file_fits_as_it_travels() -> None:
    """D6: in lines of 76 letters a file is 37 % larger, not a third."""
    two = [Attachment(name, bytes(76_000), "text/csv") for name in ("a", "b")]
    message = EmailMessage(policy=SMTP)
    message.add_attachment(two[0].content, "text", "csv")
    assert 104_000 < len(message.as_bytes()) < 104_400
    assert making.fitting(two, 103_000) == [] and making.fitting(two, 104_100) == two[:1]


def test_a_mail_that_no_file_fits_says_everything_itself(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D6."""
    desk.add_report(acme, ADA)
    assert desk.run(by=outbox, most_mail_bytes=1).rows() == [("partial", 1)]
    [(_, message)] = outbox.mails
    assert list(message.iter_attachments()) == []
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "is too large for mail" in text and "attached" not in text
    assert "First response, median: Half of the answered conversations" in text
    [(sent, rows)] = desk.ledger("rows_sent, rows_total")
    assert sent == 8 < rows, "the key figures, which stand in the mail, and no table"


def test_a_mail_says_where_the_file_is_that_it_cannot_hold(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, additional_formats=[])
    desk.run(by=outbox, most_mail_bytes=1)
    said = "is too large for mail, and kept until 23 December 2026: ask whoever runs ROMASHKA for reports/acme/daily/"
    for text in texts(outbox):
        place = text.partition(said)[2].partition(".pdf")[0]
        assert (desk.output / "acme" / "daily" / f"{place}.pdf").is_file()


def texts(outbox: Outbox) -> list[str]:
    [(_, message)] = outbox.mails
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [part.get_content() for part in parts if part is not None]


LINKS = FileLinks(b"k" * 32, "https://app.example/file?token=")


def linked(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> str:
    desk.add_report(acme, ADA, additional_formats=[])
    desk.run(by=outbox, most_mail_bytes=1, file_links=LINKS)
    plain, markup = texts(outbox)
    [token] = re.findall(r"^https://app\.example/file\?token=([\w-]+)$", plain, re.MULTILINE)
    assert f'<a href="https://app.example/file?token={token}">' in markup
    return token


def get(desk: Desk, token: str, to: Path, at: datetime = MONDAY) -> None:
    fetch(operational_url=desk.operational, output=desk.output, key=LINKS.key, token=token, to=to, at=at)


def test_a_link_leads_to_the_file_until_it_goes(desk: Desk, acme: uuid.UUID, outbox: Outbox, tmp_path: Path) -> None:
    with psycopg.connect(desk.operational) as source:
        source.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%s, 'report_file_retention_days', '9')",
            (acme,),
        )
    token = linked(desk, acme, outbox)
    [kept] = desk.output.rglob("*.pdf")
    days = timedelta(days=9)
    slot_at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    get(desk, token, tmp_path / "got.pdf", slot_at + days - timedelta(seconds=1))
    assert (tmp_path / "got.pdf").read_bytes() == kept.read_bytes()
    with psycopg.connect(desk.operational) as source:
        goes_before = source.execute(
            "select first_day from app.file_rules(%s, %s) where kind = 'rendered reports'", (acme, slot_at + days)
        ).fetchone()
    assert goes_before == (slot_at.date(),), "a link that leads nowhere is worse than none"
    with pytest.raises(ReportError, match="was kept until 2026-12-02 08:00 UTC"):
        get(desk, token, tmp_path / "late.pdf", slot_at + days)
    assert not (tmp_path / "late.pdf").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update public.scheduled_reports set is_active = false", "not there any more"),
        ("update public.tenants set status = 'suspended'", "not there any more"),
        ("delete from public.scheduled_reports", "not there any more"),
    ],
)
def test_a_link_leads_nowhere_when_its_report_is_taken_back(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, tmp_path: Path, change: str, said: str
) -> None:
    token = linked(desk, acme, outbox)
    desk.execute(change)
    with pytest.raises(ReportError, match=said):
        get(desk, token, tmp_path / "got.pdf")


def test_a_link_leads_to_its_own_report_alone(desk: Desk, acme: uuid.UUID, outbox: Outbox, tmp_path: Path) -> None:
    """Other reports, of other tenants, too, keep a file of that name at that slot."""
    token = linked(desk, acme, outbox)
    [kept] = desk.output.rglob("*.pdf")
    place = kept.relative_to(desk.output / "acme" / "daily")
    for tenant, slug, owner in (("aaa", "daily", desk.add_tenant("aaa")), ("acme", "aaa", acme)):
        desk.add_report(owner, ADA, slug=slug)
        other = desk.output / tenant / slug / place
        other.parent.mkdir(parents=True)
        other.write_bytes(b"of another report")
    get(desk, token, tmp_path / "got.pdf")
    assert (tmp_path / "got.pdf").read_bytes() == kept.read_bytes()
    kept.unlink()
    with pytest.raises(ReportError, match="not there any more"):
        get(desk, token, tmp_path / "gone.pdf")


def test_a_token_is_made_for_one_purpose(desk: Desk, acme: uuid.UUID, outbox: Outbox, tmp_path: Path) -> None:
    token = linked(desk, acme, outbox)
    leaving = Unsubscribing(LINKS.key, "reports@romashka.example")
    with pytest.raises(ReportError, match="none of ours"):
        leaving.read(token)
    for wrong in (leaving.token(Subscription(acme, acme, ADA)), token[:-2], "", "ü", "AAAA" + token):
        with pytest.raises(ReportError, match="none of ours"):
            get(desk, wrong, tmp_path / "got.pdf")


def test_a_period_without_a_conversation_is_a_report_too(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D6: no error, and no zero where there is no number."""
    desk.execute("delete from marts.conversation_analytics", warehouse=True)
    desk.add_report(acme, ADA, additional_formats=["excel", "csv", "json", "parquet"])
    assert desk.run(by=outbox).rows() == [("sent", 1)]
    [(_, message)] = outbox.mails
    body = message.get_body(("plain",))
    assert body is not None and "no data" in body.get_content()
    assert len(list(message.iter_attachments())) == 5
