"""The proof of an erasure: every table searched for the person's key, and what was searched, counted.

Belongs here: the search of a database. Not here: what is done about a find (`erasure.py`). What is recorded has counts and
names of tables, and nothing of the person.
"""

from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg import sql

TABLES = """
    select schema.nspname, relation.relname
    from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
    where relation.relkind in ('r', 'm') and schema.nspname !~ '^pg_' and schema.nspname <> 'information_schema'
    order by 1, 2
"""
# These name whom they are about: what was logged of the key, and of the erasure itself.
KEEPS_KEYS = ("audit_logs", "change")


@dataclass(frozen=True)
class Searched:
    """How many tables and rows were searched, and where something was found."""

    tables: int
    rows: int
    places: list[str]

    def told(self) -> dict[str, int]:
        """For the ledger."""
        return {"tables": self.tables, "rows": self.rows, "found_in": len(self.places)}


def search(url: str, key: UUID, *, ledger: str) -> Searched:
    """Look for the key in every column of every table but the ledger, which must remember it."""
    rows, places = 0, []
    with psycopg.connect(url) as connection:
        tables = [
            (schema, table)
            for schema, table in connection.execute(TABLES).fetchall()
            if table not in (*KEEPS_KEYS, ledger)
        ]
        for schema, table in tables:
            found = connection.execute(
                sql.SQL("select count(*), count(*) filter (where strpos(kept::text, %s) > 0) from {} as kept").format(
                    sql.Identifier(schema, table)
                ),
                (str(key),),
            ).fetchone()
            rows += found[0] if found else 0
            if found and found[1]:
                places.append(f"{schema}.{table}")
    return Searched(tables=len(tables), rows=rows, places=places)
