"""Rows of an export one by one, for formats that want Python's objects: sheets and pages.

Belongs here: fetching in bounded memory, cells, and the PDF. Not here: formats that PostgreSQL or Arrow write (`writing.py`).
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO

import typst
from psycopg import sql
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.errors import ReportError
from reports.exports.columns import Column
from reports.fonts import fonts
from reports.query import Connection

AT_ONCE = 2_000
PDF_ROWS, PDF_COLUMNS = 2_000, 8


def records(marts: Connection, query: sql.Composed) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, fetched in portions."""
    with marts.cursor(name="export") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(query)
        yield from cursor


def write_cell(sheet: Worksheet, row: int, column: int, value: Any, instant: Format) -> None:
    """Write a value in its type; nothing stays empty, and text stays text."""
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | float() | Decimal():
            sheet.write_number(row, column, float(value))
        case datetime() | date():
            sheet.write_datetime(row, column, value, instant)
        case _:
            sheet.write_string(row, column, str(value))


def pdf(marts: Connection, query: sql.Composed, columns: list[Column], rows: int, file: BinaryIO) -> int:
    """A table of the first columns. Raises ReportError for more rows than a person reads."""
    if rows > PDF_ROWS:
        raise ReportError(f"{rows:,} rows are no PDF that anybody reads: choose csv, excel or parquet, or fewer days")
    shown = columns[:PDF_COLUMNS]
    listed = [[_text(value) for value in record[: len(shown)]] for record in records(marts, query)]
    data = {
        "columns": [column.name for column in shown],
        "rows": listed,
        "note": f"The first {len(shown)} of {len(columns)} columns: the other formats have all of them.",
    }
    with tempfile.TemporaryDirectory(prefix="romashka-export-") as name:
        folder = Path(name)
        template = files("reports").joinpath("templates", "listing.typ").read_text(encoding="utf-8")
        (folder / "listing.typ").write_text(template, encoding="utf-8")
        (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
        content = typst.compile(
            str(folder / "listing.typ"), root=str(folder), format="pdf", font_paths=fonts(),
            timestamp=0,
        )  # fmt: skip
    file.write(content)
    return len(listed)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)
