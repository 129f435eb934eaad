"""The person in the warehouse: their pseudonym gives way to a random one, which nobody can compute from them.

Belongs here: renaming in `raw` and `ops`, the tombstone, and rewriting files. Not here: the marts: what is renamed is touched,
and the next build makes it anew.
"""

from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from orchestration.databases import one_refresh_at_a_time

SCHEMAS = ("raw", "staging", "intermediate", "build", "facts", "marts", "ops", "detached")


def rename(warehouse_url: str, request: UUID, tenant: object, pseudonym: UUID) -> None:
    """Replace the pseudonym, and set the tombstone, in one transaction. Where there is none, only the tombstone is set."""
    named = {"request": request, "tenant": tenant, "old": pseudonym, "new": uuid4()}
    with one_refresh_at_a_time(warehouse_url), psycopg.connect(warehouse_url) as warehouse:
        for statement in (
            """
            insert into ops.touched_conversations (tenant_id, conversation_id)
            select tenant_id, id from raw.conversations where tenant_id = %(tenant)s and customer_key = %(old)s
            on conflict do nothing
            """,
            "update raw.conversations set customer_key = %(new)s where tenant_id = %(tenant)s and customer_key = %(old)s",
            "update raw.customer_profiles set id = %(new)s where tenant_id = %(tenant)s and id = %(old)s",
            "update ops.deleted_rows set id = %(new)s where table_name = 'customer_profiles' and id = %(old)s",
            "delete from ops.rejected_rows where table_name = 'customer_profiles' and id = %(old)s",
            """
            insert into ops.tombstones (request_id, tenant_id, pseudonym) values (%(request)s, %(tenant)s, %(old)s)
            on conflict (tenant_id, pseudonym) do nothing
            """,
        ):
            warehouse.execute(statement, named)


def rewrite(url: str, schemas: tuple[str, ...]) -> None:
    """Write every table of these schemas anew, with its statistics: only then are deleted rows gone from its file."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "select nspname, relname from pg_catalog.pg_class "
            "inner join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace "
            "where nspname = any(%s) and relkind = 'r' order by 1, 2",
            (list(schemas),),
        ).fetchall()
        for schema, table in tables:
            connection.execute(sql.SQL("vacuum (full, analyze) {}").format(sql.Identifier(schema, table)))
