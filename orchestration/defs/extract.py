"""Assets of the stage extract: the tables of `raw`.

Belongs here: their specs and what their run pages show. Not here: how rows move (`orchestration/extraction/`). One
function makes all of them, because they are read in one snapshot.
"""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.databases import connect, one_refresh_at_a_time, require_prepared
from orchestration.defs.failures import told
from orchestration.defs.resources import House
from orchestration.extraction import gauges
from orchestration.extraction.extract import Extract
from orchestration.extraction.gauges import ChangeLog
from orchestration.extraction.landing import Landed
from orchestration.extraction.tables import TABLES
from orchestration.extraction.tombstones import extract_obeying

FOLLOWS = "follows_the_source"
# Of all tables; a check needs one to stand at.
NOBODY_HOLDS_BACK = dg.AssetCheckSpec(
    "no_transaction_is_left_open",
    asset=["raw", "conversations"],
    description="No transaction of the source has been open for so long that its rows, and the change log, wait for it.",
)


class ExtractConfig(dg.Config):
    """`full`: compare every row with the source, instead of reading the change log."""

    full: bool = False


@dg.multi_asset(
    name="raw",
    specs=[
        dg.AssetSpec(
            ["raw", table.name],
            group_name="extract",
            kinds={"postgres"},
            description=f"One row per row of public.{table.name}, de-identified.",
        )
        for table in TABLES
    ],
    check_specs=[
        dg.AssetCheckSpec(
            FOLLOWS,
            asset=["raw", table.name],
            description="The last extract could read the table, and the log hears its changes.",
        )
        for table in TABLES
    ]
    + [NOBODY_HOLDS_BACK],
)
def raw(
    context: dg.AssetExecutionContext, config: ExtractConfig, house: House
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Every table of `raw`, equal to one snapshot of the operational database."""
    began = time.monotonic()
    with told():
        databases = house.databases()
        require_prepared(databases)
        with one_refresh_at_a_time(databases.warehouse):
            done = extract_obeying(
                databases.operational, databases.warehouse, pseudonym_key=house.pseudonym_key(), full=config.full
            )
        seconds = round(time.monotonic() - began, 3)
        with connect(databases.operational) as source, connect(databases.warehouse) as warehouse:
            log, unheard = gauges.change_log(source), gauges.unheard(source)
            rejected, known_until = gauges.rejected(warehouse), gauges.known_until(warehouse)
    _tell(context, done)
    yield _held_back(done)
    troubles = unheard | done.halted
    for name, landed in done.tables.items():
        yield dg.AssetCheckResult(
            asset_key=["raw", name],
            check_name=FOLLOWS,
            passed=name not in troubles,
            description=troubles.get(name, "equals the source as of the extract"),
        )
        yield dg.MaterializeResult(
            asset_key=["raw", name],
            metadata=_metadata(done, landed, log)
            | {
                "rejected_so_far": rejected.get(name, 0),
                "data_as_of": dg.MetadataValue.timestamp(known_until[name]),
                "seconds": seconds,
            },
        )


def _held_back(done: Extract) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=NOBODY_HOLDS_BACK.asset_key,
        check_name=NOBODY_HOLDS_BACK.name,
        passed=done.held_back is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=done.held_back,
    )


def _tell(context: dg.AssetExecutionContext, done: Extract) -> None:
    """What a person should read on the run's page."""
    if done.full_because:
        context.log.info("Compared every row with the source: %s.", done.full_because)
    for line in (*done.notices, *done.halted.values()):
        context.log.warning(line)


def _metadata(done: Extract, landed: Landed, log: ChangeLog) -> dict[str, Any]:
    """The figures of one table, and of the log that all of them share."""
    return {
        "dagster/row_count": landed.rows,
        "inserted": landed.inserted,
        "updated": landed.updated,
        "deleted": landed.deleted,
        "rejected": landed.rejected,
        "change_log_rows_read": done.log_rows,
        "change_log_rows": log.rows,
        "change_log_mb": round(log.bytes / 2**20, 1),
        "snapshot_seconds": round(done.snapshot_seconds, 3),
        "oldest_open_transaction_seconds": round(done.oldest_writer.seconds, 1) if done.oldest_writer else 0.0,
    }
