"""`romashka subject …`: what is held about a person.

Belongs here: the subcommands and what they print. Not here: which rows these are (`orchestration/lifecycle/subject*.py`).
"""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.errors import WarehouseError
from orchestration.extraction.pseudonym_key import pseudonym_key

app = typer.Typer(help="What is held about a person: all of it, for them.")


@app.callback()
def subject_group() -> None:
    """What is held about a person: all of it, for them."""


@app.command()
def export(
    *,
    tenant: Annotated[str, typer.Option(help="slug of the tenant")],
    customer: Annotated[UUID | None, typer.Option(help="the customer's id")] = None,
    email: Annotated[str | None, typer.Option(help="or their address, also of somebody without a profile")] = None,
    to: Annotated[Path, typer.Option(help="file to write: .json (its schema beside it) or .pdf")],
) -> None:
    """Write every row about a customer, and nothing of anyone else, into a file for its owner only."""
    from orchestration.lifecycle import subject_by_email, subject_export

    if (customer is None) == (email is None):
        raise WarehouseError("say whom: --customer or --email")
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    key = pseudonym_key(given=now.pseudonym_key, home=now.home)
    whom = customer or subject_by_email.customer_of(
        databases.operational, tenant=tenant, email=str(email), pseudonym_key=key
    )
    done = subject_export.export(databases, tenant=tenant, customer=whom, to=to, pseudonym_key=key)
    console.table("Rows", ("table", "rows"), [(name, rows) for name, rows in done.rows.items() if rows])
    console.say(f"wrote {done.file}" + (f" and {done.schema}" if done.schema else "") + ": readable by you only")


@app.command()
def rectify(
    *,
    tenant: Annotated[str, typer.Option(help="slug of the tenant")],
    customer: Annotated[UUID, typer.Option(help="the customer's id")],
    name: Annotated[str | None, typer.Option(help="their right name")] = None,
    email: Annotated[str | None, typer.Option(help="their right address")] = None,
    phone: Annotated[str | None, typer.Option(help="their right telephone number")] = None,
) -> None:
    """Put a customer's name, address or number right, also where it was copied; other systems get it at the next sync."""
    from orchestration.lifecycle import subject_rectify

    databases = ready(settings.load())
    require_prepared(databases)
    right = {"name": name, "email": email, "phone": phone}
    done = subject_rectify.rectify(databases.operational, tenant=tenant, customer=customer, right=right)
    if not done.rows:
        console.say("nothing to put right: it is so already")
        return
    console.table("Put right", ("table", "rows"), list(done.rows.items()))
