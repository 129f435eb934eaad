"""Writing an export: rows stream from the marts into a file, in bounded memory.

Belongs here: the formats. Not here: which rows and columns (`selection.py`, `columns.py`), and jobs (`jobs.py`). PostgreSQL
itself writes the rows as CSV or JSON; a row in Python objects would cost ten times as much.
"""

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import xlsxwriter
from psycopg import sql

from reports.errors import ReportError, RunStoppedError
from reports.exports import listing
from reports.exports.columns import Column, columns_of
from reports.exports.selection import Selection
from reports.query import Connection, timezone

# Characters that no text of PostgreSQL's JSON holds: with them, COPY writes each value as it is.
_AS_IT_IS = "format csv, quote e'\\x01', delimiter e'\\x02'"
ROWS_AT_ONCE = 2_000
ROWS_IN_A_GROUP = 8_000
# Enough to order a hundred thousand rows without PostgreSQL writing them to its disk first.
SORTED_IN_MEMORY = "128MB"
EXCEL_ROWS = 1_048_575
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Written:
    """A file: how many of how many rows it holds, its size, and its SHA-256."""

    rows: int
    rows_in_all: int
    size: int
    checksum: str


@dataclass(frozen=True)
class _Source:
    """Rows of the marts, as a query."""

    marts: Connection
    selection: Selection
    columns: list[Column]
    zone: str

    def query(self, *, harmless: bool = False) -> sql.Composed:
        """The rows, ordered, and no more than allowed."""
        chosen = self.selection
        listed = sql.SQL(", ").join(
            column.selected(dates=chosen.dates, zone=self.zone, harmless=harmless) for column in self.columns
        )
        order = sql.SQL(", ").join(
            sql.SQL("{} nulls first").format(sql.Identifier("exported", name)) for name in chosen.order
        )
        limit = sql.SQL("") if chosen.most_rows is None else sql.SQL(" limit {}").format(sql.Literal(chosen.most_rows))
        return sql.SQL("select {} from {} as exported order by {}{}").format(listed, chosen.relation, order, limit)

    def copied(self, query: sql.Composable, options: str) -> Iterator[bytes]:
        """The rows as PostgreSQL writes them, each with its line's end."""
        statement = sql.SQL("copy ({}) to stdout ({})").format(query, sql.SQL(options))
        with self.marts.cursor().copy(statement) as copy:
            for row in copy:
                yield bytes(row)

    def count(self) -> int:
        """All rows, also those beyond the limit."""
        statement = sql.SQL("select count(*) from {} as exported").format(self.selection.relation)
        row = self.marts.execute(statement).fetchone()
        return int(row[0]) if row else 0


def write(marts: Connection, selection: Selection, *, form: str, to: Path) -> Written:
    """Write an export whole or not at all. Raises ReportError for a format that cannot hold it."""
    if form not in _WRITERS:
        raise ReportError(f'unknown format "{form}": known are {", ".join(_WRITERS)}')
    unfinished = to.with_name(f".{to.name}.unfinished")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with marts.transaction():
            marts.execute(sql.SQL("set local work_mem = {}").format(sql.Literal(SORTED_IN_MEMORY)))
            source = _Source(marts, selection, columns_of(marts, selection), timezone(marts, selection.tenant))
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


def _csv(source: _Source, file: BinaryIO) -> int:
    """RFC 4180: CRLF after each record; in UTF-8 with the mark by which Excel knows it."""
    file.write(_MARK)
    if source.selection.headers:
        file.write(",".join(column.name for column in source.columns).encode() + b"\r\n")
    rows = 0
    for row in source.copied(source.query(harmless=not source.selection.raw_text), "format csv"):
        file.write(row[:-1] + b"\r\n")
        rows += 1
    return rows


def _json(source: _Source, file: BinaryIO) -> int:
    """One array of objects."""
    objects = sql.SQL("select row_to_json(record) from ({}) as record").format(source.query())
    file.write(b"[")
    rows = 0
    for row in source.copied(objects, _AS_IT_IS):
        file.write((b",\n" if rows else b"\n") + row[:-1])
        rows += 1
    file.write(b"\n]\n")
    return rows


def _chunks(rows: Iterator[bytes]) -> Iterator[bytes]:
    """Whole rows, some megabytes at a time."""
    while chunk := b"".join(itertools.islice(rows, ROWS_AT_ONCE)):
        yield chunk


class _RowGroups:
    """Chunks of CSV, gathered into the groups of a Parquet file: one group a chunk would cost half as much again."""

    def __init__(self, writer: pq.ParquetWriter, types: dict[str, pa.DataType]) -> None:
        self._writer, self._held = writer, list[pa.Table]()
        self._reading = pacsv.ReadOptions(column_names=list(types), use_threads=False)
        self._converting = pacsv.ConvertOptions(
            column_types=types, null_values=["\\N"], quoted_strings_can_be_null=False, strings_can_be_null=True,
            true_values=["t"], false_values=["f"],
        )  # fmt: skip

    def add(self, chunk: bytes) -> int:
        """Take the rows of a chunk, and tell how many they are."""
        parsing = pacsv.ParseOptions(newlines_in_values=True)
        rows = pacsv.read_csv(pa.BufferReader(chunk), self._reading, parsing, self._converting)
        self._held.append(rows)
        if sum(table.num_rows for table in self._held) >= ROWS_IN_A_GROUP:
            self.flush()
        return int(rows.num_rows)

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            self._writer.write_table(pa.concat_tables(self._held))
        self._held = []


def _parquet(source: _Source, file: BinaryIO) -> int:
    """Typed columns, zstd, in groups of rows as they come.

    PostgreSQL writes, this thread gathers, and another one reads and writes what was gathered before: three at once, and never
    more than a group and two chunks.
    """
    types = {column.name: column.arrow_type(source.selection.dates) for column in source.columns}
    schema = pa.schema(list(types.items()))
    repeating = [name for name, kind in types.items() if pa.types.is_string(kind)]
    with (
        pq.ParquetWriter(file, schema, compression="zstd", use_dictionary=repeating) as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        groups = _RowGroups(writer, types)
        rows, before = 0, pool.submit(int)
        for chunk in _chunks(source.copied(source.query(), "format csv, null '\\N'")):
            rows += before.result()
            before = pool.submit(groups.add, chunk)
        rows += before.result()
        groups.flush()
        return rows


def _excel(source: _Source, file: BinaryIO) -> int:
    """Typed cells under a frozen header; rows are written through, not kept."""
    if source.count() > EXCEL_ROWS:
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
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(source.columns):
            sheet.write_string(0, number, column.name, bold)
        for rows, record in enumerate(listing.records(source.marts, source.query()), start=1):
            for number, value in enumerate(record):
                listing.write_cell(sheet, rows, number, value, instant)
    return rows


def _pdf(source: _Source, file: BinaryIO) -> int:
    """A list to be read, not data: a few columns, and no more rows than anybody reads."""
    return listing.pdf(source.marts, source.query(), source.columns, source.count(), file)


_WRITERS: dict[str, Callable[[_Source, BinaryIO], int]] = {
    "csv": _csv,
    "excel": _excel,
    "json": _json,
    "parquet": _parquet,
    "pdf": _pdf,
}
