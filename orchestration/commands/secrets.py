"""`romashka secrets …`: credentials, keys and webhook secrets of the tenants, as envelopes in the operational database.

Belongs here: the subcommands and what they print, which is never a secret. Not here: envelopes and rows
(`operational_schema/envelope.py`, `operational_schema/secret_columns.py`).
"""

from __future__ import annotations

import sys
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration import console, settings
from orchestration.databases import connect, ready
from orchestration.errors import WarehouseError

if TYPE_CHECKING:
    from operational_schema.secret_columns import Findings
    from operational_schema.secret_keys import KeyRing

app = typer.Typer(help="Secrets of channels and integrations: set one, seal all anew under another key, try them.")

SHOWN = 20


@app.command("set", context_settings={"allow_extra_args": True})
def set_secret(
    context: typer.Context,
    column: Annotated[str, typer.Argument(help="table and column, such as integrations.credentials")],
    row: Annotated[str, typer.Argument(help="id of the row")],
) -> None:
    """Seal a secret, which is typed or read from standard input; what was there before is gone."""
    if context.args:
        raise WarehouseError("a secret is no argument, where others see it: pipe it in, or type it when you are asked")
    from operational_schema import secret_columns

    url, ring = _operational()
    place = secret_columns.set_secret(url, ring, column=column, row=_row(row), secret=_typed())
    console.say(f'sealed {place} with key "{ring.active}"')


@app.command()
def rotate() -> None:
    """Seal every secret anew under the first key of ROMASHKA_SECRET_KEYS; a run that broke off goes on where it was."""
    from operational_schema import secret_columns

    url, ring = _operational()
    with console.progress("sealing anew") as advance:
        findings = secret_columns.rotate(url, ring, on_batch=advance)
    console.say(f'sealed {findings.sealed_anew} secrets anew with key "{ring.active}"')
    _conclude(findings, ring)


@app.command()
def verify() -> None:
    """Try whether every secret opens; exit code 1 if one does not."""
    from operational_schema import secret_columns

    url, ring = _operational()
    _conclude(secret_columns.verify(url, ring), ring)


def _conclude(findings: Findings, ring: KeyRing) -> None:
    console.table("", ("column", "key", "secrets"), findings.rows())
    in_use = {key for _, _, key in findings.envelopes}
    for key in sorted(set(ring.keys) - in_use - {ring.active}):
        console.say(f'no secret is under key "{key}": it can go from ROMASHKA_SECRET_KEYS')
    for broken in findings.broken[:SHOWN]:
        console.say(broken)
    if findings.broken:
        raise WarehouseError(f"{len(findings.broken)} of {findings.envelopes.total()} secrets do not open")
    console.say(f"all {findings.envelopes.total()} secrets open")


def _operational() -> tuple[str, KeyRing]:
    """URL of the operational database, and the keys; the keys first, because without them there is nothing to do."""
    from operational_schema import migrate, secret_keys

    now = settings.load()
    ring = secret_keys.read(now.secret_keys)
    url = now.operational_url or ready(now).operational
    with connect(url):
        migrate.require_current(url)
    return url, ring


def _row(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        # Not repeated: it may be a secret in the wrong place.
        raise WarehouseError("ROW is no uuid: select id from the table lists the ids") from None


def _typed() -> str:
    """The secret: asked for without echo on a terminal, else the whole of standard input but its last line end."""
    if sys.stdin.isatty():
        return str(typer.prompt("Secret", hide_input=True))
    try:
        return sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # From None: the cause holds all that was read.
        raise WarehouseError("the secret is not text in UTF-8: encode it first, for example with base64") from None
