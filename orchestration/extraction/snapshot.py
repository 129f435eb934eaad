"""One consistent view of the operational database: everything is read within it, and it says of which source and when.

Belongs here: opening it, its identity, and what changed since an earlier one. Not here: which columns leave
(`tables.py`) or what becomes of the rows (`landing.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.extraction.table import Table


@dataclass(frozen=True)
class Snapshot:
    """A REPEATABLE READ transaction of the source. `id` is PostgreSQL's pg_snapshot as text."""

    connection: psycopg.Connection
    id: str
    source: str
    data_as_of: datetime

    def everything(self, table: Table) -> sql.Composed:
        """Query of all rows of a table that may leave."""
        return sql.SQL("select {} from public.{} where {}").format(
            sql.SQL(", ").join(sql.SQL(column.expression) for column in table.columns),
            sql.Identifier(table.name),
            sql.SQL(table.where),
        )

    def changed(self, table: Table, since: str) -> sql.Composed:
        """Query of the rows that changed since an earlier snapshot and still exist."""
        return sql.SQL("{} and id in (select key from ({}) as changed)").format(
            self.everything(table), self._window(table, since)
        )

    def gone(self, table: Table, since: str) -> sql.Composed:
        """Query of the rows that changed since and exist no more, or may not leave any more: id, tenant_id, reason."""
        return sql.SQL(
            "select {key}, gone.tenant_id, gone.reason from ("
            "  select key, tenant_id, max(reason) as reason from ({window}) as changed group by key, tenant_id"
            ") as gone where not exists ("
            "  select 1 from public.{table} as kept where kept.id = gone.key and {where}"
            ")"
        ).format(
            key=sql.SQL(table.logged_key),
            window=self._window(table, since),
            table=sql.Identifier(table.name),
            where=sql.SQL(table.where),
        )

    def truncated(self, since: str) -> list[str]:
        """Names of the tables that were truncated since an earlier snapshot."""
        query = sql.SQL("select distinct table_name from etl.change where operation = 'T' and {} order by 1")
        return [name for (name,) in self.connection.execute(query.format(_unseen(since)))]

    @staticmethod
    def _window(table: Table, since: str) -> sql.Composed:
        return sql.SQL("select key, tenant_id, reason from etl.change where table_name = {} and {}").format(
            sql.Literal(table.name), _unseen(since)
        )


@contextmanager
def open_snapshot(url: str, *, pseudonym_key: str) -> Iterator[Snapshot]:
    """Open a snapshot of the operational database; it ends, and writes nothing, with the block."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("select set_config('etl.pseudonym_key', %s, true)", (pseudonym_key,))
        row = connection.execute(
            """
            select
                pg_current_snapshot()::text,
                concat_ws(
                    '/',
                    (select system_identifier from pg_control_system()),
                    (select timeline_id from pg_control_checkpoint()),
                    (select oid from pg_database where datname = current_database())
                ),
                clock_timestamp()
            """
        ).fetchone()
        if row is None:
            raise WarehouseError("the operational database did not say which snapshot it gave")
        yield Snapshot(connection, *row)
        connection.rollback()


def prune(url: str, *, seen: str) -> int:
    """Delete the part of the change log that the warehouse has landed. Returns the rows deleted."""
    with psycopg.connect(url) as connection:
        done = connection.execute("delete from etl.change where pg_visible_in_snapshot(xid, %s::pg_snapshot)", (seen,))
        return done.rowcount


def _unseen(since: str) -> sql.Composed:
    """Condition on etl.change: not seen by the earlier snapshot. What the present one cannot see is not there."""
    return sql.SQL("xid >= pg_snapshot_xmin({0}) and not pg_visible_in_snapshot(xid, {0})").format(
        sql.SQL("{}::pg_snapshot").format(sql.Literal(since))
    )
