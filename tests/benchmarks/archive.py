"""What the archive costs: all of it, and its messages, next to the same Parquet from memory, and next to a bare COPY of the
same tables; a night without a touched month.

Belongs here: the archive. Not here: the refresh before it (`volume.py`).
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from orchestration.embedded import EmbeddedServer
from orchestration.extraction.archive.relations import relations
from orchestration.extraction.archive.write import Written, write
from orchestration.refresh import refresh
from tests.benchmarks.draining import drained
from tests.benchmarks.figure import Figure
from tests.benchmarks.stopwatch import seconds_of
from tests.benchmarks.volume import CONVERSATIONS, KEY, filled

MESSAGES = "raw.messages"


def archive(server: EmbeddedServer) -> Iterator[Figure]:
    """A first archive, its messages from memory, and a second one without a change."""
    databases = filled(server, "archive", CONVERSATIONS)
    refresh(databases, pseudonym_key=KEY)
    with TemporaryDirectory(prefix="romashka-archive-") as home:
        folder = Path(home) / "archive"
        ended = {"": time.monotonic()}
        written = write(databases.warehouse, folder, on_step=lambda step: ended.setdefault(step, time.monotonic()))
        steps = list(ended)
        full = ended["noted"] - ended[""]
        messages = ended[MESSAGES] - ended[steps[steps.index(MESSAGES) - 1]]
        held = _held(folder, written)
        of_messages = [each for path, each in held.items() if f"/{MESSAGES}/" in path]
        all_from_memory = seconds_of(lambda: _write(list(held.values()), Path(home)))
        messages_from_memory = seconds_of(lambda: _write(of_messages, Path(home)))
        nothing = seconds_of(lambda: write(databases.warehouse, folder))
    with psycopg.connect(databases.warehouse) as warehouse:
        tables = [sql.SQL("select * from {}").format(each.identifier) for each in relations(warehouse)]
    copied = drained(databases.warehouse, *tables)
    messages_copied = drained(databases.warehouse, sql.SQL("select * from raw.messages"))
    yield Figure("archive.rows", written.rows, "rows")
    yield Figure("archive.full", full, "s")
    yield Figure("archive.full.to_parquet_from_memory", full / all_from_memory, "ratio")
    yield Figure("archive.full.to_copy_drained", full / copied, "ratio")
    yield Figure("archive.messages", sum(rows.num_rows for rows, _ in of_messages), "rows")
    yield Figure("archive.messages.seconds", messages, "s")
    yield Figure("archive.messages.to_parquet_from_memory", messages / messages_from_memory, "ratio")
    yield Figure("archive.messages.to_copy_drained", messages / messages_copied, "ratio")
    yield Figure("archive.nothing_touched", nothing, "s")
    yield Figure("archive.nothing_touched.to_full", nothing / full, "ratio")


def _held(folder: Path, written: Written) -> dict[str, tuple[pa.Table, list[str]]]:
    """Each file's rows in memory, and the columns that it has a dictionary of."""
    held = {}
    for path in written.manifest.entries:
        parquet = pq.ParquetFile(folder / path)
        group = parquet.metadata.row_group(0)
        chunks = [group.column(index) for index in range(group.num_columns)]
        held[path] = parquet.read(), [chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page]
    return held


def _write(held: list[tuple[pa.Table, list[str]]], folder: Path) -> None:
    for number, (rows, texts) in enumerate(held):
        pq.write_table(rows, folder / f"{number}.parquet", compression="zstd", use_dictionary=texts)
