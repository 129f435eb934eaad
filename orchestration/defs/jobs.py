"""What can be launched: the refresh of the marts, and the reports that are due.

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
