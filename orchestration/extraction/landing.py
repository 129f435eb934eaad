"""Rows into `raw`: how a window of changes, or everything, becomes part of it.

Belongs here: what is written to the tables of `raw`, and to ops.deleted_rows. Not here: the tables themselves
(`raw_tables.py`), what is read at the source (`snapshot.py`), and when (`follow.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import errors, sql

from orchestration.errors import WarehouseError
from orchestration.extraction import rejecting, touched
from orchestration.extraction.raw_tables import add_to_count, set_count
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES
from orchestration.streaming import stream

INCOMING = sql.Identifier("incoming")


class EmptiedError(WarehouseError):
    """A table is empty at the source, and the log does not say why: TRUNCATE that no trigger heard of looks like this."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"public.{name} is empty at the source without a word of the change log, and raw.{name} is not: "
            "it stays as it is. If that was meant, run romashka refresh --full"
        )


@dataclass(frozen=True)
class Landed:
    """Rows of one table that a landing inserted, updated and deleted, how many there are now, and values rejected."""

    inserted: int
    updated: int
    deleted: int
    rows: int
    rejected: int = 0

    @property
    def changed(self) -> int:
        """All of them."""
        return self.inserted + self.updated + self.deleted

    def after(self, earlier: "Landed") -> "Landed":
        """Both landings as one."""
        return Landed(
            self.inserted + earlier.inserted,
            self.updated + earlier.updated,
            self.deleted + earlier.deleted,
            self.rows,
            self.rejected + earlier.rejected,
        )


@dataclass(frozen=True)
class Pipe:
    """The connections of one landing, and the instant of the data; `on_block` hears of each block that passes."""

    source: psycopg.Connection
    warehouse: psycopg.Connection
    data_as_of: datetime
    on_block: Callable[[], None]

    def stream(self, query: sql.Composed, target: sql.Composable) -> None:
        """Pass the rows of a query at the source into a table of the warehouse."""
        stream(self.source, query, self.warehouse, target, on_block=self.on_block)


def require_types(pipe: Pipe, everything: sql.Composed, table: Table) -> None:
    """Raise DatatypeMismatch where the source's columns are of other types than raw's: binary COPY would misread them."""
    found = pipe.source.execute(sql.SQL("{} limit 0").format(everything)).description or []
    landed = pipe.warehouse.execute(
        sql.SQL("select {} from raw.{} limit 0").format(names(table), sql.Identifier(table.name))
    )
    for column, there, here in zip(table.columns, found, landed.description or [], strict=True):
        if there.type_code != here.type_code:
            raise errors.DatatypeMismatch(
                f"public.{table.name} gives {column.name} as {there.type_display}, raw holds {here.type_display}; "
                "say in extraction/tables.py how it is to be read"
            )


def load_all(pipe: Pipe, everything: sql.Composed, table: Table) -> Landed:
    """Land a whole table into an empty one."""
    target = sql.Identifier("raw", table.name)
    pipe.stream(everything, sql.SQL("{} ({})").format(target, names(table)))
    rejected = rejecting.reject(pipe.warehouse, table, target)
    pipe.warehouse.execute(sql.SQL("analyze {}").format(target))
    rows = set_count(pipe.warehouse, table)
    return Landed(rows, 0, 0, rows, rejected)


def merge(
    pipe: Pipe,
    rows: sql.Composed,
    gone: sql.Composed,
    table: Table,
    *,
    is_whole: bool = False,
    may_empty: bool = True,
) -> Landed:
    """Land rows over those of the same id, and take away what is gone.

    Where `rows` is the whole table, what it lacks is gone too, and `gone` says why as far as that is known. Raises
    EmptiedError where it has no row at all, nothing says why, and it may not be.
    """
    warehouse = pipe.warehouse
    warehouse.execute(
        sql.SQL("create temporary table incoming on commit drop as select {} from raw.{} with no data").format(
            names(table), sql.Identifier(table.name)
        )
    )
    warehouse.execute("create temporary table gone (id uuid, tenant_id uuid, reason text) on commit drop")
    pipe.stream(rows, INCOMING)
    pipe.stream(gone, sql.SQL("gone"))
    if is_whole:
        is_unexplained = _note_missing(warehouse, table) > 0
        if is_unexplained and not may_empty and not warehouse.execute("select from incoming limit 1").rowcount:
            raise EmptiedError(table.name)
    else:
        touched.note(warehouse, table)
    rejecting.forget(warehouse, table)
    rejected = rejecting.reject(warehouse, table, INCOMING)
    deleted = _delete_gone(warehouse, table, pipe.data_as_of)
    if table.name == "tenants" and deleted:
        _delete_what_is_kept_of_tenants(warehouse)
    inserted, updated = _upsert(warehouse, table)
    warehouse.execute("drop table incoming, gone")
    counted = set_count(warehouse, table) if is_whole else add_to_count(warehouse, table, inserted - deleted)
    return Landed(inserted, updated, deleted, counted, rejected)


