"""The asset of erasure: that whoever asked to be forgotten is, in time.

Belongs here: how Dagster runs it, what the run page shows, and the check that goes red before a day is missed. Not here: the
steps (`orchestration/lifecycle/erasure*.py`).
"""

import time
from typing import Any

import dagster as dg

from orchestration.databases import require_prepared
from orchestration.defs.jobs import ERASURE
from orchestration.defs.resources import House
from orchestration.lifecycle import erasure, erasure_ledger


@dg.asset(key=ERASURE, group_name="lifecycle", kinds={"postgres"}, deps=[["marts", "publication"]])
def customers_forgotten(context: dg.AssetExecutionContext, house: House) -> dg.MaterializeResult[None]:
    """Every request of erasure_requests that waits: done everywhere, and proven. The run page names requests, nobody else."""
    databases = house.databases()
    require_prepared(databases)
    began = time.monotonic()
    done, failed = erasure.erase_requested(
        databases, house.settings(), on_step=lambda step: context.log.info("%s is behind us", step)
    )
    rows = [f"| {each.request.id} | {place} | {what} | {count} |" for each in done for place, what, count in each.rows]
    metadata: dict[str, Any] = {
        "dagster/row_count": sum(not each.files_waiting for each in done),
        "files_waiting_in_storage": sum(each.files_waiting for each in done),
        "erased": dg.MetadataValue.md("\n".join(["| request | place | what | count |", "|---|---|---|---|", *rows])),
        "proofs": dg.MetadataValue.json({str(each.request.id): each.proof for each in done}),
        "seconds": round(time.monotonic() - began, 3),
    }
    if failed:
        raise dg.Failure(f"not erased: {'; '.join(failed)}", metadata=metadata)
    return dg.MaterializeResult(metadata=metadata)


@dg.asset_check(asset=ERASURE)
def no_erasure_is_late(house: House) -> dg.AssetCheckResult:
    """No request that is not completed is due within five days, or was due before."""
    late = erasure_ledger.late(house.databases().operational)
    told = ", ".join(f"request {each.id} of {each.slug} ({each.status}) is due {each.due_at:%Y-%m-%d}" for each in late)
    return dg.AssetCheckResult(
        passed=not late,
        description=f"{told}; run romashka erase --requested, and see erasure_requests.error_message" if late else None,
        metadata={"requests_late": len(late)},
    )
