"""The `romashka` command.

Belongs here: commands, their arguments, and what they print. Not here: what they do (the rooms they call), the
demonstration (`demo.py`) and the terminal (`console.py`). Imports of the rooms stand inside the commands: `romashka
status` must not wait for dbt.
"""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration import console, settings
from orchestration.commands import (
    archive,
    audit,
    erasing,
    exports,
    holding,
    lifecycle,
    migrations,
    readers,
    reconciling,
    refreshing,
    reports,
    retaining,
    secrets,
    subject,
)
from orchestration.errors import WarehouseError

app = typer.Typer(
    name="romashka",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    invoke_without_command=True,
)
app.add_typer(migrations.app, name="migrate")
app.add_typer(archive.app, name="archive")
app.add_typer(audit.app, name="audit")
app.add_typer(reports.app, name="reports")
app.add_typer(exports.app, name="exports")
app.add_typer(secrets.app, name="secrets")
app.add_typer(retaining.app, name="retention")
app.add_typer(holding.app, name="holds")
app.add_typer(subject.app, name="subject")
app.add_typer(lifecycle.app, name="lifecycle")
app.command("export")(exports.export)
app.command()(erasing.erase)
app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(readers.psql)
app.command("reader")(readers.reader)
app.command()(refreshing.refresh)
app.command()(reconciling.reconcile)


@app.callback()
def romashka(context: typer.Context) -> None:
    """The ROMASHKA analytics warehouse: operational schema, marts, reports."""
    if context.invoked_subcommand is None:
        console.say(context.get_help())


@app.command()
def start() -> None:
    """Start the embedded PostgreSQL server."""
    from orchestration.databases import embedded_server

    server = embedded_server(settings.load())
    console.say(f"started in {server.folder}" if server.start() else f"already running in {server.folder}")


@app.command()
def stop() -> None:
    """Stop the embedded PostgreSQL server."""
    from orchestration.databases import embedded_server

    console.say("stopped" if embedded_server(settings.load()).stop() else "was not running")


@app.command()
def status() -> None:
    """Say where the databases are, whether they answer, and how fresh the marts are."""
    from orchestration import overview

    console.table("", ("what", "state"), overview.status(settings.load()))


@app.command()
def url(which: readers.Which) -> None:
    """Print the URL of a database, as psql and every libpq program take it."""
    from orchestration.databases import ready

    console.say(getattr(ready(settings.load()), which.value))


@app.command()
def seed() -> None:
    """Load the demonstration rows of seed-data.sql."""
    from operational_schema import seeding
    from orchestration.databases import ready, require_prepared

    databases = ready(settings.load())
    require_prepared(databases)
    seeding.seed(databases.operational)
    console.say("loaded seed-data.sql: running it again changes nothing")


@app.command("import")
def import_history(
    file: Annotated[Path, typer.Argument(help="JSON Lines, in the form of the README")],
) -> None:
    """Import a history of conversations; importing a file again changes nothing."""
    from operational_schema import importing
    from orchestration.databases import ready, require_prepared
    from orchestration.extraction.pseudonym_key import pseudonym_key

    loaded = settings.load()
    databases = ready(loaded)
    require_prepared(databases)
    key = pseudonym_key(given=loaded.pseudonym_key, home=loaded.home)
    with console.progress(f"importing {file.name}") as advance:
        summary = importing.import_file(databases.operational, file, pseudonym_key=key, on_progress=advance)
    console.table(f"Imported {file.name}", ("rows", "inserted", "changed", "erased"), summary.rows())


@app.command()
def traffic(
    *,
    conversations: Annotated[int, typer.Option(min=1)] = 5_000,
    tenants: Annotated[int, typer.Option(min=1)] = 3,
    days: Annotated[int, typer.Option(min=1)] = 400,
    seed: Annotated[int, typer.Option()] = 1,
    until: Annotated[str | None, typer.Option(help="last day of the history, YYYY-MM-DD; today if not given")] = None,
) -> None:
    """Load synthetic support traffic, in bulk; the same arguments make the same rows."""
    from operational_schema import demo_traffic
    from orchestration.databases import ready, require_prepared

    databases = ready(settings.load())
    require_prepared(databases)
    with console.progress("making traffic", total=conversations) as advance:
        summary = demo_traffic.load_traffic(
            databases.operational,
            conversations=conversations,
            tenants=tenants,
            days=days,
            seed=seed,
            until=_end_of(until),
            on_progress=advance,
        )
    console.table("Loaded", ("rows", "inserted", "changed", "erased"), summary.rows())


@app.command()
def demo() -> None:
    """The whole main job on synthetic traffic, from nothing to a report in the mailbox."""
    from orchestration import demo as demonstration

    demonstration.run(settings.load())


@app.command()
def dev(port: Annotated[int, typer.Option()] = 3000) -> None:
    """Serve the Dagster UI on 127.0.0.1 until Ctrl-C."""
    from orchestration import dagster_ui

    dagster_ui.serve(settings.load(), port=port)


def _end_of(day: str | None) -> datetime:
    """The instant at which the history of a day, UTC, ends."""
    if day is None:
        return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        last = date.fromisoformat(day)
    except ValueError as error:
        raise WarehouseError(f"--until {day} is not a day: write YYYY-MM-DD") from error
    return datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=UTC)


def main() -> None:
    """Entry point of the command: the exit code is 0 only on success."""
    sys.exit(console.run(lambda: app(standalone_mode=False), log_folder=lambda: settings.load().home / "log"))
