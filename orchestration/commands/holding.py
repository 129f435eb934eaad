"""`romashka holds …`: what must not be deleted, whoever asks.

Belongs here: the subcommands and what they print. Not here: what a hold refuses (`orchestration/lifecycle/holds.py`).
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.errors import WarehouseError
from orchestration.lifecycle import holds

app = typer.Typer(help="Legal holds: what retention and erasure must leave alone.")


@app.callback()
def holds_group() -> None:
    """Legal holds: what retention and erasure must leave alone."""


@app.command("list")
def list_holds(tenant: Annotated[str | None, typer.Option(help="slug; all tenants if not given")] = None) -> None:
    """List the holds, first those in force."""
    rows = [
        (
            each.id,
            each.tenant,
            each.keeps,
            "in force" if each.is_in_force else "released" if each.released_at else "expired",
            each.expires_at or "until released",
            each.reason,
        )
        for each in holds.list_all(_operational(), tenant=tenant)
    ]
    if not rows:
        console.say("no holds")
        return
    console.table("Legal holds", ("hold", "tenant", "keeps", "state", "ends", "reason"), rows)


@app.command("set")
def set_hold(
    *,
    tenant: Annotated[str, typer.Option(help="slug of the tenant")],
    reason: Annotated[str, typer.Option(help="why: a case, an authority")],
    conversation: Annotated[UUID | None, typer.Option(help="only this conversation, and who wrote it")] = None,
    customer: Annotated[UUID | None, typer.Option(help="only this customer and their conversations")] = None,
    until: Annotated[
        str | None, typer.Option(help="last day of the hold, UTC, YYYY-MM-DD; until released if not given")
    ] = None,
) -> None:
    """Hold a conversation, a customer, or all of a tenant."""
    placed = holds.place(
        _operational(),
        tenant=tenant,
        reason=reason,
        conversation=conversation,
        customer=customer,
        expires_at=_end_of(until),
    )
    console.say(f"hold {placed} is in force: romashka holds release {placed} ends it")


@app.command()
def release(hold: Annotated[UUID, typer.Argument(help="from romashka holds list")]) -> None:
    """End a hold: the next run of retention deletes what it alone has kept."""
    holds.release(_operational(), hold)
    console.say(f"hold {hold} is released; this cannot be taken back: place another one")


def _operational() -> str:
    databases = ready(settings.load())
    require_prepared(databases)
    return databases.operational


def _end_of(day: str | None) -> datetime | None:
    """The first instant after the last day of a hold."""
    if day is None:
        return None
    try:
        last = date.fromisoformat(day)
    except ValueError as error:
        raise WarehouseError(f"--until {day} is not a day: write YYYY-MM-DD") from error
    return datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
