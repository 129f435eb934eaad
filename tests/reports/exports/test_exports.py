"""Exports: every row of the tenant once, typed, harmless, of nobody else, and whole or not at all."""

import csv
import io
import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyarrow.parquet as pq
import pypdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.errors import ReportError, RunStoppedError
from reports.exports import columns, export_now, writing
from reports.exports.writing import Written
from reports.spreadsheet_safety import harmless
from tests.reports.conftest import SATURDAYS, SUNDAYS, Desk
from tests.reports.test_render_data import DANGEROUS
from tests.reports.test_rendering import HOSTILE, pdf_text


def export(desk: Desk, file: Path, form: str, kind: str = "conversations", **filters: Any) -> Written:
    return export_now(desk.warehouse, tenant="acme", kind=kind, form=form, filters=filters, to=file)


def rows_of(file: Path) -> list[dict[str, Any]]:
    match file.suffix:
        case ".csv":
            return list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
        case ".json":
            return list(json.loads(file.read_bytes()))
        case ".parquet":
            return list(pq.read_table(file).to_pylist())
        case _:
            first, *rest = openpyxl.load_workbook(file).active.iter_rows(values_only=True)  # type: ignore[union-attr]
            return [dict(zip(first, row, strict=True)) for row in rest]


# Mostly what is dangerous, and what may stand before it.
TEXTS = st.text(
    st.sampled_from("=+-@|;＝﹣⩵a \t\r\n\x0b\u00a0\u3000\u2028'\"1")
    | st.characters(exclude_characters="\x00", codec="utf-8"),
    max_size=8,
)
FORMS = [("csv", ".csv"), ("json", ".json"), ("parquet", ".parquet"), ("excel", ".xlsx")]


@pytest.mark.parametrize(("form", "suffix"), FORMS)
def test_every_row_of_the_tenant_is_there_once_and_nobody_else_s(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, form: str, suffix: str
) -> None:
    other = desk.add_tenant("canary")
    desk.add_conversations(other, "2026-11-22", SUNDAYS)
    to = tmp_path / "deep" / f"rows{suffix}"
    done = export(desk, to, form)
    own = desk.execute(
        "select conversation_id::text from marts.conversation_analytics where tenant_id = %s order by 1", acme,
        warehouse=True,
    )  # fmt: skip
    rows = rows_of(to)
    assert sorted(str(row["conversation_id"]) for row in rows) == [key for (key,) in own]
    assert (done.rows, done.rows_in_all, done.size) == (9, 9, to.stat().st_size)
    assert "tenant_id" not in rows[0] and [file.name for file in to.parent.iterdir()] == [to.name]
    assert export(desk, tmp_path / f"again{suffix}", form).checksum == done.checksum or form == "excel"


