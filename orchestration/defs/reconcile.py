"""The asset that holds raw against the source, row by row.

Belongs here: how Dagster runs it, and what the run page shows. Not here: comparing (`orchestration/extraction/reconciling.py`).
"""

import dagster as dg

from orchestration.databases import one_refresh_at_a_time, require_prepared
from orchestration.defs.resources import House
from orchestration.extraction.reconciling import reconcile


@dg.asset(key=["ops", "reconciliation"], group_name="upkeep", deps=[["raw", "messages"], ["raw", "conversations"]])
def reconciliation(house: House) -> dg.MaterializeResult[None]:
    """Every landed row compared with the source, whatever the change log says; what differed is mended."""
    databases = house.databases()
    require_prepared(databases)
    with one_refresh_at_a_time(databases.warehouse):
        done = reconcile(databases.operational, databases.warehouse, pseudonym_key=house.pseudonym_key())
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(done.rows.values()),
            "mended": sum(each.rows for each in done.differences),
            "buckets that differed": len(done.differences),
            "tables not compared": len(done.skipped),
            "data as of": done.data_as_of.isoformat(),
        }
    )
