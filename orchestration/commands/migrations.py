"""`romashka migrate …`: the schema of both databases.

Belongs here: the subcommands and what they print. Not here: what a migration is (`operational_schema/migrate.py`).
"""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration import console, settings
from orchestration.databases import Databases, connect, prepare, ready

if TYPE_CHECKING:
    from operational_schema.verify import Report

app = typer.Typer(help="Bring the databases to the present schema.", invoke_without_command=True)


@app.callback()
def migrate(context: typer.Context) -> None:
    """Bring the databases to the present schema; `up` if nothing else is asked for."""
    if context.invoked_subcommand is None:
        up()


@app.command()
def up() -> None:
    """Apply what is pending, to both databases."""
    applied = prepare(_databases())
    for name in applied:
        console.say(f"applied {name}")
    console.say("both databases have the present schema" if applied else "nothing to do")


@app.command()
def status() -> None:
    """List the migrations and their state."""
    from operational_schema import migrate as runner

    rows = runner.status(_operational())
    console.table("", ("version", "name", "state"), [(row.version, row.name, row.state) for row in rows])


@app.command()
def verify(
    *, as_json: Annotated[bool, typer.Option("--json", help="the report for programs, on standard output")] = False
) -> None:
    """Compare the operational database with what the migrations promise; exit code 1 on any finding."""
    from operational_schema.verify import examine

    report = examine(_operational())
    if as_json:
        console.say(json.dumps(report.as_json(), indent=2))
    else:
        _show(report)
    if report.findings:
        raise typer.Exit(1)


def _show(report: "Report") -> None:
    sections = [(one.name, one.asked, len(one.findings), one.seconds) for one in report.sections]
    console.table(
        f"database {report.database}, PostgreSQL {report.server_version}",
        ("asked about", "questions", "findings", "seconds"),
        sections,
    )
    if report.queries:
        console.table(
            "", ("the application's queries", "ms"), [(one.finds, one.milliseconds) for one in report.queries]
        )
    for finding in report.findings:
        console.say(finding)
    if not report.findings:
        console.say("no finding")


@app.command()
def down(
    to: Annotated[str, typer.Argument(help="version that stays, 000 for none")],
    *,
    force: Annotated[bool, typer.Option("--force", help="also where rows are lost")] = False,
) -> None:
    """Take migrations back, newest first."""
    from operational_schema import migrate as runner

    for name in runner.down(_operational(), to, force=force):
        console.say(f"took back {name}")


@app.command()
def baseline(version: Annotated[str, typer.Argument(help="newest version that is already there")]) -> None:
    """Note migrations as applied without running them, for a database that was made by pasting the SQL."""
    from operational_schema import migrate as runner

    runner.baseline(_operational(), version)
    console.say(f"noted everything up to {version} as applied")


def _databases() -> Databases:
    return ready(settings.load())


def _operational() -> str:
    """URL of the operational database, once it has answered."""
    url = _databases().operational
    with connect(url):
        return url
