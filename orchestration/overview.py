"""What `romashka status` says.

Belongs here: one look at server, databases and marts. Not here: mending anything, or starting the server.
"""

from contextlib import suppress

import psycopg

from operational_schema import migrate
from operational_schema.errors import SchemaError
from orchestration.databases import OPERATIONAL, WAREHOUSE, connect, describe, embedded_server
from orchestration.errors import WarehouseError
from orchestration.extraction import gauges
from orchestration.settings import Settings

HALTED = "select string_agg(table_name, ', ' order by 1) from ops.landed_tables where halted_because is not null"


def status(settings: Settings) -> list[tuple[str, str]]:
    """Pairs of what and how it is, for a person."""
    server = embedded_server(settings)
    running = server.is_running()
    rows = [("home", str(settings.home))]
    if settings.operational_url is None or settings.warehouse_url is None:
        rows.append(("embedded server", "running" if running else "stopped"))
    operational = settings.operational_url or (server.url(OPERATIONAL) if running else None)
    warehouse = settings.warehouse_url or (server.url(WAREHOUSE) if running else None)
    if operational:
        rows.append((OPERATIONAL, _operational(operational)))
    if warehouse:
        rows.append((WAREHOUSE, _warehouse(warehouse)))
        rows += [("rejected values", gauges.rejected_told(values)) for values in _rejected(warehouse) if values]
    rows.append(("mail", "SMTP server" if settings.smtp_url else f"Maildir {settings.mail}"))
    return rows


def _operational(url: str) -> str:
    try:
        with connect(url):
            migrate.require_current(url)
    except (WarehouseError, SchemaError) as error:
        return str(error)
    return f"ready: {describe(url)}"


def _warehouse(url: str) -> str:
    try:
        with connect(url) as connection:
            row = connection.execute("select generation, data_as_of from marts.publication").fetchone()
            halted = connection.execute(HALTED).fetchone()
    except WarehouseError as error:
        return str(error)
    except psycopg.errors.UndefinedTable:
        return "not prepared: run romashka migrate"
    if row is None:
        return f"ready, nothing published yet: {describe(url)}"
    waiting = f"; halted: {halted[0]}" if halted and halted[0] else ""
    return f"generation {row[0]}, data as of {row[1].isoformat()}{waiting}: {describe(url)}"


def _rejected(url: str) -> list[dict[str, int]]:
    """None where the warehouse cannot say."""
    with suppress(WarehouseError, psycopg.errors.UndefinedTable), connect(url) as connection:
        return [gauges.rejected(connection)]
    return []
