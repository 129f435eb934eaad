"""The reader of one tenant: a database role that sees that tenant's rows of the marts, and no others.

Belongs here: making it, and letting it log in. Not here: the policies that hold it to its tenant (`contract.py`), the
groups of readers (`readers.py`), and the commands (`orchestration/commands/readers.py`).
"""

import re
import secrets
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from orchestration.errors import WarehouseError
from orchestration.publishing.readers import READER, ensure_roles


def ensure_reader(warehouse: psycopg.Connection, slug: str) -> str:
    """Make the reader of a tenant, if it has none yet. Returns the role's name."""
    row = warehouse.execute("select tenant_id from marts.tenants where slug = %s", (slug,)).fetchone()
    if row is None:
        raise WarehouseError(f"no tenant {slug!r} in the marts: check the slug, or run romashka refresh")
    # Everybody on the server can list its roles: with slugs in their names they told who the tenants are.
    name = f"reader_{row[0].hex}"
    role = sql.Identifier(name)
    ensure_roles(warehouse)
    if not warehouse.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone():
        warehouse.execute(sql.SQL("create role {} nologin").format(role))
    warehouse.execute(sql.SQL("grant {} to {}").format(sql.Identifier(READER), role))
    for setting in ("search_path = marts", "default_transaction_read_only = on", "timezone = 'UTC'"):
        warehouse.execute(sql.SQL("alter role {} set {}").format(role, sql.SQL(setting)))
    warehouse.execute("delete from marts.tenant_readers where role_name = %s and tenant_id <> %s", (name, row[0]))
    warehouse.execute(
        "insert into marts.tenant_readers (role_name, tenant_id) values (%s, %s) on conflict do nothing", (name, row[0])
    )
    return name


def as_reader(warehouse_url: str, slug: str) -> str:
    """A URL of the owner's own login that acts as the tenant's reader: for a session, not for handing out."""
    with psycopg.connect(warehouse_url) as warehouse:
        name = ensure_reader(warehouse, slug)
        warehouse.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))
    return make_conninfo(
        warehouse_url, options=f"-c role={name} -c search_path=marts -c default_transaction_read_only=on"
    )


def let_in(warehouse_url: str, slug: str) -> str:
    """Give the tenant's reader a login with a new password. Returns the URL for a BI tool; an earlier one ends."""
    password = secrets.token_urlsafe(24)
    with psycopg.connect(warehouse_url) as warehouse:
        name = ensure_reader(warehouse, slug)
        warehouse.execute(
            sql.SQL("alter role {} login password {}").format(sql.Identifier(name), sql.Literal(password))
        )
        parts = {**conninfo_to_dict(warehouse_url), "dbname": warehouse.info.dbname}
    return _url({**parts, "user": name, "password": password})


def _url(parts: dict[str, Any]) -> str:
    """What BI tools take: they know nothing of libpq's own form. What names no single host stays a parameter."""
    login, name = (":".join(quote(parts.pop(part), safe="") for part in ("user", "password")), parts.pop("dbname"))
    place = ""
    if re.fullmatch(r"[\w.-]+", parts.get("host", "")):
        port = parts.pop("port", None)
        place = parts.pop("host") + (f":{port}" if port else "")
    return f"postgresql://{login}@{place}/{quote(name, safe='')}" + (f"?{urlencode(parts)}" if parts else "")
