"""`romashka audit …`: the audit trail of the operational database.

Belongs here: the subcommands and what they print. Not here: what a chain is (`operational_schema/auditing.py`).
"""

from pathlib import Path
from typing import Annotated

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared

app = typer.Typer(help="The audit trail: whether anybody has changed it.")


@app.callback()
def audit() -> None:
    """The audit trail: whether anybody has changed it."""


@app.command()
def verify(
    *,
    tenant: Annotated[str | None, typer.Option(help="slug of a tenant; all tenants if not given")] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="file, kept elsewhere, of the ends at the last time: compared, then written anew"),
    ] = None,
) -> None:
    """Hash every entry anew and name the first link of each chain that does not hold; exit code 1 on any."""
    from operational_schema import audit_checkpoint

    databases = ready(settings.load())
    require_prepared(databases)
    verified = audit_checkpoint.verify(databases.operational, tenant=tenant, checkpoint=checkpoint)
    for line in verified.lines:
        console.say(line)
    if verified.lines:
        raise typer.Exit(1)
    console.say(f"every link holds: {verified.entries:,} entries in {verified.chains:,} chains")
    if checkpoint:
        console.say(f"wrote the ends of the chains to {checkpoint}: keep it where the database's owner cannot write")
