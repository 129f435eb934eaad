"""`romashka reconcile`: whether raw holds what the source holds, and mending it.

Belongs here: its arguments, and what it prints. Not here: comparing (`extraction/reconciling.py`).
"""

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration import console, settings
from orchestration.errors import WarehouseError

if TYPE_CHECKING:
    from orchestration.extraction.reconciling import Reconciliation


def reconcile(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what differs, mend nothing; exit code 1 if anything")
    ] = False,
) -> None:
    """Compare every landed row with the source, whatever the change log says, and mend what differs."""
    from orchestration import refresh
    from orchestration.databases import one_refresh_at_a_time, ready, require_prepared
    from orchestration.extraction import reconciling
    from orchestration.extraction.pseudonym_key import pseudonym_key

    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    key = pseudonym_key(given=now.pseudonym_key, home=now.home)
    with console.progress("comparing") as advance, one_refresh_at_a_time(databases.warehouse):
        done = reconciling.reconcile(
            databases.operational, databases.warehouse, pseudonym_key=key, is_dry=dry_run,
            on_table=lambda name: advance(what=name),
        )  # fmt: skip
    _say(done)
    if dry_run and done.differences:
        raise WarehouseError("raw is not what the source is: romashka reconcile mends it")
    if done.differences:
        refresh.refresh(databases, pseudonym_key=key)
        console.say("the marts were built anew where that changed them")
    if done.skipped:
        raise WarehouseError(f"{len(done.skipped)} tables were not compared: mend what is said above")


def _say(done: "Reconciliation") -> None:
    for line in done.notices:
        console.say(line)
    for line in done.skipped.values():
        console.say(f"not compared: {line}")
    console.table(
        "What differed",
        ("table", "tenant", "month", "source", "raw", "missing", "extra", "unlike"),
        [
            (each.table, str(each.tenant_id or ""), f"{each.month:%Y-%m}" if each.month else "", each.source_rows,
             each.landed_rows, each.missing, each.extra, each.unlike)
            for each in done.differences
        ],
    )  # fmt: skip
    mended = sum(each.rows for each in done.differences)
    verb = "differ" if done.is_dry else "differed and were mended"
    console.say(f"{sum(done.rows.values())} rows compared, {mended} {verb}; data as of {done.data_as_of.isoformat()}")
