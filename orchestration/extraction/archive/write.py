"""One generation of the archive: touched months are written again, all others are neither read nor written.

Belongs here: the order of it. Not here: what is touched (`touched_months.py`), files (`files.py`), manifests (`manifest.py`),
and what becomes of months that retention took (`expired.py`). What leaves the warehouse, by retention or by erasure, leaves the
archive with the next generation: its months are touched too.
"""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.extraction.archive import expired, files, locking, manifest, touched_months, views
from orchestration.extraction.archive.expired import Retention
from orchestration.extraction.archive.gathering import Bucket
from orchestration.extraction.archive.manifest import Entry, Manifest
from orchestration.extraction.archive.readers import AtOnce, readers
from orchestration.extraction.archive.relations import Relation, relations
from orchestration.extraction.archive.spans import spans
from orchestration.extraction.archive.touched_months import Touched
from orchestration.extraction.sessions import connect

Buckets = set[Bucket] | None


@dataclass(frozen=True)
class Written:
    """The generation there is now, what was written for it, and what a person should know of the writing."""

    manifest: Manifest
    files: int
    rows: int
    bytes: int
    notice: str | None


def write(
    warehouse_url: str,
    folder: Path,
    *,
    retention: Retention | None = None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Written:
    """Bring the archive up to the warehouse. Broken off anywhere, the generation before it stays, whole.

    Months that retention took are set aside; a run of it drops those that have been for seven days.
    """
    with locking.writing(folder), connect(warehouse_url) as warehouse:
        before = manifest.read(folder)
        is_known, generation, watched = _begin(warehouse, before)
        warehouse.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        on_step("begun")
        with warehouse.transaction():
            _lock(warehouse, watched)
            as_of = warehouse.execute("select data_as_of from raw.extract").fetchone()
            if as_of is None:
                raise WarehouseError("nothing has been extracted yet: run romashka refresh")
            touched = touched_months.read(warehouse)
            archived = relations(warehouse)
            numbers = {each.name: each.numbers for each in archived if each.numbers}
            kept, to_write = _plan(archived, touched, before if is_known else None)
            with readers(warehouse, warehouse_url) as at_once:
                made = _write_all(warehouse, at_once, to_write, folder, on_step)
            aside = expired.settle(warehouse, folder, before, kept | made, retention)
        files.sync(folder, made.values())
        now = manifest.replace(folder, generation, as_of[0], kept | made, numbers, aside)
        on_step("replaced")
        with warehouse.transaction():
            touched_months.clear(warehouse, touched)
            warehouse.execute("update ops.archive_state set written = pending, pending = null")
        on_step("noted")
        if (folder / manifest.VIEWS).exists():
            # Before the files go that the ones of the last generation are over.
            views.replace(folder, now)
        manifest.sweep(folder, now)
    return _written(now, made.values(), at_once.told)


def _written(now: Manifest, made: Collection[Entry], notice: str | None) -> Written:
    return Written(now, len(made), sum(each.rows for each in made), sum(each.bytes for each in made), notice)


def _begin(warehouse: psycopg.Connection, before: Manifest | None) -> tuple[bool, uuid.UUID, tuple[Relation, ...]]:
    """Whether what is touched leads from the folder's generation to the present, the name of the next one, and what is watched.

    The next one is noted first: killed after the folder has it, it is known again, and the same months are written once more.
    """
    generation = uuid.uuid4()
    with warehouse.transaction():
        watched = relations(warehouse)
        touched_months.watch(warehouse, watched)
        row = warehouse.execute("select written, pending from ops.archive_state").fetchone()
        is_known = before is not None and row is not None and before.generation in row
        warehouse.execute(
            "insert into ops.archive_state (written, pending) values (%(before)s, %(next)s) "
            "on conflict (only_row) do update set written = %(before)s, pending = %(next)s",
            {"before": before.generation if before else None, "next": generation},
        )
    return is_known, generation, watched


def _lock(warehouse: psycopg.Connection, archived: tuple[Relation, ...]) -> None:
    """Before there is a snapshot: a table that is emptied or rewritten afterwards has no rows for it."""
    warehouse.execute(
        sql.SQL("lock table {} in access share mode").format(sql.SQL(", ").join(each.identifier for each in archived))
    )


def _plan(
    archived: tuple[Relation, ...], touched: Touched, before: Manifest | None
) -> tuple[dict[str, Entry], dict[Relation, Buckets]]:
    """Files that stay, and what is to be written."""
    names = {each.name for each in archived}
    kept = {path: entry for path, entry in before.entries.items() if entry.parts[1] in names} if before else {}
    to_write = dict[Relation, Buckets]()
    for relation in archived:
        buckets: Buckets = touched.buckets.get(relation.name, set()) if before else None
        if buckets is None or buckets:
            kept = {path: entry for path, entry in kept.items() if not _is_replaced(entry, relation, buckets)}
            to_write[relation] = buckets
    return kept, to_write


def _write_all(
    warehouse: psycopg.Connection,
    at_once: AtOnce,
    to_write: dict[Relation, Buckets],
    folder: Path,
    on_step: Callable[[str], None],
) -> dict[str, Entry]:
    """All files, a relation after the other."""
    writing = {
        relation: [at_once(partial(files.write, span, folder)) for span in spans(warehouse, relation, buckets)]
        for relation, buckets in to_write.items()
    }
    made = dict[str, Entry]()
    for relation, each in writing.items():
        made |= {entry.path: entry for future in each for entry in future.result()}
        on_step(relation.name)
    return made


def _is_replaced(entry: Entry, relation: Relation, buckets: Buckets) -> bool:
    tenant, name, month = entry.parts
    if name != relation.name or buckets is None:
        return name == relation.name
    return (uuid.UUID(tenant), None if month == "undated" else date.fromisoformat(f"{month}-01")) in buckets
