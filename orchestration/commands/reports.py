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
from orchestration.mailing import mail_key, office, unsubscribing
from reports import by_hand
from reports.run import run_due
from reports.summary import RunSummary

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
        done = run_due(office(now, databases), at=_instant(at), on_progress=advance)
    _show(done)


@app.command()
def resend(
    failed: Annotated[bool, typer.Option("--failed", help="those that failed; nothing else can be sent twice")] = False,
    slug: Annotated[str | None, typer.Argument(help="the report's slug, or tenant/report; all without one")] = None,
    days: Annotated[int, typer.Option(min=1, help="of slots of so many days")] = by_hand.SENT_AGAIN_DAYS,
) -> None:
    """Send again what failed, after its cause was mended."""
    if not failed:
        raise WarehouseError("say romashka reports resend --failed: whatever was sent is not sent twice")
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    count = by_hand.resend_failed(operational_url=databases.operational, slug=slug, days=days)
    console.say(f"{count} failed mails wait again")
    _show(run_due(office(now, databases), at=datetime.now(UTC)))


# One token of 64 begins with a dash, and Click would take it for an option.
@app.command(context_settings={"ignore_unknown_options": True})
def unsubscribe(
    token: Annotated[str, typer.Argument(help="from the header List-Unsubscribe of a mail")],
) -> None:
    """Take a recipient off a report, by the token of one of its mails."""
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    signed = unsubscribing(now)
    recipient = by_hand.unsubscribe(operational_url=databases.operational, unsubscribing=signed, token=token)
    console.say(f"{recipient} gets no more mails of that report")


# As above: a token may begin with a dash.
@app.command(context_settings={"ignore_unknown_options": True})
def file(
    token: Annotated[str, typer.Argument(help="from the address in a mail whose file was too large")],
    to: Annotated[Path, typer.Option(help="file to write")],
) -> None:
    """Write the file that was too large for a mail, by the token in that mail."""
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    by_hand.fetch(operational_url=databases.operational, output=now.reports, key=mail_key(now), token=token, to=to)
    console.say(f"wrote {to}")


@app.command("next")
def next_slots(
    slug: Annotated[str, typer.Argument(help="the report's slug, or tenant/report")],
    count: Annotated[int, typer.Option(min=1, max=1000, help="how many")] = 5,
) -> None:
    """Show when a report comes next: in its own time, and in UTC."""
    databases = ready(settings.load())
    require_prepared(databases)
    slots = by_hand.following(databases.operational, slug, count=count)
    if not slots:
        console.say("never: no day matches its schedule")
        return
    rows = [(f"{slot.local:%a %Y-%m-%d %H:%M}", f"{slot.at.astimezone(UTC):%Y-%m-%d %H:%M}") for slot in slots]
    console.table("", ("local time", "UTC"), rows)


def _show(done: RunSummary) -> None:
    if done.was_idle:
        console.say("nothing was due")
    console.table("Deliveries", ("state", "mails"), done.rows())
    for line in done.passed_over:
        console.say(line)
    if done.trouble:
        raise WarehouseError(done.trouble)


@app.command()
def preview(
    slug: Annotated[str, typer.Argument(help="the report's slug, or tenant/report")],
    to: Annotated[Path, typer.Option(help="file to write: .pdf, .xlsx, .csv, .json, .parquet or .html")],
) -> None:
    """Render a report's latest slot into a file, and send nothing."""
    databases = ready(settings.load())
    require_prepared(databases)
    by_hand.preview(
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
    rows = by_hand.list_reports(databases.operational)
    headings = ("tenant", "report", "type", "schedule", "zone", "next", "last")
    console.table("", headings, rows)


@app.command()
def deliveries(
    slug: Annotated[str, typer.Argument(help="the report's slug, or tenant/report")],
    every: Annotated[bool, typer.Option("--all", help="of every slot, the last first")] = False,
) -> None:
    """List the mails of a report's last slot: to whom, what became of each, and why."""
    databases = ready(settings.load())
    require_prepared(databases)
    headings = ("slot", "recipient", "state", "attempts", "reason", "left")
    console.table("", headings, by_hand.deliveries(databases.operational, slug, every=every))


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
