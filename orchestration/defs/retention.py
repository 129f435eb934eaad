"""The asset of retention: that nothing is kept longer than its rule says.

Belongs here: how Dagster runs it, what the run page shows, and the checks that go red when it does not run, or cannot. Not
here: rules and deleting (`orchestration/lifecycle/`).
"""

import time
from typing import Any

import dagster as dg

from orchestration.databases import require_prepared
from orchestration.defs.jobs import RETENTION
from orchestration.defs.resources import House
from orchestration.lifecycle import retention, retention_everywhere, retention_ledger


@dg.asset(key=RETENTION, group_name="lifecycle", kinds={"postgres"}, deps=[["marts", "publication"]])
def rows_forgotten(context: dg.AssetExecutionContext, house: House) -> dg.MaterializeResult[None]:
    """What went, by tenant, and what stays although it is old enough, with the reason: a row of retention_runs per tenant."""
    databases = house.databases()
    require_prepared(databases)
    began = time.monotonic()
    done = retention_everywhere.run(databases, house.settings())
    for line in done.warnings:
        context.log.warning(line)
    kept = [
        f"| {tenant.tenant} | {table} | {reason} | {rows} |"
        for tenant in done.source
        for (table, reason), rows in tenant.kept.items()
    ]
    metadata: dict[str, Any] = {
        "dagster/row_count": done.rows,
        "rows_left_the_warehouse": sum(sum(tenant.rows.values()) for tenant in done.warehouse),
        "files_deleted": sum(len(tenant.files) for tenant in done.source) + done.expired.gone.total(),
        "rows_waiting_too_long": sum(tenant.waiting for tenant in done.source),
        "kept": dg.MetadataValue.md("\n".join(["| tenant | table | because | rows |", "|---|---|---|---|", *kept])),
        "seconds": round(time.monotonic() - began, 3),
    }
    if done.errors:
        raise dg.Failure(f"retention failed for {'; '.join(done.errors)}", metadata=metadata)
    return dg.MaterializeResult(metadata=metadata)


@dg.asset_check(asset=RETENTION)
def no_run_is_overdue(house: House) -> dg.AssetCheckResult:
    """A run of every tenant's rows and files has come to its end within the last 36 hours."""
    late = retention_ledger.overdue(house.databases().operational)
    return dg.AssetCheckResult(
        passed=not late,
        description=f"no run for 36 hours: {', '.join(late)}; switch the schedule retention_daily on" if late else None,
        metadata={"tenants_overdue": len(late)},
    )


@dg.asset_check(asset=RETENTION)
def nothing_waits_for_the_warehouse(house: House) -> dg.AssetCheckResult:
    """No row that should have gone three days ago is kept because the warehouse does not have it yet."""
    waiting = retention.waiting_too_long(house.databases().operational)
    told = ", ".join(f"{rows:,} rows of {slug}" for slug, rows in waiting.items())
    return dg.AssetCheckResult(
        passed=not waiting,
        description=f"{told} wait for the warehouse: look at the refreshes" if waiting else None,
        metadata={"rows_waiting": sum(waiting.values())},
    )
