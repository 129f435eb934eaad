"""Rows of a span into one Parquet file for each tenant and month.

Belongs here: the files and their digests. Not here: which rows (`spans.py`), how they are read (`gathering.py`), and what files
there are (`manifest.py`).
"""

import hashlib
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.extraction.archive import manifest
from orchestration.extraction.archive.gathering import Bucket
from orchestration.extraction.archive.manifest import ASIDE, Entry
from orchestration.extraction.archive.relations import Relation
from orchestration.extraction.archive.spans import Span

GROUP = 100_000
BUFFER = 2**20


def write(span: Span, folder: Path, reader: psycopg.Connection) -> list[Entry]:
    """Write all rows of a span, and put its files in their places."""
    waiting, done = dict[Bucket, File](), list[Entry]()
    for where in span.wheres:
        for bucket, rows in span.gathering.groups(reader, where, span.month):
            file = waiting.setdefault(bucket, File(folder, span.gathering.relation, bucket))
            file.add(rows)
            if where is span.wheres[-1]:
                done.append(waiting.pop(bucket).close())
    return [*done, *(file.close() for file in waiting.values())]


def sync(folder: Path, entries: Iterable[Entry]) -> None:
    """Have files and their names on disk, several at a time: one by one, each waits for a turn of the disk of its own."""
    files = {folder / entry.path for entry in entries}
    with ThreadPoolExecutor(max_workers=16) as several:
        list(several.map(manifest.sync, files | {file.parent for file in files}))


class File:
    """A file being written aside; it gets the name of its digest when it is whole."""

    def __init__(self, folder: Path, relation: Relation, bucket: Bucket) -> None:
        self._folder, self._relation, self._bucket = folder, relation, bucket
        self._rows, self._waiting, self._held = 0, 0, list[pa.Table]()
        self._aside = folder / ASIDE / uuid.uuid4().hex
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Take more rows."""
        self._held.append(rows)
        self._waiting += rows.num_rows
        if self._waiting >= GROUP:
            self._flush()

    def close(self) -> Entry:
        """End the file and put it in its place; `sync` has it on disk."""
        self._flush()
        self._open().close()
        self._sink.close()
        with self._aside.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        tenant, month = self._bucket
        # %Y has no zeros before a year of three digits.
        name = f"{month.isoformat()[:7] if month else 'undated'}-{digest[:16]}.parquet"
        entry = Entry(f"{tenant}/{self._relation.name}/{name}", self._rows, self._aside.stat().st_size, digest)
        place = self._folder / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        self._aside.rename(place)
        return entry

    def _open(self) -> pq.ParquetWriter:
        """The writer. Files that are short are open only while they are written: there may be thousands in a span."""
        if self._writer is None:
            self._sink = pa.output_stream(str(self._aside), compression=None, buffer_size=BUFFER)
            self._writer = pq.ParquetWriter(
                self._sink, self._relation.arrow, compression="zstd", use_dictionary=self._relation.texts
            )
        return self._writer

    def _flush(self) -> None:
        if self._held:
            self._open().write_table(pa.concat_tables(self._held), row_group_size=GROUP)
        self._rows += self._waiting
        self._held, self._waiting = [], 0
