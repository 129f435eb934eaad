"""What readers see: PDF, Excel and mail say the same true things, whatever anybody is called."""

import hashlib
import io
import itertools
import unicodedata
import uuid
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import openpyxl
import psycopg
import pypdf
import pytest

from reports import mail_body, query, reading, render_excel, render_pdf
from reports.addresses import one_line
from reports.document import Document
from reports.errors import ReportError
from reports.insights import Insight
from reports.report_rows import active_reports
from reports.sections import Chart, Insights
from tests.reports.conftest import MONDAY, SUNDAYS, Desk

FORMULA = '=HYPERLINK("http://evil.example","click")'
HOSTILE = [
    "'; drop table x; --",
    "../../etc/passwd",
    '#panic("out") #read("/etc/passwd")',
    '"; #let a = 1 // */ $ _*`',
    "<script>alert(1)</script> &amp;",
    "\u202egnirts \u2066\u05e9\u05dc\u05d5\u05dd\u2069 مرحبا",
    "Кириллица «Ёж» №1",
    "😀 👩‍👩‍👧",
    "x" * 255,
    "two\r\nlines\u2028three",
]


def read(desk: Desk, slug: str = "daily") -> Document:
    with psycopg.connect(desk.operational, autocommit=True) as operational, query.marts(desk.warehouse) as marts:
        report = next(report for report in active_reports(operational) if report.slug == slug)
        slot = report.schedule.latest(MONDAY)
        assert slot is not None
        return reading.read(marts, report, slot)


def pdf_text(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def texts(content: Document) -> tuple[str, str, str]:
    return pdf_text(render_pdf.render(content)), mail_body.plain(content), mail_body.page(content).decode()


def cells(content: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_pdf_excel_and_mail_show_the_figures_that_a_hand_computes(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)
    content = read(desk)
    summary = {row[0]: row[1:] for row in cells(render_excel.render(content))["Summary"] if row[3] is not None}
    assert summary["First response, median (s)"] == [25, 50, "\N{MINUS SIGN}50.0 %", 4]
    assert summary["Resolved"] == [0.6, 0.25, "+35.0 points", 5]
    assert summary["First human response, mean (s)"] == [80, "no data", "no data before", 2]
    for said in texts(content):
        for figure in ("25 s", "1 min 19 s", "60.0 %", "+35.0 points", "20 min 0 s", "n = 4", "no data before"):
            assert figure in said
        for print_in_small in ("Sunday, 22 November 2026", "Europe/Berlin", "2026-11-23 07:00 UTC", "Acme"):
            assert print_in_small in said


def test_a_period_without_anything_says_no_data(desk: Desk, acme: uuid.UUID) -> None:
    desk.execute("delete from marts.conversation_analytics", warehouse=True)
    desk.add_report(acme)
    content = read(desk)
    for said in texts(content):
        assert said.count("no data") >= 7
        assert "nan" not in said.lower()
    assert cells(render_excel.render(content))["Channels"][1:] == []


def test_each_type_shows_figures_of_its_own(desk: Desk, acme: uuid.UUID) -> None:
    shown, charts = [], []
    for report_type in ("performance", "satisfaction", "ai_analytics"):
        slug = report_type.replace("_", "-")
        desk.add_report(acme, slug=slug, report_type=report_type)
        content = read(desk, slug)
        text = pdf_text(render_pdf.render(content))
        assert all(figure.metric.label in text for figure in content.figures)
        shown.append({figure.metric.name for figure in content.figures})
        charts.append(content.charts[0].metric.name)
    assert len(set(charts)) == 3
    assert all(len(one & other) <= 2 for one, other in itertools.combinations(shown, 2))


def test_a_report_shows_what_it_chooses(desk: Desk, acme: uuid.UUID) -> None:
    chosen = {"metrics": ["avg_satisfaction", "abandoned_rate"], "channels": ["email"], "includeCharts": False}
    desk.add_report(acme, report_type="custom", filters={**chosen, "includeComments": True})
    content = read(desk)
    assert [figure.metric.name for figure in content.figures] == ["avg_satisfaction", "abandoned_rate"]
    assert [name for name, _ in content.tables[0].rows] == ["email"]
    text = pdf_text(render_pdf.render(content))
    assert "Only channels email." in text and "Comments are not shown" in text and "by day (grey" not in text
    assert "<img" not in mail_body.page(content).decode()


def test_the_applications_own_names_of_figures_are_known(desk: Desk, acme: uuid.UUID) -> None:
    names = ["conversations", "responseTime", "satisfaction"]
    desk.add_report(acme, filters={"dateRange": "lastMonth", "includeMetrics": names, "includeCharts": True})
    assert [figure.metric.name for figure in read(desk).figures] == [
        "total_conversations", "median_first_response_seconds", "avg_satisfaction",
    ]  # fmt: skip


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"filters": {"dimensions": ["mood"]}}, "unknown dimension mood"),
    ({"report_type": "custom"}, "names its metrics"),
    ({"filters": {"metrics": ["joy"]}}, "unknown metric joy"),
    ({"filters": {"chanels": ["email"]}}, "unknown filter chanels"),
    ({"filters": {"channels": "email"}}, "not a list of texts"),
    ({"filters": {"includeCharts": "yes"}}, "neither true nor false"),
    ({"filters": {"dateRange": "someday"}}, "dateRange"),
]


