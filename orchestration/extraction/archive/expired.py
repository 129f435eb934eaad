"""Months that retention took out of the warehouse: their files are set aside, kept for seven days, then dropped.

Belongs here: which files these are, and when they go. Not here: the manifest that lists them (`manifest.py`), and what
retention takes (`orchestration/lifecycle/`). A file that is set aside stays where it is, and no generation has it any more:
neither views nor a restore read it. One that names somebody who was erased since is not kept.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pyarrow.parquet as pq

from orchestration.extraction.archive.manifest import Aside, Entry, Manifest

KEPT_ASIDE = timedelta(days=7)
# For so long the manifest says what was dropped: the ledger of a run that was killed asks for it.
REMEMBERED = timedelta(days=35)
SET_ASIDE, DROPPED = "files set aside", "files dropped after seven days"


@dataclass(frozen=True)
class Retention:
    """A run of retention: as of when, its rows of the ledger by tenant, and the tenants of whom nothing is held."""

    at: datetime
    runs: Mapping[UUID, UUID] = field(default_factory=dict)
    may_drop: Collection[UUID] = ()


def settle(
    warehouse: psycopg.Connection,
    folder: Path,
    before: Manifest | None,
    entries: Collection[str],
    retention: Retention | None,
) -> tuple[Aside, ...]:
    """What is aside when these files are the generation: what was and is not due, and what has left it by retention."""
    if before is None:
        return ()
    at = retention.at if retention else datetime.now(UTC)
    erased = _erased(warehouse)
    listed = [*before.aside, *_leaving(warehouse, before, entries, at)]
    settled = []
    for each in listed:
        if each.dropped_at:
            if each.dropped_at > at - REMEMBERED:
                settled.append(each)
        elif each.entry.path not in entries and not _names(folder / each.entry.path, each.entry, erased):
            settled.append(_dropped(each, retention) if retention and _is_due(each, retention) else each)
    return tuple(settled)


def of_runs(present: Manifest) -> dict[UUID, dict[str, dict[str, int]]]:
    """Files that were set aside and dropped, by run of retention and relation."""
    told: dict[UUID, dict[str, dict[str, int]]] = {}
    for each in present.aside:
        for run, what in ((each.run, SET_ASIDE), (each.dropped_by, DROPPED)):
            if run:
                counts = told.setdefault(UUID(run), {}).setdefault(each.entry.parts[1], {})
                counts[what] = counts.get(what, 0) + 1
    return told


def due(present: Manifest, retention: Retention) -> dict[UUID, dict[str, dict[str, int]]]:
    """What a run would drop, by tenant and relation."""
    told: dict[UUID, dict[str, dict[str, int]]] = {}
    for each in present.aside:
        if not each.dropped_at and _is_due(each, retention):
            counts = told.setdefault(UUID(each.entry.parts[0]), {}).setdefault(each.entry.parts[1], {DROPPED: 0})
            counts[DROPPED] += 1
    return told


def foreseen(
    present: Manifest,
    due: dict[UUID, dict[str, dict[str, int]]],
    changing: Mapping[UUID, Collection[tuple[str, str]]],
) -> dict[UUID, dict[str, dict[str, int]]]:
    """What is `due`, and what a run would set aside, with its months: files of relations and months that it is `changing`."""
    months: dict[tuple[UUID, str], list[str]] = {}
    for entry in present.entries.values():
        tenant, relation, month = entry.parts
        if (relation, month) in changing.get(UUID(tenant), ()):
            months.setdefault((UUID(tenant), relation), []).append(month)
    for (tenant_id, relation), found in months.items():
        span = min(found) if len(set(found)) == 1 else f"{min(found)} to {max(found)}"
        due.setdefault(tenant_id, {}).setdefault(relation, {})[f"{SET_ASIDE} of {span}"] = len(found)
    return due


def _leaving(
    warehouse: psycopg.Connection, before: Manifest, entries: Collection[str], at: datetime
) -> Iterator[Aside]:
    """Files of months before the first day that is kept of their tenant, which the new generation does not have."""
    first_days = _first_days(warehouse)
    for path, entry in before.entries.items():
        tenant, _, month = entry.parts
        first_day, run = first_days.get(UUID(tenant), (date.min, None))
        if path not in entries and month < first_day.isoformat()[:7]:
            yield Aside(entry, at, str(run) if run else None)


def _first_days(warehouse: psycopg.Connection) -> dict[UUID, tuple[date, UUID | None]]:
    """Of tenants with rows in `detached`, the first day that is kept, and the run that says so."""
    rows = warehouse.execute(
        "select distinct on (tenant_id) tenant_id, first_day, run_id from ops.detached where dropped_at is null "
        "order by tenant_id, first_day desc, id desc"
    ).fetchall()
    return {tenant: (first_day, run) for tenant, first_day, run in rows}


def _erased(warehouse: psycopg.Connection) -> set[str]:
    return {str(pseudonym) for (pseudonym,) in warehouse.execute("select pseudonym from ops.tombstones")}


def _names(file: Path, entry: Entry, erased: set[str]) -> bool:
    """Whether a file is there, and has the pseudonym of somebody who was erased."""
    if not erased or not file.exists():
        return False
    parquet = pq.ParquetFile(file)
    column = "id" if entry.parts[1] == "raw.customer_profiles" else "customer_key"
    if column not in parquet.schema_arrow.names:
        return False
    return any(not erased.isdisjoint(batch.column(0).to_pylist()) for batch in parquet.iter_batches(columns=[column]))


def _is_due(each: Aside, retention: Retention) -> bool:
    return each.since <= retention.at - KEPT_ASIDE and UUID(each.entry.parts[0]) in retention.may_drop


def _dropped(each: Aside, retention: Retention) -> Aside:
    run = retention.runs.get(UUID(each.entry.parts[0]))
    return replace(each, dropped_at=retention.at, dropped_by=str(run) if run else None)
