"""Who may read the marts: ROMASHKA's own analysts, who see every tenant, and one reader per tenant.

Belongs here: database roles and what they are granted. Not here: the policies of a mart (`contract.py`).
"""

import psycopg
from psycopg import sql

ANALYST = "romashka_analyst"
READER = "romashka_reader"
ROLES = {
    ANALYST: "Reads every tenant's rows of the marts: for ROMASHKA's own analysts.",
    READER: "Group of the readers of one tenant's rows each: see marts.tenant_readers.",
}


def ensure_roles(warehouse: psycopg.Connection) -> None:
    """Make the two groups if this server has none, and let them look into the schemas."""
    for role, purpose in ROLES.items():
        name = sql.Identifier(role)
        if not warehouse.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone():
            warehouse.execute(sql.SQL("create role {} nologin").format(name))
            warehouse.execute(sql.SQL("comment on role {} is {}").format(name, purpose))
        for statement in (
            "grant usage on schema marts, facts to {}",
            "grant select on marts.publication, marts.tenant_readers, marts.history_monthly to {}",
        ):
            warehouse.execute(sql.SQL(statement).format(name))
    for statement in (
        "drop policy if exists analyst_reads_all on marts.history_monthly",
        "create policy analyst_reads_all on marts.history_monthly for select to {} using (true)",
    ):
        warehouse.execute(sql.SQL(statement).format(sql.Identifier(ANALYST)))
