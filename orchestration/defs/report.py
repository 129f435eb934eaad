"""Assets of the stage report: the mails that went out, by type of report.

Belongs here: how Dagster runs due reports, and what the run page shows. Not here: slots, content, delivery
(`reports/`).
"""

import time
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestration.defs.resources import House
from orchestration.mailing import office
from reports.layout import TYPES
from reports.run import run_due
from reports.summary import RunSummary


def _asset(report_type: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["report", report_type],
        group_name="report",
        deps=[["marts", "publication"]],
        description=f"The mails of the reports of type {report_type}: one per report, local slot and recipient.",
    )
    def deliveries(house: House) -> dg.MaterializeResult[None]:
        began = time.monotonic()
        done = run_due(office(house.settings(), house.databases()), at=datetime.now(UTC), report_type=report_type)
        metadata = _metadata(done, seconds=time.monotonic() - began)
        if done.trouble:
            raise dg.Failure(done.trouble, metadata=metadata)
        return dg.MaterializeResult(metadata=metadata)

    return deliveries


def _metadata(done: RunSummary, *, seconds: float) -> dict[str, Any]:
    rows = [f"| {state} | {mails} |" for state, mails in done.rows()]
    return {
        "dagster/row_count": done.total,
        "outcome": "nothing was due" if done.was_idle else done.trouble or "went well",
        "seconds": round(seconds, 3),
        "recipients_by_state": dg.MetadataValue.md("\n".join(["| state | mails |", "|---|---|", *rows])),
        "passed_over": dg.MetadataValue.md("\n".join(f"- {line}" for line in done.passed_over) or "none"),
        **dict(done.rows()),
    }


@dg.definitions
def reports() -> dg.Definitions:
    """An asset for each type of report."""
    return dg.Definitions(assets=[_asset(report_type) for report_type in TYPES])