def test_a_choice_that_means_nothing_is_refused(desk: Desk, acme: uuid.UUID) -> None:
    for number, (columns, said) in enumerate(REFUSED):
        desk.add_report(acme, slug=f"wrong-{number}", **columns)
        with pytest.raises(ReportError, match=said):
            read(desk, f"wrong-{number}")


def test_a_name_is_text_and_nothing_else(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)
    for name in HOSTILE:
        desk.execute("update public.tenants set name = %s", name)
        desk.execute("update public.scheduled_reports set name = %s", name)
        desk.execute("update marts.conversation_analytics set channel_type = %s", name, warehouse=True)
        content = read(desk)
        metadata = pypdf.PdfReader(io.BytesIO(render_pdf.render(content))).metadata
        assert metadata is not None and metadata.author == one_line(name)
        assert cells(render_excel.render(content))["Summary"][0][0] == one_line(name)
        assert "<script" not in mail_body.page(content).decode()


def test_what_looks_like_a_formula_stays_text(desk: Desk, acme: uuid.UUID) -> None:
    desk.execute("update public.tenants set name = %s", FORMULA)
    desk.add_report(acme, name="+1+1")
    for channel in ("=1+1", "@SUM(A1)", "-2", "\t=3", FORMULA, "1e5", "http://evil.example"):
        desk.add_conversations(acme, "2026-11-22", [{"channel_type": channel}])
    workbook = render_excel.render(read(desk))
    kinds = [
        (cell.data_type, cell.hyperlink)
        for sheet in openpyxl.load_workbook(io.BytesIO(workbook))
        for row in sheet
        for cell in row
    ]
    assert "f" not in {kind for kind, _ in kinds} and {link for _, link in kinds} == {None}
    assert {row[0] for row in cells(workbook)["Channels"]} >= {"=1+1", "@SUM(A1)", "-2", FORMULA, "1e5"}


def test_excel_has_typed_cells_and_frozen_headers(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)
    book = openpyxl.load_workbook(io.BytesIO(render_excel.render(read(desk))))
    assert book.sheetnames == ["Summary", "Chart", "Channels", "Days", "Recent conversations", "Definitions"]
    assert all(sheet.freeze_panes for sheet in book)
    last = list(book["Days"].iter_rows())[-1]
    assert last[0].value == datetime(2026, 11, 22) and last[0].is_date  # noqa: DTZ001
    assert [(last[n].value, last[n].number_format) for n in (1, 4, 5)] == [(5, "#,##0"), (0.6, "0.0%"), (5, "#,##0")]


