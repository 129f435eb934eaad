"""`romashka reports …`: scheduled reports, by hand.

Belongs here: the subcommands and what they print. Not here: what a report is (`reports/`).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.errors import WarehouseError
from orchestration.mailing import transport
from reports import run as runs

app = typer.Typer(help="Scheduled reports: send what is due, look at one, list them.")


@app.command()
def run(
    at: Annotated[str | None, typer.Option(help="instant to take for now, such as 2026-01-05T08:00:00Z")] = None,
) -> None:
    """Render and mail every report whose slot has come; one that was sent is not sent again."""
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    with console.progress("reports") as advance:
        done = runs.run_due(
            operational_url=databases.operational,
            warehouse_url=databases.warehouse,
            at=_instant(at),
            transport=transport(now),
            output=now.reports,
            sender=now.mail_from,
            on_progress=advance,
        )
    console.table("Deliveries", ("state", "mails"), done.rows())
    if done.failed:
        raise typer.Exit(1)


@app.command()
def preview(
    slug: Annotated[str, typer.Argument(help="the report's slug, or tenant/report")],
    to: Annotated[Path, typer.Option(help="file to write: .pdf, .xlsx or .html")],
) -> None:
    """Render a report's latest slot into a file, and send nothing."""
    databases = ready(settings.load())
    require_prepared(databases)
    runs.preview(
        operational_url=databases.operational,
        warehouse_url=databases.warehouse,
        slug=slug,
        to=to,
        at=datetime.now(UTC),
    )
    console.say(f"wrote {to}")


@app.command("list")
def list_reports() -> None:
    """List the scheduled reports, their next slots and what became of the last."""
    databases = ready(settings.load())
    require_prepared(databases)
    rows = runs.list_reports(databases.operational)
    headings = ("tenant", "report", "type", "schedule", "zone", "next", "last")
    console.table("", headings, rows)


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise WarehouseError(f"--at {text} is not an instant: write it as 2026-01-05T08:00:00Z") from error
    if instant.tzinfo is None:
        raise WarehouseError(f"--at {text} says no zone: append Z, or an offset such as +01:00")
    return instant
