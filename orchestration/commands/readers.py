"""`romashka psql …` and `romashka reader …`: the way into the databases, for people and for BI tools.

Belongs here: the commands. Not here: the roles (`orchestration/publishing/tenant_readers.py`).
"""

import os
import shutil
from enum import StrEnum
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from orchestration import console, settings
from orchestration.databases import ready, require_prepared
from orchestration.embedded import wheel_binaries
from orchestration.errors import WarehouseError
from orchestration.publishing import tenant_readers


class Which(StrEnum):
    """The two databases."""

    OPERATIONAL = "operational"
    WAREHOUSE = "warehouse"


def psql(
    context: typer.Context,
    which: Which,
    tenant: Annotated[
        str | None, typer.Option(help="slug: as this tenant's reader, who sees its rows of the marts only")
    ] = None,
) -> None:
    """Open psql on a database; what follows is psql's own, such as -c 'select 1' or -f FILE."""
    databases = ready(settings.load())
    url = getattr(databases, which.value)
    if tenant is not None:
        if which is Which.OPERATIONAL:
            raise WarehouseError("--tenant is for the warehouse: the operational database knows tenants by their JWT")
        require_prepared(databases)
        url = tenant_readers.as_reader(url, tenant)
    program = shutil.which("psql") or shutil.which("psql", path=wheel_binaries())
    if program is None:
        raise WarehouseError("there is no psql on the PATH: install PostgreSQL's client, or use romashka url")
    # Everybody on the machine sees a program's arguments.
    parts = conninfo_to_dict(url)
    environment = os.environ | {"PGPASSWORD": str(parts.pop("password"))} if "password" in parts else os.environ
    arguments = [program, make_conninfo("", **parts), *context.args]
    os.execve(program, arguments, environment)  # noqa: S606 - psql takes over this process; no shell is involved


def reader(slug: Annotated[str, typer.Argument(help="the tenant")]) -> None:
    """Let a BI tool in as a tenant's reader: prints its URL, once; an earlier password of it ends."""
    databases = ready(settings.load())
    require_prepared(databases)
    console.say(tenant_readers.let_in(databases.warehouse, slug))
