"""`romashka lifecycle …`: what became of a tenant's data.

Belongs here: the subcommand and what it prints. Not here: the facts and the page (`orchestration/lifecycle/report*.py`).
"""

from pathlib import Path
from typing import Annotated

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared

app = typer.Typer(help="What became of a tenant's data, for its auditor.")


@app.callback()
def lifecycle_group() -> None:
    """What became of a tenant's data, for its auditor."""


@app.command()
def report(
    *,
    tenant: Annotated[str, typer.Option(help="slug of the tenant")],
    to: Annotated[Path | None, typer.Option(help="file to write, .md or .pdf; printed if not given")] = None,
) -> None:
    """Rules, runs, holds, erasures and the trail, as they stand; verifies the trail."""
    from orchestration.lifecycle import report as facts
    from orchestration.lifecycle import report_page

    if to:
        report_page.check(to)
    databases = ready(settings.load())
    require_prepared(databases)
    gathered = facts.gather(databases, tenant)
    if to is None:
        console.say(report_page.markdown(gathered))
        return
    report_page.save(gathered, to)
    console.say(f"wrote {to}")
