"""Reports as data: every value once, in its type, and nothing that a spreadsheet program would run."""

import csv
import io
import json
import re
import unicodedata
import uuid
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from reports import mail_body, render_data, render_excel, render_pdf
from reports.document import Document
from reports.flat import rows
from reports.spreadsheet_safety import harmless
from tests.reports.conftest import MONDAY, Desk
from tests.reports.test_rendering import HOSTILE, cells, pdf_text, read

DANGEROUS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\u3000=1", "＝1+1", "＋1", "－1", "＠x", "ok\n=1",
    "|calc", "a;=1", "a|+1", "a\t@x", "a\r-1", "a; ;\t=1", '=HYPERLINK("http://evil.example")',
]  # fmt: skip


def records(content: Document) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_data.csv_bytes(content).decode("utf-8-sig"), newline="")))


def test_all_three_formats_hold_the_same_values(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme, template="comparison")
    content = read(desk)
    expected = [(row.section, row.item, row.metric, row.value, row.before) for row in rows(content)]
    assert ("Key figures", None, "median_first_response_seconds", 25, 50) in expected
    assert ("By channel, and before", "web_chat", "total_conversations", 3, 4) in expected

    def number(cell: str) -> float | None:
        return float(cell) if cell else None

    assert expected == [
        (row["section"], row["item"] or None, row["metric"], number(row["value"]), number(row["before"]))
        for row in records(content)
    ]
    values = json.loads(render_data.json_bytes(content))["values"]
    assert expected == [(row["section"], row["item"], row["metric"], row["value"], row["before"]) for row in values]
    table = pq.read_table(io.BytesIO(render_data.parquet_bytes(content))).to_pylist()
    assert expected == [(row["section"], row["item"], row["metric"], row["value"], row["before"]) for row in table]


def test_where_nothing_happened_there_is_nothing_not_zero(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)
    before = {row["metric"]: row["before"] for row in records(read(desk)) if not row["item"]}
    assert before["avg_first_human_response_seconds"] == ""
    values = json.loads(render_data.json_bytes(read(desk)))["values"]
    assert {row["before"] for row in values if row["metric"] == "avg_first_human_response_seconds"} == {None}


def test_csv_is_that_of_rfc_4180(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)
    desk.execute("""update marts.conversation_analytics set channel_type = 'a "b", c'""", warehouse=True)
    content = render_data.csv_bytes(read(desk)).decode("utf-8-sig")
    assert content.count("\r\n") == content.count("\n") == len(records(read(desk))) + 1
    assert '"a ""b"", c"' in content


@pytest.mark.parametrize("text", DANGEROUS)
def test_nothing_begins_like_a_formula(text: str) -> None:
    """D5. What follows an apostrophe is text to every spreadsheet program, also to one that cuts the text at its separator."""
    made = harmless(text)
    assert made != text and made.replace("'", "") == text.replace("'", "")
    for cell in (made, *re.split(r"[\n\r\t;|]", made)):
        assert unicodedata.normalize("NFKC", cell).lstrip()[:1] not in set("=+-@|")


@pytest.mark.parametrize("text", ["email", "a=b", "", "1e5", "5-1", "Ünïcode", "'quoted", "a; b|c\td", "9|5"])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_negative_numbers_stay_numbers_and_raw_text_is_kept_where_asked(desk: Desk, acme: uuid.UUID) -> None:
    desk.execute("update marts.conversation_analytics set channel_type = '=1+1'", warehouse=True)
    desk.execute("update marts.conversation_analytics set full_resolution_seconds = -5", warehouse=True)
    desk.add_report(acme)
    desk.add_report(acme, slug="raw", filters={"rawText": True})
    assert {row["item"] for row in records(read(desk)) if row["section"] == "By channel"} == {"'=1+1"}
    assert {row["item"] for row in records(read(desk, "raw")) if row["section"] == "By channel"} == {"=1+1"}
    assert "-5.0" in {row["value"] for row in records(read(desk))}


def test_any_name_comes_back_as_it_was(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme, filters={"rawText": True})
    for name in HOSTILE:
        desk.execute("update marts.conversation_analytics set channel_type = %s", name, warehouse=True)
        content = read(desk)
        assert name in {row["item"] for row in records(content)}
        assert name in {row["item"] for row in json.loads(render_data.json_bytes(content))["values"]}


def test_the_same_data_make_the_same_bytes(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)
    for render in (render_data.csv_bytes, render_data.json_bytes, render_data.parquet_bytes):
        assert render(read(desk)) == render(read(desk))


def test_data_that_are_not_complete_say_so_in_every_format(desk: Desk, acme: uuid.UUID) -> None:
    """D14."""
    desk.add_report(acme)
    desk.publish(datetime(2026, 11, 22, tzinfo=UTC))
    content = read(desk).marked()
    mark = "Not complete: the data reach 2026-11-22 00:00 UTC"
    assert all(row["warning"].startswith(mark) for row in records(content))
    file = pq.ParquetFile(io.BytesIO(render_data.parquet_bytes(content)))
    assert file.schema_arrow.metadata[b"warning"].decode().startswith(mark)
    assert set(file.read().column("warning").to_pylist()) == {content.warning}
    assert json.loads(render_data.json_bytes(content))["metadata"]["warning"].startswith(mark)
    assert mark in pdf_text(render_pdf.render(content))
    assert mark in str(cells(render_excel.render(content)))
    assert mark in mail_body.plain(content) and mark in mail_body.page(content).decode()
    desk.publish(MONDAY)
    assert read(desk).marked().warning is None


def test_a_file_says_of_what_it_is(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)
    content = read(desk)
    for row in records(content):
        assert (row["tenant"], row["period"], row["timezone"]) == ("Acme", "2026-11-22/2026-11-23", "Europe/Berlin")
        assert row["data_as_of"] == content.data_as_of.isoformat() and row["warning"] == ""
        assert row["definition"] or row["section"] == "Recent conversations"
    metadata = pq.ParquetFile(io.BytesIO(render_data.parquet_bytes(content))).schema_arrow.metadata
    assert json.loads(metadata[b"definitions"]).keys() == {each.name for each in content.definitions}
