"""The asset of exports that people have asked for.

Belongs here: how Dagster runs them, and what the run page shows. Not here: what an export holds (`reports/exports/`).
"""

from datetime import UTC, datetime

import dagster as dg

from orchestration.defs.resources import House
from reports.exports.jobs import run_pending


@dg.asset(key=["report", "exports"], group_name="report", deps=[["marts", "publication"]])
def exports(house: House) -> dg.MaterializeResult[None]:
    """The files of export_jobs: each with its size, rows and checksum, kept for thirty days."""
    databases = house.databases()
    done = run_pending(
        operational_url=databases.operational,
        warehouse_url=databases.warehouse,
        output=house.settings().exports,
        at=datetime.now(UTC),
    )
    metadata = {"dagster/row_count": sum(done.values()), **dict(done)}
    if done["failed"]:
        raise dg.Failure(f"{done['failed']} exports failed: their rows in export_jobs say why", metadata=metadata)
    return dg.MaterializeResult(metadata=metadata)
