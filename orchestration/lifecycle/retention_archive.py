"""Retention in the archive: the files of months that left the warehouse are set aside, and dropped seven days later.

Belongs here: whether a run has anything to do there, and whose files it may drop. Not here: how
(`orchestration/extraction/archive/expired.py`).
"""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from uuid import UUID

from orchestration.databases import Databases, connect
from orchestration.extraction.archive import expired, locking, manifest
from orchestration.extraction.archive.expired import KEPT_ASIDE, Retention
from orchestration.extraction.archive.manifest import Manifest
from orchestration.extraction.archive.write import write
from orchestration.lifecycle.retention_detached import Detached
from orchestration.lifecycle.retention_ledger import Step
from orchestration.lifecycle.retention_periods import periods

Told = dict[UUID, dict[str, dict[str, int]]]
# A relation that was not watched before is touched whole.
LEAVING = """
    select exists (
        select from ops.archive_touched as touched
        inner join ops.detached as gone on gone.tenant_id = coalesce(touched.tenant_id, gone.tenant_id)
        where gone.dropped_at is null and (touched.tenant_id is null or touched.month < gone.first_day)
    )
"""
STILL_HELD = "select distinct tenant_id from ops.detached where dropped_at is null and detached_at <= %s"


def forget(
    databases: Databases,
    folder: Path,
    *,
    pseudonym_key: str,
    runs: Mapping[UUID, UUID],
    as_of: date | None,
    dry: bool,
    foreseen: Collection[Detached],
    on_step: Step,
) -> Told:
    """Set aside and drop what is due; an archive that nobody has written is left alone. Returns files by tenant and relation.

    Dry, only count, by what the run is `foreseen` to do in the warehouse.
    """
    present = _present(folder)
    known = periods(databases.operational, as_of, pseudonym_key=pseudonym_key) if present else []
    kept = [period for period in known if not period.is_held]
    if present is None or not kept:
        return {}
    with connect(databases.warehouse) as warehouse:
        at = max(period.as_of for period in kept)
        held = {tenant for (tenant,) in warehouse.execute(STILL_HELD, (at - KEPT_ASIDE,)).fetchall()}
        held -= {each.tenant_id for each in foreseen if dry and each.dropped}
        retention = Retention(at, runs, {period.tenant_id for period in kept} - held)
        is_leaving = warehouse.execute(LEAVING).fetchone() == (True,)
    due = expired.due(present, retention)
    if dry:
        return expired.foreseen(present, due, {each.tenant_id: each.changing for each in foreseen})
    if not is_leaving and not due:
        return {}
    now = write(
        databases.warehouse, folder, retention=retention, on_step=lambda step: on_step(f"archive {step}", "")
    ).manifest
    told = expired.of_runs(now)
    return {tenant: told[run] for tenant, run in runs.items() if run in told}


def of_runs(folder: Path) -> Told:
    """What runs of retention did to the archive, as it says itself."""
    present = _present(folder)
    return expired.of_runs(present) if present else {}


def _present(folder: Path) -> Manifest | None:
    if not folder.exists():
        return None
    with locking.reading(folder):
        return manifest.read(folder)
