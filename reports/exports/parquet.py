"""The Parquet file of an export: typed columns, zstd, a group of rows for some days.

Belongs here: reading pieces ahead, and their types. Not here: which pieces (`source.py`). PostgreSQL takes as long to tell its
rows as Parquet takes to hold them: two connections tell them at once, from one snapshot, and are heard in the order of the days.
"""

import contextlib
import itertools
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from psycopg import sql

from reports import query
from reports.exports.source import Piece, Source

READERS = 2
ROWS_IN_A_PIECE = 16_500
# A piece of one busy day, or of what has no days, is read by so many bytes: memory holds that, times what is ahead.
BYTES_AT_ONCE = 10 * 2**20
TABLES_AHEAD = 2


def write(source: Source, file: BinaryIO) -> int:
    """Write the rows of the source, and tell how many they are."""
    types = {column.name: column.arrow_type(source.selection.dates) for column in source.columns}
    repeating = [name for name, kind in types.items() if pa.types.is_string(kind)]
    rows = 0
    numbers = [name for name, kind in types.items() if pa.types.is_int64(kind) or pa.types.is_timestamp(kind)]
    # By its days a reader leaves out groups of rows; a name or a number is in all of them, and its bounds a tenth of the cost.
    bounded = [name for name, kind in types.items() if pa.types.is_temporal(kind)]
    with pq.ParquetWriter(
        file, pa.schema(list(types.items())), compression="zstd", use_dictionary=repeating, store_decimal_as_integer=True,
        column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"), write_statistics=bounded,
    ) as writer:  # fmt: skip
        for table in _tables(source, types):
            writer.write_table(table)
            rows += table.num_rows
    return rows


def _tables(source: Source, types: dict[str, pa.DataType]) -> Iterator[pa.Table]:
    pieces = source.pieces(ROWS_IN_A_PIECE)
    with contextlib.ExitStack() as opened:
        # All connections first: one that tells rows can be asked nothing else.
        others = [opened.enter_context(query.beside(source.marts)) for _ in pieces[1:READERS]]
        sources = [source, *(replace(source, marts=marts) for marts in others)]
        for own in sources[1:]:
            own.order_cheaply()
        readers = [
            opened.enter_context(contextlib.closing(_Ahead(_read(own, pieces[number :: len(sources)], types))))
            for number, own in enumerate(sources)
        ]
        for _, reader in zip(pieces, itertools.cycle(readers), strict=False):
            while (table := reader.next()) is not None:
                yield table


def _read(source: Source, pieces: list[Piece], types: dict[str, pa.DataType]) -> Generator[pa.Table | None]:
    """The rows of each piece, and None after it."""
    # What is quoted is never null: "infinity" may be a channel's name, but as an instant it is one that nobody knows.
    # For PostgreSQL to look at every instant and every day itself was a tenth of what the rows cost it.
    texts = sql.SQL(", ").join(sql.Identifier(name) for name, kind in types.items() if pa.types.is_string(kind))
    options = sql.SQL("format csv, force_quote ({})").format(texts)
    reading = pacsv.ReadOptions(column_names=list(types), use_threads=False)
    parsing = pacsv.ParseOptions(newlines_in_values=True)
    converting = pacsv.ConvertOptions(
        column_types=types, null_values=["", "infinity", "-infinity"], quoted_strings_can_be_null=False,
        strings_can_be_null=True, true_values=["t"], false_values=["f"],
    )  # fmt: skip
    for piece in pieces:
        for block in source.copied(source.query(piece, finite=False), options, size=BYTES_AT_ONCE):
            yield pacsv.read_csv(pa.BufferReader(block.content), reading, parsing, converting)
        yield None


class _Ahead:
    """A thread that makes the next few tables while the ones before are written."""

    def __init__(self, tables: Generator[pa.Table | None]) -> None:
        self._tables = tables
        self._pool = ThreadPoolExecutor(1)
        self._made = deque[Future[pa.Table | None]]()
        for _ in range(TABLES_AHEAD):
            self._order()

    def next(self) -> pa.Table | None:
        """The next table, or None at the end of a piece."""
        made = self._made.popleft()
        self._order()
        return made.result()

    def close(self) -> None:
        """Make no more of them."""
        self._pool.shutdown(cancel_futures=True)
        self._tables.close()

    def _order(self) -> None:
        self._made.append(self._pool.submit(next, self._tables, None))
