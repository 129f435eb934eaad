"""Writing an export: rows stream from the marts into a file, in bounded memory.

Belongs here: the formats. Not here: Parquet (`parquet.py`), the rows (`source.py`), lists to be read (`listing.py`), and jobs
(`jobs.py`). PostgreSQL itself writes the rows as CSV or JSON; a row in Python objects would cost ten times as much.
"""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import xlsxwriter
from psycopg import sql

from reports.errors import ReportError, RunStoppedError
from reports.exports import listing, parquet
from reports.exports.columns import columns_of
from reports.exports.selection import Selection
from reports.exports.source import Source
from reports.query import Connection, timezone

# Characters that no text of PostgreSQL's JSON holds: with them, COPY writes each value as it is.
_AS_IT_IS = sql.SQL("format csv, quote e'\\x01', delimiter e'\\x02'")
_BYTES_AT_ONCE = 2**18
EXCEL_ROWS = 1_048_575
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Written:
    """A file: how many of how many rows it holds, its size, and its SHA-256."""

    rows: int
    rows_in_all: int
    size: int
    checksum: str


def write(marts: Connection, selection: Selection, *, form: str, to: Path) -> Written:
    """Write an export whole or not at all. Raises ReportError for a format that cannot hold it."""
    if form not in _WRITERS:
        raise ReportError(f'unknown format "{form}": known are {", ".join(_WRITERS)}')
    unfinished = to.with_name(f".{to.name}.unfinished")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with marts.transaction():
            source = Source(marts, selection, columns_of(marts, selection), timezone(marts, selection.tenant))
            source.order_cheaply()
            with unfinished.open("wb") as file:
                rows = _WRITERS[form](source, file)
            in_all = source.count() if rows == selection.most_rows else rows
        written = Written(rows, in_all, unfinished.stat().st_size, _checksum(unfinished))
        unfinished.replace(to)
        return written
    except OSError as error:
        raise RunStoppedError(f"{to} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _csv(source: Source, file: BinaryIO) -> int:
    """RFC 4180: CRLF after each record; in UTF-8 with the mark by which Excel knows it."""
    file.write(_MARK)
    if source.selection.headers:
        file.write(",".join(column.name for column in source.columns).encode() + b"\r\n")
    rows = 0
    query = source.query(harmless=not source.selection.raw_text)
    for block in source.copied(query, sql.SQL("format csv"), size=_BYTES_AT_ONCE):
        file.write(b"\r\n".join(row[:-1] for row in block.rows()) + b"\r\n")
        rows += len(block.lengths)
    return rows


def _json(source: Source, file: BinaryIO) -> int:
    """One array of objects."""
    objects = sql.SQL("select row_to_json(record) from ({}) as record").format(source.query())
    file.write(b"[")
    rows = 0
    for block in source.copied(objects, _AS_IT_IS, size=_BYTES_AT_ONCE):
        file.write((b",\n" if rows else b"\n") + b",\n".join(row[:-1] for row in block.rows()))
        rows += len(block.lengths)
    file.write(b"\n]\n")
    return rows


def _excel(source: Source, file: BinaryIO) -> int:
    """Typed cells, under a frozen header unless none is wanted; rows are written through, not kept."""
    if source.wanted() > EXCEL_ROWS:
        raise ReportError(
            f"a sheet holds {EXCEL_ROWS:,} rows, and these are more: choose csv or parquet, or fewer days"
        )
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "remove_timezone": True,
    }  # fmt: skip
    rows = 0
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("Rows")
        bold, instant = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        top = int(source.selection.headers)
        sheet.freeze_panes(top, 0)
        for number, column in enumerate(source.columns if top else ()):
            sheet.write_string(0, number, column.name, bold)
        for rows, record in enumerate(listing.records(source.marts, source.query()), start=1):
            for number, value in enumerate(record):
                listing.write_cell(sheet, top + rows - 1, number, value, instant)
    return rows


def _pdf(source: Source, file: BinaryIO) -> int:
    """A list to be read, not data: a few columns, and no more rows than anybody reads."""
    return listing.pdf(source.marts, source.query(), source.columns, source.wanted(), file)


_WRITERS: dict[str, Callable[[Source, BinaryIO], int]] = {
    "csv": _csv,
    "excel": _excel,
    "json": _json,
    "parquet": parquet.write,
    "pdf": _pdf,
}
