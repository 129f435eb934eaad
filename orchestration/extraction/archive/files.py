"""Rows of a query into one Parquet file for each tenant and month, while PostgreSQL still tells the next ones.

Belongs here: the stream, the files and their digests. Not here: which rows (`write.py`), and what files there are
(`manifest.py`). Memory holds one group of rows, however many there are.
"""

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from psycopg import sql

from copy_out.blocks import Block, blocks
from orchestration.extraction.archive.manifest import ASIDE, Entry
from orchestration.extraction.archive.relations import Relation, rests_as, travels_as

GROUP = 100_000
CHUNK = 4 * 2**20
Bucket = tuple[uuid.UUID, date | None]


def write(warehouse: psycopg.Connection, query: sql.Composed, relation: Relation, folder: Path) -> Iterator[Entry]:
    """Write the rows of a query that is ordered by tenant and month; it yields both before the columns."""
    files = _Files(folder, relation)
    statement = sql.SQL("copy ({}) to stdout (format csv)").format(query)
    with closing(blocks(warehouse, statement, size=CHUNK)) as told, ThreadPoolExecutor(1) as pool:
        before = pool.submit(list[Entry])
        for block in told:
            yield from before.result()
            before = pool.submit(files.add, block)
        yield from before.result()
    yield from files.end()


def _parsed(block: Block, types: dict[str, pa.DataType]) -> pa.RecordBatch:
    """Rows of CSV, typed."""
    has_more_lines = block.content.count(b"\n") > len(block.lengths)
    table = pacsv.read_csv(
        pa.BufferReader(block.content),
        read_options=pacsv.ReadOptions(column_names=list(types), use_threads=False),
        # Looking for the ends of quoted texts takes as long again as reading them.
        parse_options=pacsv.ParseOptions(newlines_in_values=has_more_lines),
        convert_options=pacsv.ConvertOptions(
            column_types=types, null_values=[""], true_values=["t"], false_values=["f"],
            strings_can_be_null=True, quoted_strings_can_be_null=False,
        ),
    )  # fmt: skip
    return table.combine_chunks().to_batches()[0]


def _by_bucket(batch: pa.RecordBatch) -> Iterator[tuple[Bucket, pa.RecordBatch]]:
    """Runs of rows of one tenant and month."""
    begins = 0
    tenants, months = batch.column(0), batch.column(1)
    while begins < batch.num_rows:
        tenant, month = tenants[begins].as_py(), months[begins].as_py()
        ends = _end_of_run(tenants, months, begins)
        yield (uuid.UUID(tenant), date.fromisoformat(month) if month else None), batch.slice(begins, ends - begins)
        begins = ends


def _end_of_run(tenants: pa.Array, months: pa.Array, begins: int) -> int:
    """Rows are ordered: the end is found by halving."""
    first, last = begins, len(tenants) - 1
    while first < last:
        middle = (first + last + 1) // 2
        is_same = all(column[middle].as_py() == column[begins].as_py() for column in (tenants, months))
        first, last = (middle, last) if is_same else (first, middle - 1)
    return first + 1


def sync(folder: Path, entries: Iterable[Entry]) -> None:
    """Have files on disk, several at a time: the disk takes them together, one by one each waits for its own turn."""

    def one(entry: Entry) -> None:
        with (folder / entry.path).open("rb") as written:
            os.fsync(written.fileno())

    with ThreadPoolExecutor(max_workers=16) as several:
        list(several.map(one, entries))


class _Files:
    """The files of a relation, one after the other."""

    def __init__(self, folder: Path, relation: Relation) -> None:
        self._folder, self._relation = folder, relation
        self._types = {"\0tenant": pa.string(), "\0month": pa.string()} | {
            name: travels_as(kind) for name, kind in relation.columns
        }
        self._open: _File | None = None

    def add(self, block: Block) -> list[Entry]:
        """Take more rows. Returns the files that are whole now."""
        whole = []
        for bucket, rows in _by_bucket(_parsed(block, self._types)):
            if self._open is None or self._open.bucket != bucket:
                whole += self.end()
                self._open = _File(self._folder, self._relation, bucket)
            self._open.add(rows)
        return whole

    def end(self) -> list[Entry]:
        """End the file that is open, if there is one."""
        ended = [self._open.close()] if self._open else []
        self._open = None
        return ended


class _File:
    """A file being written aside; it gets the name of its digest when it is whole."""

    def __init__(self, folder: Path, relation: Relation, bucket: Bucket) -> None:
        self.bucket = bucket
        self._relation, self._folder = relation, folder
        self._schema = pa.schema([(name, rests_as(kind)) for name, kind in relation.columns])
        self._rows, self._waiting, self._held = 0, 0, list[pa.RecordBatch]()
        self._aside = folder / ASIDE / uuid.uuid4().hex
        texts = [name for name, kind in relation.columns if kind == "text"]
        self._writer = pq.ParquetWriter(self._aside, self._schema, compression="zstd", use_dictionary=texts)

    def add(self, rows: pa.RecordBatch) -> None:
        """Take more rows."""
        columns = [rows.column(index + 2).cast(field.type) for index, field in enumerate(self._schema)]
        self._held.append(pa.record_batch(columns, schema=self._schema))
        self._waiting += rows.num_rows
        if self._waiting >= GROUP:
            self._flush()

    def close(self) -> Entry:
        """End the file and put it in its place; `sync` has it on disk."""
        self._flush()
        self._writer.close()
        with self._aside.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        tenant, month = self.bucket
        name = f"{f'{month:%Y-%m}' if month else 'undated'}-{digest[:16]}.parquet"
        entry = Entry(f"{tenant}/{self._relation.name}/{name}", self._rows, self._aside.stat().st_size, digest)
        place = self._folder / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        self._aside.rename(place)
        return entry

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.Table.from_batches(self._held))
        self._rows += self._waiting
        self._held, self._waiting = [], 0
