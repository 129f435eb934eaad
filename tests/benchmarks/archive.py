"""What the archive costs: all of it, and its messages, next to the same files from memory, and next to a bare COPY of the same
tables; a night without a touched month.

Belongs here: the archive. Not here: the refresh before it (`volume.py`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from orchestration.embedded import EmbeddedServer
from orchestration.extraction.archive import files, manifest
from orchestration.extraction.archive.gathering import Bucket
from orchestration.extraction.archive.relations import Relation, relations
from orchestration.extraction.archive.write import write
from orchestration.refresh import refresh
from tests.benchmarks.draining import drained
from tests.benchmarks.figure import Figure
from tests.benchmarks.stopwatch import seconds_of
from tests.benchmarks.volume import CONVERSATIONS, KEY, filled

MESSAGES = "raw.messages"
# One round of either may meet a disk that is at work.
ROUNDS = 5


@dataclass(frozen=True)
class Held:
    """The rows of one file, in memory."""

    relation: Relation
    bucket: Bucket
    rows: pa.Table


def archive(server: EmbeddedServer) -> Iterator[Figure]:
    """First archives, the messages of one again, the same from memory, and a night without a change."""
    databases = filled(server, "archive", CONVERSATIONS)
    refresh(databases, pseudonym_key=KEY)
    with TemporaryDirectory(prefix="romashka-archive-") as home:
        fulls = [_seconds_of_all(databases.warehouse, Path(home) / f"archive {number}") for number in range(ROUNDS)]
        folder = Path(home) / f"archive {ROUNDS - 1}"
        held = list(_held(databases.warehouse, folder))
        of_messages = [each for each in held if each.relation.name == MESSAGES]
        yield from _figures("archive.full", median(fulls), held)
        seconds = [_seconds_of_messages(databases.warehouse, folder) for _ in range(ROUNDS)]
        yield from _figures("archive.messages", median(seconds), of_messages)
        nothing = seconds_of(lambda: write(databases.warehouse, folder))
    with psycopg.connect(databases.warehouse) as warehouse:
        tables = [sql.SQL("select * from {}").format(each.identifier) for each in relations(warehouse)]
    yield Figure("archive.full.to_copy_drained", median(fulls) / drained(databases.warehouse, *tables), "ratio")
    yield Figure("archive.nothing_touched", nothing, "s")
    yield Figure("archive.nothing_touched.to_full", nothing / median(fulls), "ratio")


def _figures(name: str, seconds: float, held: list[Held]) -> Iterator[Figure]:
    """Next to the archive's own writer with the rows in memory, and to Arrow's alone: no digests, and nothing on disk yet."""
    yield Figure(f"{name}.rows", sum(each.rows.num_rows for each in held), "rows")
    yield Figure(f"{name}.seconds", seconds, "s")
    for to, written in (("parquet_from_memory", _archived), ("parquet_not_on_disk", _written)):
        rounds = [_seconds_in_a_folder(written, held) for _ in range(ROUNDS)]
        yield Figure(f"{name}.to_{to}", seconds / median(rounds), "ratio")


def _seconds_of_all(warehouse_url: str, folder: Path) -> float:
    """A first generation in a folder."""
    return seconds_of(lambda: write(warehouse_url, folder))


def _seconds_of_messages(warehouse_url: str, folder: Path) -> float:
    """A generation for which all messages are touched, and nothing else."""
    with psycopg.connect(warehouse_url) as warehouse:
        warehouse.execute("insert into ops.archive_touched (relation) values (%s)", (MESSAGES,))
    return seconds_of(lambda: write(warehouse_url, folder))


def _held(warehouse_url: str, folder: Path) -> Iterator[Held]:
    """Each file's rows."""
    with psycopg.connect(warehouse_url) as warehouse:
        by_name = {each.name: each for each in relations(warehouse)}
    present = manifest.read(folder)
    for entry in present.entries.values() if present else ():
        tenant, name, month = entry.parts
        bucket = UUID(tenant), None if month == "undated" else date.fromisoformat(f"{month}-01")
        yield Held(by_name[name], bucket, pq.ParquetFile(folder / entry.path).read())


def _seconds_in_a_folder(written: Callable[[list[Held], Path], None], held: list[Held]) -> float:
    with TemporaryDirectory(prefix="romashka-parquet-") as home:
        (Path(home) / manifest.ASIDE).mkdir()
        return seconds_of(lambda: written(held, Path(home)))


def _archived(held: list[Held], folder: Path) -> None:
    entries = []
    for each in held:
        file = files.File(folder, each.relation, each.bucket)
        file.add(each.rows)
        entries.append(file.close())
    files.sync(folder, entries)


def _written(held: list[Held], folder: Path) -> None:
    for number, each in enumerate(held):
        pq.write_table(
            each.rows, folder / f"{number}.parquet", compression="zstd", use_dictionary=list(each.relation.texts)
        )