def test_excel_has_a_sheet_for_each_section(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme, template="comparison", description="For the board.", filters={"dateRange": "lastWeek"})
    content = read(desk)
    found = Insights("What stands out", [Insight("alert", "=1 of all")])
    charts = [each for each in content.sections if isinstance(each, Chart)]
    book = cells(render_excel.render(replace(content, sections=[*content.sections, found, *charts])))
    names = ["Summary", "Chart", "Channels", "About this report", "What stands out", "Chart 2", "Definitions"]
    assert list(book) == names and book["Chart"] == book["Chart 2"]
    assert book["What stands out"][1:] == [["=1 of all"]] and book["About this report"][1:] == [["For the board."]]
    heading, *days = book["Chart"]
    assert heading == ["Day", "Conversations", "Before"]
    assert [row[1:] for row in days[5:7]] == [[4, 0], [5, 0]] and len(days) == 9


SCRIPTS = ("Кириллица", "Ελληνικά", "שלום", "مرحبا", "日本語", "한국어", "ไทย", "हिन्दी", "👍", "😀")


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_has_letters(desk: Desk, acme: uuid.UUID, name: str) -> None:
    """A letter that no font has would be a box: the glyph 0 of some font."""
    desk.add_report(acme, name=name)
    reader = pypdf.PdfReader(io.BytesIO(render_pdf.render(read(desk))))
    assert "\x00" not in reader.pages[0].extract_text()
    assert unicodedata.normalize("NFC", reader.pages[0].extract_text()).count(name[:1]) >= 1


def test_the_same_data_make_the_same_bytes(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)

    def digests() -> list[str]:
        content = read(desk)
        files = (render_pdf.render(content), render_excel.render(content), mail_body.page(content))
        return [hashlib.sha256(file).hexdigest() for file in files]

    assert digests() == digests()
    slot = read(desk).slot.at
    metadata = pypdf.PdfReader(io.BytesIO(render_pdf.render(read(desk)))).metadata
    assert metadata is not None and metadata.creation_date == slot
    properties = openpyxl.load_workbook(io.BytesIO(render_excel.render(read(desk)))).properties
    assert properties.created == properties.modified == slot.replace(tzinfo=None)
    with zipfile.ZipFile(io.BytesIO(render_excel.render(read(desk)))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_long_table_breaks_over_pages_with_its_header(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme, filters={"dateRange": "last90days"})
    reader = pypdf.PdfReader(io.BytesIO(render_pdf.render(read(desk))))
    assert len(reader.pages) >= 3
    for number, page in enumerate(reader.pages, start=1):
        assert f"{number} / {len(reader.pages)}" in page.extract_text()
    assert "Day" in reader.pages[1].extract_text() and "Resolved" in reader.pages[1].extract_text()


def test_another_tenants_rows_are_in_no_format(desk: Desk, acme: uuid.UUID) -> None:
    other = desk.add_tenant("canary", name="CANARY-NAME", timezone="UTC")
    desk.add_conversations(other, "2026-11-22", [{**row, "channel_type": "CANARY-CHANNEL"} for row in SUNDAYS] * 31)
    desk.add_report(acme)
    # Keys of one's own rows are in the book: nine random ones have 155 in them once in twenty-two times.
    keys = "translate(conversation_id::text, '5', '4')::uuid"
    desk.execute(f"update marts.conversation_analytics set conversation_id = {keys}", warehouse=True)
    content = read(desk)
    for said in (*texts(content), str(cells(render_excel.render(content)))):
        assert "CANARY" not in said and "155" not in said


def test_a_zone_of_its_own_cuts_the_days_of_the_tenant(desk: Desk) -> None:
    desk.add_report(desk.add_tenant("york", name="York", timezone="America/New_York"), slug="york")
    content = read(desk, "york")
    assert content.timezone == "America/New_York"
    desk.publish(datetime(2026, 11, 23, 4, 59, tzinfo=UTC))
    assert read(desk, "york").uncovered == (
        "the data reach 2026-11-23 04:59 UTC, the period ends at 2026-11-23 05:00 UTC"
    )
