"""The tables of `raw`, and what is known of each.

Belongs here: making them as `tables.py` wants them, and their line in ops.landed_tables. Not here: their rows
(`landing.py`).
"""

import psycopg
from psycopg import sql

from orchestration.extraction.snapshot import Snapshot
from orchestration.extraction.source_table import SourceTable
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES


def create_raw_tables(warehouse: psycopg.Connection) -> None:
    """Make the tables of `raw`, and the columns of them, that do not exist yet."""
    for table in TABLES:
        warehouse.execute(
            sql.SQL("create table if not exists raw.{} ({}, primary key (id))").format(
                sql.Identifier(table.name),
                sql.SQL(", ").join(
                    sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
                    for column in table.columns
                ),
            )
        )
        for name, kind in _missing(warehouse, table):
            warehouse.execute(
                sql.SQL("alter table raw.{} add column {} {}").format(
                    sql.Identifier(table.name), sql.Identifier(name), sql.SQL(kind)
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


def note_followed(
    warehouse: psycopg.Connection, table: Table, snapshot: Snapshot, definition: str, source: SourceTable
) -> None:
    """Note that a table equals a snapshot of the source."""
    warehouse.execute(
        """
        insert into ops.landed_tables (table_name, rows, snapshot, data_as_of, definition, source_columns, source_lines)
        values (%(name)s, 0, %(snapshot)s::pg_snapshot, %(as_of)s, %(definition)s, %(columns)s, %(lines)s)
        on conflict (table_name) do update set
            snapshot = excluded.snapshot,
            data_as_of = excluded.data_as_of,
            definition = excluded.definition,
            source_columns = excluded.source_columns,
            source_lines = excluded.source_lines,
            halted_because = null
        """,
        {
            "name": table.name, "snapshot": snapshot.id, "as_of": snapshot.data_as_of, "definition": definition,
            "columns": list(source.columns), "lines": list(source.lines),
        },
    )  # fmt: skip


def note_halted(warehouse: psycopg.Connection, table: Table, why: str, *, is_whole: bool) -> None:
    """Note that a table stays as it was, and why. One that was to be read as a whole still is, the next time.

    What it never equalled counts as of the extract before, which the marts did without it; before the first, as of 1970.
    """
    warehouse.execute(
        """
        insert into ops.landed_tables as landed (table_name, rows, halted_because, data_as_of)
        select %(name)s, 0, %(why)s, coalesce((select data_as_of from ops.extract_state), '1970-01-01 00:00+00')
        on conflict (table_name) do update set
            halted_because = excluded.halted_because,
            snapshot = case when %(is_whole)s then null else landed.snapshot end,
            data_as_of = coalesce(landed.data_as_of, excluded.data_as_of)
        """,
        {"name": table.name, "why": why, "is_whole": is_whole},
    )


def forget_others(warehouse: psycopg.Connection) -> list[str]:
    """Forget what is known of tables that are read no more: should one come back, all of it is read. Returns their names."""
    gone = warehouse.execute(
        "delete from ops.landed_tables where table_name <> all (%s) returning table_name",
        ([table.name for table in TABLES],),
    )
    return sorted(name for (name,) in gone)


def add_to_count(warehouse: psycopg.Connection, table: Table, difference: int) -> int:
    """Keep the count of a table's rows by what changed: counting them would cost the history at every refresh."""
    row = warehouse.execute(
        """
        insert into ops.landed_tables as landed (table_name, rows) values (%s, %s)
        on conflict (table_name) do update set rows = landed.rows + excluded.rows
        returning landed.rows
        """,
        (table.name, difference),
    ).fetchone()
    return int(row[0]) if row else 0


def set_count(warehouse: psycopg.Connection, table: Table) -> int:
    """Count a table's rows: whoever has read all of it can afford to, and mends what was wrong before."""
    query = sql.SQL("select count(*) from raw.{}").format(sql.Identifier(table.name))
    counted = warehouse.execute(query).fetchone()
    rows = int(counted[0]) if counted else 0
    warehouse.execute(
        "insert into ops.landed_tables (table_name, rows) values (%s, %s) "
        "on conflict (table_name) do update set rows = excluded.rows",
        (table.name, rows),
    )
    return rows


def is_empty(warehouse: psycopg.Connection, table: Table) -> bool:
    """Whether a raw table has no row."""
    query = sql.SQL("select not exists (select 1 from raw.{})").format(sql.Identifier(table.name))
    row = warehouse.execute(query).fetchone()
    return bool(row and row[0])


def _missing(warehouse: psycopg.Connection, table: Table) -> list[tuple[str, str]]:
    there = {
        name
        for (name,) in warehouse.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            (f"raw.{table.name}",),
        )
    }
    return [(column.name, column.type) for column in table.columns if column.name not in there]
