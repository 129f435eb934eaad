"""Assets of the stage report: the mails that went out.

Belongs here: how Dagster runs due reports, and what the run page shows. Not here: slots, content, delivery
(`reports/`).
"""

import time
from datetime import UTC, datetime

import dagster as dg

from orchestration.defs.resources import House
from orchestration.mailing import transport
from reports.run import run_due


@dg.asset(key=["report", "deliveries"], group_name="report", deps=[["marts", "publication"]])
def deliveries(house: House) -> dg.MaterializeResult[None]:
    """The ledger of mails: one row per report, local slot and recipient. A run with a failed mail is not green."""
    databases, settings = house.databases(), house.settings()
    began = time.monotonic()
    done = run_due(
        operational_url=databases.operational,
        warehouse_url=databases.warehouse,
        at=datetime.now(UTC),
        transport=transport(settings),
        output=settings.reports,
        sender=settings.mail_from,
    )
    metadata = {
        "dagster/row_count": done.total,
        "seconds": round(time.monotonic() - began, 3),
        **dict(done.rows()),
    }
    if done.failed:
        raise dg.Failure(f"{done.failed} mails failed: romashka reports list says why", metadata=metadata)
    return dg.MaterializeResult(metadata=metadata)
