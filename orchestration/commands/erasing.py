"""`romashka erase`: the right to be forgotten.

Belongs here: the command and what it prints. Not here: the steps (`orchestration/lifecycle/erasure.py`).
"""

from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID

import typer

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.errors import WarehouseError
from orchestration.extraction.pseudonym_key import pseudonym_key

if TYPE_CHECKING:
    from orchestration.lifecycle.erasure import Erased


def erase(
    *,
    tenant: Annotated[str | None, typer.Option(help="slug of the tenant")] = None,
    customer: Annotated[UUID | None, typer.Option(help="the customer's id")] = None,
    email: Annotated[str | None, typer.Option(help="or their address, also of somebody without a profile")] = None,
    requested: Annotated[
        bool, typer.Option("--requested", help="everybody who waits in erasure_requests, instead of one customer")
    ] = False,
) -> None:
    """Forget a customer at the source, in the warehouse and in files; totals stay. Broken off, the same command goes on."""
    from orchestration.lifecycle import erasure, subject_by_email

    names_one = tenant is not None and (customer is None) != (email is None)
    if requested == names_one or (requested and (tenant or customer or email)):
        raise WarehouseError("say whom: --tenant and --customer or --email, or --requested")
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    whom = None
    if tenant is not None:
        key = pseudonym_key(given=now.pseudonym_key, home=now.home)
        whom = customer or subject_by_email.customer_of(
            databases.operational, tenant=tenant, email=str(email), pseudonym_key=key
        )
    with console.progress("erasure") as advance:

        def on_step(step: str) -> None:
            advance(what=f"erasure {step}")

        if tenant is not None and whom is not None:
            done, failed = [erasure.erase(databases, now, tenant=tenant, customer=whom, on_step=on_step)], list[str]()
        else:
            done, failed = erasure.erase_requested(databases, now, on_step=on_step)
    for each in done:
        _tell(each)
    failed += (waiting := _waiting(done))
    if requested:
        console.say(f"{len(done) - len(waiting)} of {len(done) + len(failed) - len(waiting)} requests completed")
    if failed:
        raise WarehouseError("; ".join(failed))


def _waiting(done: list["Erased"]) -> list[str]:
    """A line for each that the storage keeps from being complete."""
    return [
        f"request {each.request.id} of {each.request.slug} is not complete before the storage has deleted "
        f"{each.files_waiting} files (file_deletions): then run it again; due {each.request.due_at:%Y-%m-%d}"
        for each in done
        if each.files_waiting
    ]


def _tell(done: "Erased") -> None:
    if done.rows:
        console.table("Erased", ("place", "what", "count"), done.rows)
    if done.was_done:
        console.say(f"request {done.request.id} was completed before: nothing is left to do")
        return
    searched = done.proof["searched"]
    if not isinstance(searched, dict):
        raise TypeError(f"a proof says {searched!r}")
    state = "proven, not completed" if done.files_waiting else "completed"
    console.say(
        f"request {done.request.id} {state}: nothing found in {searched['tables']:,} tables, {searched['rows']:,} rows, "
        f"{searched['files']:,} files"
    )
    for place in cast("list[str]", done.proof.get("in_platform", [])):
        console.say(f"{place} of the platform's tell of them still: delete the login, or the file, there")
