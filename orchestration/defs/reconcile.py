"""The asset that holds raw against the source, row by row.

Belongs here: how Dagster runs it, what the run page shows, and the check that is red when there was something to mend. Not
here: comparing (`orchestration/extraction/reconciling.py`).
"""

from collections.abc import Iterable, Iterator

import dagster as dg

from orchestration.databases import one_refresh_at_a_time, require_prepared
from orchestration.defs.failures import told
from orchestration.defs.resources import House
from orchestration.extraction.comparing import Difference
from orchestration.extraction.reconciling import Reconciliation, reconcile

RECONCILIATION = dg.AssetKey(["ops", "reconciliation"])
ALIKE = "raw_was_what_the_source_is"
# Of more, ops.reconciled_buckets has the others.
SHOWN = 200


@dg.asset(
    key=RECONCILIATION,
    group_name="upkeep",
    deps=[["raw", "messages"], ["raw", "conversations"]],
    check_specs=[
        dg.AssetCheckSpec(
            ALIKE,
            asset=RECONCILIATION,
            description="The last comparison left no table out, and found nothing to mend.",
        )
    ],
)
def reconciliation(
    context: dg.AssetExecutionContext, house: House
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Every landed row compared with the source, whatever the change log says; what differed is mended."""
    with told():
        databases = house.databases()
        require_prepared(databases)
        with one_refresh_at_a_time(databases.warehouse):
            done = reconcile(databases.operational, databases.warehouse, pseudonym_key=house.pseudonym_key())
    lines = [*by_table(done.differences), *done.skipped.values()]
    for line in (*done.notices, *lines):
        context.log.warning(line)
    mended = sum(each.rows for each in done.differences)
    yield dg.AssetCheckResult(
        asset_key=RECONCILIATION,
        check_name=ALIKE,
        passed=not lines,
        description="; ".join(lines) or "every row compared was what the source has",
        metadata={"tables": len(lines), "rows_mended": mended},
    )
    yield dg.MaterializeResult(
        asset_key=RECONCILIATION,
        metadata={
            "dagster/row_count": sum(done.rows.values()),
            "mended": mended,
            "mended by table and month": dg.MetadataValue.md(_buckets(done)),
            "tables not compared": len(done.skipped),
            "data as of": done.data_as_of.isoformat(),
        },
    )


def by_table(differences: Iterable[Difference]) -> list[str]:
    """What was mended, a line for each table: its months and its rows."""
    found: dict[str, list[Difference]] = {}
    for each in differences:
        found.setdefault(each.table, []).append(each)
    return [
        f"raw.{table}, {', '.join(sorted({_month(each) for each in buckets}))}: {sum(each.missing for each in buckets)} rows "
        f"were missing, {sum(each.extra for each in buckets)} too many, {sum(each.unlike for each in buckets)} unlike; mended"
        for table, buckets in found.items()
    ]


def _buckets(done: Reconciliation) -> str:
    rows = [
        f"| {each.table} | {_month(each)} | {each.tenant_id or ''} | {each.missing} | {each.extra} | {each.unlike} |"
        for each in done.differences[:SHOWN]
    ]
    head = ["| table | month | tenant | missing | too many | unlike |", "|---|---|---|---|---|---|"]
    more = len(done.differences) - len(rows)
    return "\n".join([*head, *rows, *([f"| and {more} more |"] if more > 0 else [])])


def _month(each: Difference) -> str:
    return f"{each.month:%Y-%m}" if each.month else "undated"
