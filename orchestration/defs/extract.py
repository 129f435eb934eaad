"""Assets of the stage extract: the tables of `raw`.

Belongs here: their specs and what their run pages show. Not here: how rows move (`orchestration/extraction/`). One
function makes all of them, because they are read in one snapshot.
"""

import time
from collections.abc import Iterator

import dagster as dg

from orchestration.databases import one_refresh_at_a_time, require_prepared
from orchestration.defs.resources import House
from orchestration.extraction.extract import extract
from orchestration.extraction.tables import TABLES


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
)
def raw(context: dg.AssetExecutionContext, config: ExtractConfig, house: House) -> Iterator[dg.MaterializeResult[None]]:
    """Every table of `raw`, equal to one snapshot of the operational database."""
    databases = house.databases()
    require_prepared(databases)
    began = time.monotonic()
    with one_refresh_at_a_time(databases.warehouse):
        done = extract(
            databases.operational, databases.warehouse, pseudonym_key=house.pseudonym_key(), full=config.full
        )
    seconds = time.monotonic() - began
    if done.full_because:
        context.log.info("Compared every row with the source: %s.", done.full_because)
    for name, landed in done.tables.items():
        yield dg.MaterializeResult(
            asset_key=["raw", name],
            metadata={
                "dagster/row_count": landed.rows,
                "inserted": landed.inserted,
                "updated": landed.updated,
                "deleted": landed.deleted,
                "seconds": round(seconds, 3),
                "data_as_of": dg.MetadataValue.timestamp(done.data_as_of),
            },
        )
