"""`romashka export …` and `romashka exports run`: rows of the marts as a file.

Belongs here: the arguments and what is printed. Not here: what an export holds, and how it is written (`reports/exports/`).
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.errors import WarehouseError
from reports.exports import export_now, jobs

app = typer.Typer(help="The exports that people have asked for in the application.")


class Kind(StrEnum):
    """What can be exported."""

    conversations = "conversations"
    analytics = "analytics"
    customers = "customers"


class Form(StrEnum):
    """How it can be written."""

    csv = "csv"
    excel = "excel"
    json = "json"
    parquet = "parquet"
    pdf = "pdf"


def export(
    kind: Annotated[Kind, typer.Argument(help="what to export")],
    tenant: Annotated[str, typer.Option(help="slug of the tenant")],
    form: Annotated[Form, typer.Option("--format", help="how to write it")],
    to: Annotated[list[str], typer.Option(help="the file; given twice, also the last local day, YYYY-MM-DD")],
    first: Annotated[str | None, typer.Option("--from", help="first local day, YYYY-MM-DD")] = None,
) -> None:
    """Write all rows of a tenant into a file: conversations, the rows of daily metrics, or customers by pseudonym."""
    last, file = _day_and_file(to)
    databases = ready(settings.load())
    require_prepared(databases)
    filters = {name: day for name, day in (("from", first), ("to", last)) if day is not None}
    written = export_now(databases.warehouse, tenant=tenant, kind=kind.value, form=form.value, filters=filters, to=file)
    console.say(f"wrote {written.rows:,} rows, {written.size:,} bytes, to {file}; SHA-256 {written.checksum}")


@app.command("run")
def run_exports() -> None:
    """Do every export that waits, and delete the files whose time is over."""
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    with console.progress("exports") as advance:
        done = jobs.run_pending(
            operational_url=databases.operational,
            warehouse_url=databases.warehouse,
            output=now.exports,
            at=datetime.now(UTC),
            on_progress=advance,
        )
    console.table("Exports", ("state", "jobs"), sorted(done.items()))
    if done["failed"]:
        raise typer.Exit(1)


def _day_and_file(to: list[str]) -> tuple[str | None, Path]:
    """The two meanings of --to told apart: a day, and a file."""
    days = [each for each in to if _is_day(each)]
    files = [each for each in to if not _is_day(each)]
    if len(files) != 1 or len(days) > 1:
        raise WarehouseError(
            "name one file with --to, such as --to rows.csv, and at most one day, such as --to 2026-01-31"
        )
    return (days[0] if days else None), Path(files[0])


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
