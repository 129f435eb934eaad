"""`romashka erase`: the right to be forgotten.

Belongs here: the command and what it prints. Not here: the steps (`orchestration/lifecycle/erasure.py`).
"""

from typing import Annotated
from uuid import UUID

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared


def erase(
    *,
    tenant: Annotated[str, typer.Option(help="slug of the tenant")],
    customer: Annotated[UUID, typer.Option(help="id of the customer")],
) -> None:
    """Forget a customer at the source and in the warehouse; totals stay. Broken off, the same command goes on."""
    from orchestration.extraction.pseudonym_key import pseudonym_key
    from orchestration.lifecycle import erasure

    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    key = pseudonym_key(given=now.pseudonym_key, home=now.home)
    with console.progress("erasure") as advance:
        done = erasure.erase(
            databases,
            tenant=tenant,
            customer=customer,
            home=now.home,
            pseudonym_key=key,
            on_step=lambda step: advance(what=f"erasure {step}"),
        )
    if done.rows:
        console.table("Erased", ("table", "what", "rows"), done.rows)
    console.say(f"request {done.request}: {'was completed before' if done.was_done else 'completed'}")
