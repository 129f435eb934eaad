"""What can be launched: the refresh of the marts, the reports that are due, and forgetting.

Belongs here: jobs, by the assets they make. Not here: when they run (`schedules.py`).
"""

import dagster as dg

# One refresh at a time: Dagster queues the next one, instead of letting it wait inside for the warehouse's lock.
EXCLUSIVE = "romashka/exclusive"

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.groups("extract", "transform"),
    description="Extract, transform, publish: bring the marts up to the present state of the operational database.",
    tags={EXCLUSIVE: "refresh"},
    executor_def=dg.in_process_executor,
)

PUBLICATION = dg.AssetKey(["marts", "publication"])

freshness_check = dg.define_asset_job(
    "freshness_check",
    selection=dg.AssetSelection.checks(dg.AssetCheckKey(PUBLICATION, "data_is_fresh")),
    description="Look whether the marts keep up, in a job of its own: a refresh that does not run checks nothing.",
    executor_def=dg.in_process_executor,
)

reports = dg.define_asset_job(
    "reports",
    selection=dg.AssetSelection.groups("report"),
    description="Render and mail every report whose slot has come, and write the exports that were asked for.",
    tags={EXCLUSIVE: "reports"},
    executor_def=dg.in_process_executor,
)

reconcile = dg.define_asset_job(
    "reconcile",
    selection=dg.AssetSelection.assets(["ops", "reconciliation"]),
    description="Hold every landed row against the source, and mend what differs; the next refresh builds the marts from it.",
    tags={EXCLUSIVE: "refresh"},
    executor_def=dg.in_process_executor,
)

archive = dg.define_asset_job(
    "archive",
    selection=dg.AssetSelection.assets(["ops", "archive"]),
    description="Write the touched months of the landed facts and of the marts as Parquet.",
    tags={EXCLUSIVE: "archive"},
    executor_def=dg.in_process_executor,
)

RETENTION = dg.AssetKey(["lifecycle", "retention"])

retention = dg.define_asset_job(
    "retention",
    selection=dg.AssetSelection.assets(RETENTION),
    description="Delete what every tenant's rules say is over, at the source, in the warehouse, and files.",
    tags={EXCLUSIVE: "retention"},
    executor_def=dg.in_process_executor,
)

retention_check = dg.define_asset_job(
    "retention_check",
    selection=dg.AssetSelection.checks(
        *(dg.AssetCheckKey(RETENTION, name) for name in ("no_run_is_overdue", "nothing_waits_for_the_warehouse"))
    ),
    description="Look whether retention runs at all, in a job of its own: one that does not run checks nothing.",
    executor_def=dg.in_process_executor,
)

ERASURE = dg.AssetKey(["lifecycle", "erasure"])

erasure = dg.define_asset_job(
    "erasure",
    selection=dg.AssetSelection.assets(ERASURE),
    description="Forget every customer who waits in erasure_requests: at the source, in the warehouse, in files; and prove it.",
    tags={EXCLUSIVE: "erasure"},
    executor_def=dg.in_process_executor,
)

erasure_check = dg.define_asset_job(
    "erasure_check",
    selection=dg.AssetSelection.checks(dg.AssetCheckKey(ERASURE, "no_erasure_is_late")),
    description="Look whether an erasure is late, in a job of its own: one that does not run checks nothing.",
    executor_def=dg.in_process_executor,
)
