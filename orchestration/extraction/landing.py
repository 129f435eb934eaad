"""Rows into `raw`: the tables there, and how a window of changes, or everything, becomes part of them.

Belongs here: what is written to `raw` and `ops` by extraction. Not here: what is read at the source
(`snapshot.py`), and when (`extract.py`).
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from orchestration.extraction import touched
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES


@dataclass(frozen=True)
class Landed:
    """Rows of one table that a landing inserted, updated and deleted, and how many there are now."""

    inserted: int
    updated: int
    deleted: int
    rows: int

    @property
    def changed(self) -> int:
        """All of them."""
        return self.inserted + self.updated + self.deleted


def create_raw_tables(warehouse: psycopg.Connection) -> None:
    """Make the tables of `raw` that do not exist yet."""
    for table in TABLES:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type)) for column in table.columns
        )
        warehouse.execute(
            sql.SQL("create table if not exists raw.{} ({}, primary key (id))").format(
                sql.Identifier(table.name), columns
            )
        )
        # A build reads what is touched by conversation.
        if any(column.name == "conversation_id" for column in table.columns):
            warehouse.execute(
                sql.SQL("create index if not exists {} on raw.{} (tenant_id, conversation_id)").format(
                    sql.Identifier(f"{table.name}_conversation"), sql.Identifier(table.name)
                )
            )
    warehouse.execute("create index if not exists conversations_start on raw.conversations (tenant_id, created_at)")


def is_empty(warehouse: psycopg.Connection, table: Table) -> bool:
    """Whether a raw table has no row."""
    query = sql.SQL("select not exists (select 1 from raw.{})").format(sql.Identifier(table.name))
    row = warehouse.execute(query).fetchone()
    return bool(row and row[0])


def stream(
    source: psycopg.Connection, query: sql.Composed, warehouse: psycopg.Connection, target: sql.Composable
) -> None:
    """Pass the rows of a query at the source into a table of the warehouse, as binary COPY, without unpacking them."""
    read = sql.SQL("copy ({}) to stdout (format binary)").format(query)
    write = sql.SQL("copy {} from stdin (format binary)").format(target)
    with source.cursor().copy(read) as rows, warehouse.cursor().copy(write) as landing:
        for block in rows:
            landing.write(block)


def load_all(
    source: psycopg.Connection, everything: sql.Composed, warehouse: psycopg.Connection, table: Table
) -> Landed:
    """Land a whole table into an empty one."""
    stream(source, everything, warehouse, sql.SQL("raw.{}").format(sql.Identifier(table.name)))
    row = warehouse.execute(sql.SQL("select count(*) from raw.{}").format(sql.Identifier(table.name))).fetchone()
    warehouse.execute(sql.SQL("analyze raw.{}").format(sql.Identifier(table.name)))
    return _landed(warehouse, table, inserted=row[0] if row else 0, updated=0, deleted=0)


def merge(
    source: psycopg.Connection,
    rows: sql.Composed,
    gone: sql.Composed | None,
    warehouse: psycopg.Connection,
    table: Table,
) -> Landed:
    """Land rows over those of the same id, and take away what is gone.

    Without a query for what is gone, `rows` is the whole table: what it lacks is gone.
    """
    warehouse.execute(
        sql.SQL("create temporary table incoming (like raw.{}) on commit drop").format(sql.Identifier(table.name))
    )
    warehouse.execute("create temporary table gone (id uuid, tenant_id uuid, reason text) on commit drop")
    stream(source, rows, warehouse, sql.SQL("incoming"))
    if gone is None:
        _note_missing(warehouse, table)
    else:
        stream(source, gone, warehouse, sql.SQL("gone"))
        touched.note(warehouse, table)
    deleted = _delete_gone(warehouse, table)
    inserted, updated = _upsert(warehouse, table)
    warehouse.execute("drop table incoming, gone")
    return _landed(warehouse, table, inserted=inserted, updated=updated, deleted=deleted)


def _landed(warehouse: psycopg.Connection, table: Table, *, inserted: int, updated: int, deleted: int) -> Landed:
    """Keep the count of a table's rows by what changed: counting them would cost the history at every refresh."""
    row = warehouse.execute(
        """
        insert into ops.landed_tables as landed (table_name, rows) values (%s, %s)
        on conflict (table_name) do update set rows = landed.rows + excluded.rows
        returning landed.rows
        """,
        (table.name, inserted - deleted),
    ).fetchone()
    return Landed(inserted=inserted, updated=updated, deleted=deleted, rows=row[0] if row else 0)


def _note_missing(warehouse: psycopg.Connection, table: Table) -> None:
    """What a whole source lacks is gone, but for the facts that outlive their rows."""
    warehouse.execute(
        sql.SQL(
            """
            insert into gone (id)
            select landed.id from raw.{table} as landed
            where not exists (select 1 from incoming where incoming.id = landed.id)
                and not exists (
                    select 1 from ops.deleted_rows as noted
                    where noted.table_name = {name} and noted.id = landed.id and noted.reason = 'retention'
                )
            """
        ).format(table=sql.Identifier(table.name), name=sql.Literal(table.name))
    )


def _delete_gone(warehouse: psycopg.Connection, table: Table) -> int:
    """Note deleted rows, and take away all but those that retention deleted. Returns the rows taken away."""
    # A key inserted and deleted between two snapshots never landed: there is nothing to note.
    warehouse.execute(
        sql.SQL(
            """
            insert into ops.deleted_rows (table_name, id, tenant_id, reason, deleted_as_of)
            select {name}, gone.id, gone.tenant_id, gone.reason, clock_timestamp()
            from gone inner join raw.{table} as landed on landed.id = gone.id
            on conflict (table_name, id) do update
            set reason = excluded.reason, deleted_as_of = excluded.deleted_as_of
            """
        ).format(table=sql.Identifier(table.name), name=sql.Literal(table.name))
    )
    done = warehouse.execute(
        sql.SQL(
            "delete from raw.{} as landed using gone "
            "where gone.id = landed.id and gone.reason is distinct from 'retention'"
        ).format(sql.Identifier(table.name))
    )
    return done.rowcount


def _upsert(warehouse: psycopg.Connection, table: Table) -> tuple[int, int]:
    """Insert new rows, update those that differ. Returns the counts of both."""
    others = [sql.Identifier(column.name) for column in table.columns if column.name != "id"]
    row = warehouse.execute(
        sql.SQL(
            """
            with written as (
                insert into raw.{table} as landed
                select incoming.* from incoming
                on conflict (id) do update set ({columns}) = row({new})
                where ({old}) is distinct from ({new})
                returning landed.xmax = 0 as is_new
            )
            select count(*) filter (where written.is_new), count(*) filter (where not written.is_new) from written
            """
        ).format(
            table=sql.Identifier(table.name),
            columns=sql.SQL(", ").join(others),
            old=sql.SQL(", ").join(sql.SQL("landed.{}").format(name) for name in others),
            new=sql.SQL(", ").join(sql.SQL("excluded.{}").format(name) for name in others),
        )
    ).fetchone()
    warehouse.execute(
        sql.SQL(
            "delete from ops.deleted_rows as noted using incoming "
            "where noted.table_name = {} and noted.id = incoming.id"
        ).format(sql.Literal(table.name))
    )
    return (row[0], row[1]) if row else (0, 0)
