"""`romashka retention …`: forgetting by rule.

Belongs here: the subcommand and what it prints. Not here: rules and deleting (`orchestration/lifecycle/`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.errors import WarehouseError
from orchestration.lifecycle import retention

app = typer.Typer(help="Forgetting by rule: what is older than its table's period.")


@app.callback()
def retention_group() -> None:
    """Forgetting by rule: what is older than its table's period."""


@app.command()
def run(
    *,
    dry: Annotated[bool, typer.Option("--dry-run", help="only count, by table, tenant and reason")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="local day to take for today, YYYY-MM-DD; now if not given")
    ] = None,
) -> None:
    """Delete what every tenant's rules say, in batches; a second run finds nothing. Broken off, the next one goes on."""
    day = _day(as_of)
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    with console.progress("retention") as advance:
        done = retention.run(
            databases.operational,
            exports=now.exports,
            as_of=day,
            dry=dry,
            on_step=lambda step, tenant: advance(what=f"retention of {tenant}"),
        )
    _show(done, dry=dry)


def _show(done: list[retention.Forgotten], *, dry: bool) -> None:
    went = "would be deleted" if dry else "deleted"
    rows = [row for tenant in done for row in _rows(tenant, went)]
    if rows:
        console.table("Retention", ("tenant", "table", "what", "rows"), rows)
    console.say(f"{sum(tenant.deleted.total() for tenant in done):,} rows {went}, of {len(done):,} tenants")
    for tenant in done:
        if tenant.waiting:
            console.say(
                f"{tenant.tenant}: {tenant.waiting:,} rows should have gone more than {retention.WAITS_TOO_LONG.days} days "
                "ago and wait for the warehouse: run romashka refresh"
            )
    failed = [f"{tenant.tenant}: {tenant.error}" for tenant in done if tenant.error]
    if failed:
        raise WarehouseError(f"retention failed for {'; '.join(failed)}")


def _rows(tenant: retention.Forgotten, went: str) -> Iterator[tuple[str, str, str, int]]:
    for table, rows in tenant.deleted.items():
        yield tenant.tenant, table, went, rows
    if tenant.files:
        yield tenant.tenant, "files of export_jobs", went, len(tenant.files)
    for (table, reason), rows in tenant.kept.items():
        yield tenant.tenant, table, f"kept: {reason}", rows


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WarehouseError(f"--as-of {text} is not a day: write YYYY-MM-DD") from error
