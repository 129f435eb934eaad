"""`romashka subject …`: what is held about a person.

Belongs here: the subcommands and what they print. Not here: which rows these are (`orchestration/lifecycle/subject*.py`).
"""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.extraction.pseudonym_key import pseudonym_key

app = typer.Typer(help="What is held about a person: all of it, for them.")


@app.callback()
def subject_group() -> None:
    """What is held about a person: all of it, for them."""


@app.command()
def export(
    *,
    tenant: Annotated[str, typer.Option(help="slug of the tenant")],
    customer: Annotated[UUID, typer.Option(help="the customer's id")],
    to: Annotated[Path, typer.Option(help="file to write: .json (its schema beside it) or .pdf")],
) -> None:
    """Write every row about a customer, and nothing of anyone else, into a file for its owner only."""
    from orchestration.lifecycle import subject_export

    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    key = pseudonym_key(given=now.pseudonym_key, home=now.home)
    done = subject_export.export(databases, tenant=tenant, customer=customer, to=to, pseudonym_key=key)
    console.table("Rows", ("table", "rows"), [(name, rows) for name, rows in done.rows.items() if rows])
    console.say(f"wrote {done.file}" + (f" and {done.schema}" if done.schema else "") + ": readable by you only")
