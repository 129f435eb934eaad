"""What the archive costs: all messages next to the same Parquet from memory, and a night in which nothing was touched.

Belongs here: the archive. Not here: the refresh before it (`volume.py`).
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.embedded import EmbeddedServer
from orchestration.extraction.archive.write import Written, write
from orchestration.refresh import refresh
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
        held = _messages(folder, written)
        from_memory = seconds_of(lambda: _write(held, Path(home)))
        nothing = seconds_of(lambda: write(databases.warehouse, folder))
    yield Figure("archive.messages", sum(table.num_rows for table in held), "rows")
    yield Figure("archive.messages.seconds", messages, "s")
    yield Figure("archive.messages.to_parquet_from_memory", messages / from_memory, "ratio")
    yield Figure("archive.nothing_touched", nothing, "s")
    yield Figure("archive.nothing_touched.to_full", nothing / full, "ratio")


def _messages(folder: Path, written: Written) -> list[pa.Table]:
    entries = written.manifest.entries.values()
    return [pq.ParquetFile(folder / entry.path).read() for entry in entries if entry.parts[1] == MESSAGES]


def _write(tables: list[pa.Table], folder: Path) -> None:
    texts = ["sender_type"]
    for number, table in enumerate(tables):
        pq.write_table(table, folder / f"{number}.parquet", compression="zstd", use_dictionary=texts)
