"""`romashka retention …`: forgetting by rule.

Belongs here: the subcommand and what it prints. Not here: rules and deleting (`orchestration/lifecycle/`).
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.errors import WarehouseError

if TYPE_CHECKING:
    from orchestration.lifecycle.retention_everywhere import Done

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
    from orchestration.lifecycle import retention_everywhere

    day = _day(as_of)
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    with console.progress("retention") as advance:
        done = retention_everywhere.run(
            databases, now, as_of=day, dry=dry, on_step=lambda step, tenant: advance(what=f"retention {tenant}")
        )
    rows = list(_rows(done, went="would be deleted" if dry else "deleted", left="would leave" if dry else "left"))
    if rows:
        console.table("Retention", ("tenant", "table", "what", "rows"), rows)
    console.say(f"{done.rows:,} rows {'would be ' if dry else ''}deleted, of {len(done.source):,} tenants")
    for line in done.warnings:
        console.say(line)
    if done.errors:
        raise WarehouseError(f"retention failed for {'; '.join(done.errors)}")


def _rows(done: "Done", *, went: str, left: str) -> Iterator[tuple[str, str, str, int]]:
    for tenant in done.source:
        for table, rows in tenant.deleted.items():
            yield tenant.tenant, table, went, rows
        if tenant.files:
            yield tenant.tenant, "files of export_jobs", went, len(tenant.files)
        for (table, reason), rows in tenant.kept.items():
            yield tenant.tenant, table, f"kept: {reason}", rows
        for relation, counts in done.archive.get(tenant.tenant_id, {}).items():
            yield from ((tenant.tenant, f"archive of {relation}", what, count) for what, count in counts.items())
    for past in done.warehouse:
        for table, rows in past.rows.items():
            yield past.tenant, f"raw.{table}", f"{left}: before {past.first_day}", rows
        for table, rows in past.dropped.items():
            yield past.tenant, f"detached.{table}", f"{went}: aside for seven days", rows
    yield from ((slug, kind, went, count) for (slug, kind), count in done.expired.gone.items())
    if nobodys := done.expired.kept["", "mails"]:
        yield "", "mails of no known tenant", "kept: legal hold", nobodys


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WarehouseError(f"--as-of {text} is not a day: write YYYY-MM-DD") from error
