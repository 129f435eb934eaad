"""The asset that is the Parquet archive.

Belongs here: how Dagster runs it, and what the run page shows. Not here: files (`orchestration/extraction/archive/`).
"""

import dagster as dg

from orchestration.databases import require_prepared
from orchestration.defs.failures import told
from orchestration.defs.resources import House
from orchestration.extraction.archive.write import write


@dg.asset(key=["ops", "archive"], group_name="upkeep", deps=[["marts", "daily_metrics"], ["raw", "messages"]])
def archive(context: dg.AssetExecutionContext, house: House) -> dg.MaterializeResult[None]:
    """Landed facts and marts by tenant and month; only months that were touched are written."""
    with told():
        databases = house.databases()
        require_prepared(databases)
        done = write(databases.warehouse, house.settings().archive)
    if done.notice:
        context.log.warning(done.notice)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": done.manifest.rows,
            "files": len(done.manifest.entries),
            "files written": done.files,
            "rows written": done.rows,
            "bytes written": done.bytes,
            "data as of": done.manifest.data_as_of.isoformat(),
        }
    )