def names(table: Table) -> sql.Composed:
    """The columns of a raw table, in the order in which they are read."""
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)


def _note_missing(warehouse: psycopg.Connection, table: Table) -> int:
    """What a whole source lacks is gone, but for the facts that outlive their rows. Returns how many the log did not tell of."""
    return warehouse.execute(
        sql.SQL(
            """
            insert into gone (id)
            select landed.id from raw.{table} as landed
            where not exists (select 1 from incoming where incoming.id = landed.id)
                and not exists (select 1 from gone where gone.id = landed.id)
                and not exists (
                    select 1 from ops.deleted_rows as noted
                    where noted.table_name = {name} and noted.id = landed.id and noted.reason = 'retention'
                )
            """
        ).format(table=sql.Identifier(table.name), name=sql.Literal(table.name))
    ).rowcount


def _delete_gone(warehouse: psycopg.Connection, table: Table, data_as_of: datetime) -> int:
    """Note deleted rows, and take away all but those that retention deleted. Returns the rows taken away."""
    # A key inserted and deleted between two snapshots never landed: there is nothing to note.
    warehouse.execute(
        sql.SQL(
            """
            insert into ops.deleted_rows (table_name, id, tenant_id, reason, deleted_as_of)
            select {name}, gone.id, coalesce(gone.tenant_id, landed.{tenant}), gone.reason, {as_of}
            from gone inner join raw.{table} as landed on landed.id = gone.id
            on conflict (table_name, id) do update
            set reason = excluded.reason, deleted_as_of = excluded.deleted_as_of
            -- A full comparison hears of it once more.
            where deleted_rows.reason is distinct from excluded.reason
            """
        ).format(
            table=sql.Identifier(table.name), name=sql.Literal(table.name), as_of=sql.Literal(data_as_of),
            tenant=sql.Identifier("id" if table.name == "tenants" else "tenant_id"),
        )
    )  # fmt: skip
    done = warehouse.execute(
        sql.SQL(
            "delete from raw.{} as landed using gone "
            "where gone.id = landed.id and gone.reason is distinct from 'retention'"
        ).format(sql.Identifier(table.name))
    )
    return done.rowcount


def _delete_what_is_kept_of_tenants(warehouse: psycopg.Connection) -> None:
    """Take away what outlived its row at the source: without its tenant it has no day, and stopped every build."""
    for table in TABLES:
        if any(column.name == "tenant_id" for column in table.columns):
            kept = warehouse.execute(
                sql.SQL(
                    "delete from raw.{} as landed using gone "
                    "where gone.id = landed.tenant_id and gone.reason is distinct from 'retention'"
                ).format(sql.Identifier(table.name))
            )
            add_to_count(warehouse, table, -kept.rowcount)


def _upsert(warehouse: psycopg.Connection, table: Table) -> tuple[int, int]:
    """Insert new rows, update those that differ. Returns the counts of both."""
    others = [sql.Identifier(column.name) for column in table.columns if column.name != "id"]
    row = warehouse.execute(
        sql.SQL(
            """
            with written as (
                insert into raw.{table} as landed ({names})
                select {names} from incoming
                on conflict (id) do update set ({columns}) = row({new})
                where ({old}) is distinct from ({new})
                returning landed.xmax = 0 as is_new
            )
            select count(*) filter (where written.is_new), count(*) filter (where not written.is_new) from written
            """
        ).format(
            table=sql.Identifier(table.name),
            names=names(table),
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