def test_values_keep_their_types(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    export(desk, tmp_path / "rows.parquet", "parquet")
    [row] = [each for each in rows_of(tmp_path / "rows.parquet") if each["customer_satisfaction"] == Decimal("2.5")]
    assert row["started_on"] == date(2026, 11, 22) and row["is_abandoned"] is False
    assert row["started_at"] == datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
    assert row["full_resolution_seconds"] == Decimal("1800.000") and row["revenue_generated"] is None
    export(desk, tmp_path / "rows.json", "json")
    [record] = [each for each in rows_of(tmp_path / "rows.json") if each["customer_satisfaction"] == 2.5]
    assert record["is_abandoned"] is False and record["revenue_generated"] is None


def test_empty_text_is_not_nothing(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    desk.execute("update marts.conversation_analytics set resolved_by = '' where resolved_by is null", warehouse=True)
    export(desk, tmp_path / "rows.parquet", "parquet")
    assert {row["resolved_by"] for row in rows_of(tmp_path / "rows.parquet")} == {"", "ai", "agent"}


@pytest.mark.parametrize("dates", ["iso", "local", "unix"])
@pytest.mark.parametrize(("form", "suffix"), FORMS)
def test_an_instant_that_nobody_knows_is_nothing(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, form: str, suffix: str, dates: str
) -> None:
    """A bad instant of the source is infinite in the marts, and Python, Arrow and a sheet have no word for that."""
    desk.execute(
        "update marts.conversation_analytics set started_at = '-infinity', started_on = '-infinity', "
        "first_resolved_at = 'infinity', department = 'infinity' where customer_satisfaction = 2.5", warehouse=True,
    )  # fmt: skip
    to = tmp_path / f"rows{suffix}"
    assert export(desk, to, form, dateFormat=dates).rows == 9
    [row] = [each for each in rows_of(to) if float(each["customer_satisfaction"] or 0) == 2.5]
    assert [row[name] or None for name in ("started_at", "started_on", "first_resolved_at")] == [None] * 3
    assert row["department"] == "infinity"
    assert sum(bool(each["started_at"]) for each in rows_of(to)) == 8


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({"from": "2026-11-22"}, 5), ({"to": "2026-11-21"}, 4), ({"from": "2026-11-22", "to": "2026-11-21"}, 0),
        ({"channels": ["email"]}, 2), ({"departments": ["sales"]}, 0), ({"status": ["resolved"]}, 9),
        ({"channels": ["x'; drop schema marts cascade; --"]}, 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("form", "suffix"), FORMS)
def test_filters_narrow(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, form: str, suffix: str, filters: dict[str, Any], rows: int
) -> None:
    to = tmp_path / f"rows{suffix}"
    assert export(desk, to, form, **filters).rows == rows == len(rows_of(to))


def test_dates_are_written_as_asked(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    seen = {}
    for dates in ("iso", "local", "unix"):
        export(desk, tmp_path / f"{dates}.csv", "csv", dateFormat=dates)
        export(desk, tmp_path / f"{dates}.parquet", "parquet", dateFormat=dates)
        seen[dates] = rows_of(tmp_path / f"{dates}.csv")[0]["started_at"]
    assert seen == {"iso": "2026-11-22 10:00:00.123456+00", "local": "2026-11-22 11:00:00.123456", "unix": "1795341600"}
    assert rows_of(tmp_path / "unix.parquet")[0]["started_at"] == 1795341600
    export(desk, tmp_path / "bare.csv", "csv", includeHeaders=False)
    assert not (tmp_path / "bare.csv").read_text(encoding="utf-8-sig").startswith("conversation_id")
    export(desk, tmp_path / "bare.xlsx", "excel", includeHeaders=False)
    first, *more = openpyxl.load_workbook(tmp_path / "bare.xlsx").active.iter_rows(values_only=True)  # type: ignore[union-attr]
    assert uuid.UUID(str(first[0])) and len(more) == 8


def test_days_and_customers_are_exported_too(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    key = uuid.uuid4()
    desk.execute("update marts.conversation_analytics set customer_key = %s", key, warehouse=True)
    # Of whom nobody knows who wrote, nobody is a customer.
    desk.add_conversations(acme, "2026-11-22", [{"customer_satisfaction": 1}])
    desk.insert(
        "marts.daily_metrics",
        {"tenant_id": acme, "date": "2026-11-22", "channel_type": "email", "department": "x", "total_conversations": 5},
        warehouse=True,
    )
    export(desk, tmp_path / "customers.json", "json", "customers")
    [customer] = rows_of(tmp_path / "customers.json")
    assert (customer["customer_key"], customer["conversations"], customer["ratings"]) == (str(key), 9, 4)
    assert export(desk, tmp_path / "days.csv", "csv", "analytics", **{"from": "2026-11-22"}).rows == 1
    assert rows_of(tmp_path / "days.csv")[0]["total_conversations"] == "5"


def test_no_text_becomes_a_formula_or_breaks_a_row(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    """D5."""
    for text in [*DANGEROUS, *HOSTILE, "a\r\nb", 'quote "', "\\N", "\\", "NULL"]:
        desk.execute("update marts.conversation_analytics set department = %s", text, warehouse=True)
        export(desk, tmp_path / "rows.csv", "csv")
        assert {row["department"] for row in rows_of(tmp_path / "rows.csv")} == {harmless(text)}
        export(desk, tmp_path / "raw.csv", "csv", rawText=True)
        assert {row["department"] for row in rows_of(tmp_path / "raw.csv")} == {text}
        for form, suffix in (("json", ".json"), ("parquet", ".parquet")):
            export(desk, tmp_path / f"rows{suffix}", form)
            assert {row["department"] for row in rows_of(tmp_path / f"rows{suffix}")} == {text}
    assert "drop" not in pdf_text(_pdf(desk, tmp_path))


def _pdf(desk: Desk, folder: Path) -> bytes:
    export(desk, folder / "rows.pdf", "pdf")
    return (folder / "rows.pdf").read_bytes()


def test_the_rule_in_sql_is_the_rule_in_python(desk: Desk) -> None:
    column = columns.Column("value", "text").selected(dates="iso", zone="UTC", harmless=True)
    with psycopg.connect(desk.warehouse, autocommit=True) as connection:

        @settings(max_examples=400, deadline=None)
        @example(DANGEROUS)
        @given(st.lists(TEXTS, max_size=30))
        def same(texts: list[str]) -> None:
            query = b"select " + column.as_bytes(connection) + b" from unnest($1::text[]) as exported (value)"
            with psycopg.RawCursor(connection) as cursor:
                found = cursor.execute(query, (texts,)).fetchall()  # type: ignore[arg-type]
            assert [text for (text,) in found] == list(map(harmless, texts))

        same()


def test_a_pdf_is_for_reading(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    done = export(desk, tmp_path / "rows.pdf", "pdf")
    assert done.rows == 9 and len(pypdf.PdfReader(tmp_path / "rows.pdf").pages) >= 1
    desk.add_conversations(acme, "2026-11-20", SATURDAYS * 500)
    with pytest.raises(ReportError, match=r"2,009 rows are no PDF"):
        export(desk, tmp_path / "rows.pdf", "pdf")
    assert (tmp_path / "rows.pdf").stat().st_size == done.size, "the file of before stays whole"


@pytest.mark.parametrize(
    ("kind", "form", "filters", "said"),
    [
        ("agents", "csv", {}, "nothing that is exported"), ("conversations", "xml", {}, "unknown format"),
        ("conversations", "csv", {"chanels": []}, "unknown filter chanels"),
        ("conversations", "csv", {"from": "22.11.2026"}, "no day"), ("analytics", "csv", {"status": ["open"]}, "are days"),
        ("conversations", "csv", {"dateFormat": "us"}, "iso, local or unix"),
        ("conversations", "csv", {"includeHeaders": "yes"}, "neither true nor false"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_and_nothing_is_written(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, kind: str, form: str, filters: dict[str, Any], said: str
) -> None:
    with pytest.raises(ReportError, match=said):
        export(desk, tmp_path / "rows.csv", form, kind, **filters)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ReportError, match='no tenant "nobody": the marts know acme'):
        export_now(desk.warehouse, tenant="nobody", kind="conversations", form="csv", filters={}, to=tmp_path / "x.csv")


def test_a_disk_that_takes_nothing_is_one_line(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunStoppedError, match="cannot be written"):
        export(desk, tmp_path / "file" / "rows.csv", "csv")


def test_every_format_that_a_job_may_name_can_be_written() -> None:
    from reports.exports.jobs import SUFFIXES

    assert set(SUFFIXES) == set(writing._WRITERS)
