"""What is attached to a mail, and what it says where nothing can be.

Belongs here: files that are too large, and reports of nothing. Not here: what is in a file (`test_rendering.py`).
"""

import uuid
from email.message import EmailMessage
from email.policy import SMTP

from reports import send
from reports.files import Attachment
from tests.reports.conftest import Desk, Outbox

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
    assert body is not None and "Too large for mail" in body.get_content() and "Conversations" in body.get_content()
    assert "too large for mail: acme-daily-2026-11-23" in desk.ledger("reason")[0][0]


def test_a_file_fits_as_it_travels() -> None:
    """D6: in lines of 76 letters a file is 37 % larger, not a third."""
    files = [Attachment(name, bytes(76_000), "text/csv") for name in ("a", "b")]
    message = EmailMessage(policy=SMTP)
    message.add_attachment(files[0].content, "text", "csv")
    assert 104_000 < len(message.as_bytes()) < 104_400
    assert send._fitting(files, 103_000) == [] and send._fitting(files, 104_100) == files[:1]


def test_a_mail_that_no_file_fits_says_everything_itself(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D6."""
    desk.add_report(acme, ADA)
    assert desk.run(by=outbox, most_mail_bytes=1).rows() == [("partial", 1)]
    [(_, message)] = outbox.mails
    assert list(message.iter_attachments()) == []
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Too large for mail" in text and "attached" not in text
    assert "First response, median: Half of the answered conversations" in text
    [(sent, rows)] = desk.ledger("rows_sent, rows_total")
    assert sent == 8 < rows, "the key figures, which stand in the mail, and no table"


def test_a_period_without_a_conversation_is_a_report_too(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D6: no error, and no zero where there is no number."""
    desk.execute("delete from marts.conversation_analytics", warehouse=True)
    desk.add_report(acme, ADA, additional_formats=["excel", "csv", "json", "parquet"])
    assert desk.run(by=outbox).rows() == [("sent", 1)]
    [(_, message)] = outbox.mails
    body = message.get_body(("plain",))
    assert body is not None and "no data" in body.get_content()
    assert len(list(message.iter_attachments())) == 5
