"""One consistent view of the operational database: everything is read within it, and it says of which source and when.

Belongs here: opening it, its identity, and what changed since an earlier one. Not here: which columns leave
(`tables.py`) or what becomes of the rows (`landing.py`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import errors, sql

from orchestration.errors import WarehouseError
from orchestration.extraction.sessions import connect
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES

# Shorter than a server's deadlock_timeout: a migration that locks the same tables in another order is not ended for us.
LOCK_WAIT = "500ms"
LOCKED_SECONDS = 60.0
READABLE = """
    select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname = any (%s)
        and has_table_privilege(oid, 'select')
"""
# The instant before the snapshot: what commits between the two is in it, and as of an earlier instant that is no untruth.
BEGIN = "select pg_is_in_recovery(), statement_timestamp()"
# The timeline from the log's own position: pg_control_checkpoint() still says the old one for a while after a promotion.
IDENTITY = """
    select
        pg_current_snapshot()::text as id,
        concat_ws(
            '/',
            (select system_identifier from pg_control_system()),
            left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
            (select oid from pg_database where datname = current_database()),
            (select epoch from etl.log_epoch)
        ) as source,
        (select snapshot::text from etl.acknowledged) as acknowledged,
        array(
            select sequence from etl.change
            where xid >= pg_snapshot_xmin(pg_current_snapshot())
                and not pg_visible_in_snapshot(xid, pg_current_snapshot())
        ) as foreign_changes
"""

OLDEST_WRITER = """
    select coalesce(extract(epoch from clock_timestamp() - since), 0)::float8 as seconds, name
    from (
        select xact_start as since, format('session %s', pid) as name
        from pg_stat_activity
        where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid()
            -- It writes no rows.
            and backend_type <> 'autovacuum worker'
        union all
        select prepared, format('prepared transaction %s', gid)
        from pg_prepared_xacts
        where database = current_database()
    ) as writer
    order by since
    limit 1
"""


LOGGED = "select sequence, key, tenant_id, reason from etl.change where table_name = {0} and key is not null"
WHOLE_LOG = f"{LOGGED} union all select 0, key, tenant_id, 'retention' from etl.outlived where table_name = {{0}}"  # noqa: S608 (constants)


@dataclass(frozen=True)
class OpenWriter:
    """The transaction whose rows have been waited for the longest."""

    seconds: float
    name: str


@dataclass(frozen=True)
class Changes:
    """What the log says of a table since an earlier snapshot."""

    rows: int
    truncated: bool


@dataclass(frozen=True)
class Snapshot:
    """A REPEATABLE READ transaction of the source. `id` is PostgreSQL's pg_snapshot as text.

    `foreign` are rows of the log that are there although their transactions are yet to come: of another server, by a dump.
    """

    connection: psycopg.Connection
    id: str
    source: str
    acknowledged: str | None
    foreign: tuple[int, ...]
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
        along = (
            "union select along.id from public.{table} as along inner join ({window}) as changed "
            "on along.tenant_id = changed.tenant_id and along.{column} = changed.key"
        )
        changed = "{everything} and id in (select key from ({window}) as changed"
        return sql.SQL(f"{changed} {along})" if table.read_along else f"{changed})").format(
            everything=self.everything(table), window=self._window(table, since),
            table=sql.Identifier(table.name), column=sql.Identifier(table.read_along or "id"),
        )  # fmt: skip

    def gone(self, table: Table, since: str | None) -> sql.Composed:
        """Query of the rows that changed since and exist no more, or may not leave any more: id, tenant_id, last reason.

        Without a snapshot it is of all that the log still has, and of what retention deleted in the weeks before.
        """
        return sql.SQL(
            "select {key}, gone.tenant_id, gone.reason from ("
            "  select distinct on (key, tenant_id) key, tenant_id, reason from ({window}) as changed"
            "  where not exists (select 1 from public.{table} as kept where kept.id = changed.key and {tenant} and {where})"
            "  order by key, tenant_id, sequence desc"
            ") as gone"
        ).format(
            key=sql.SQL(table.logged_key),
            window=self._window(table, since),
            table=sql.Identifier(table.name),
            # Who has moved to another tenant has another pseudonym there.
            tenant=sql.SQL("kept.tenant_id = changed.tenant_id" if table.is_keyed_by_tenant else "true"),
            where=sql.SQL(table.where),
        )

    def changes(self, since: str | None) -> dict[str, Changes]:
        """What the log says of each table that changed since an earlier snapshot; without one, all that it still has."""
        query = sql.SQL("select table_name, count(*), bool_or(operation = 'T') from etl.change where {} group by 1")
        rows = self.connection.execute(query.format(_unseen(since) if since else sql.SQL("true")))
        return {name: Changes(count, truncated) for name, count, truncated in rows}

    def oldest_writer(self) -> OpenWriter | None:
        """The oldest transaction that writes and is still open, as far as this role may see it."""
        row = self.connection.execute(OLDEST_WRITER).fetchone()
        return OpenWriter(*row) if row else None

    def age(self) -> float:
        """For how many seconds it has been open: so long the source's server has cleaned up no row that died since."""
        row = self.connection.execute(
            "select extract(epoch from clock_timestamp() - %s)::float8", (self.data_as_of,)
        ).fetchone()
        return float(row[0]) if row else 0.0

    def settle(self) -> None:
        """End it, with all that it saw beyond any crash of the source.

        A commit that waits for no disk may be seen and lost, and its number given to another transaction, which would then
        count as seen. A commit of our own that does wait takes all before it along.
        """
        self.connection.execute("set local synchronous_commit = on")
        self.connection.execute("select pg_logical_emit_message(true, 'romashka', '')")
        self.connection.commit()

    @staticmethod
    def _window(table: Table, since: str | None) -> sql.Composed:
        if since is None:
            return sql.SQL(WHOLE_LOG).format(sql.Literal(table.name))
        return sql.SQL("{} and {}").format(sql.SQL(LOGGED).format(sql.Literal(table.name)), _unseen(since))


@contextmanager
def open_snapshot(
    url: str, *, pseudonym_key: str, on_open: Callable[[psycopg.Connection], None] = lambda opened: None
) -> Iterator[Snapshot]:
    """Open a snapshot of the operational database; it ends with the block, and writes nothing unless it is settled.

    Raises WarehouseError for a read replica, whose snapshots do not say which transactions are open, and where somebody
    keeps a table locked.
    """
    with connect(url, on_open=on_open) as connection:
        _lock_tables(connection)
        begun = connection.execute(BEGIN).fetchone()
        if begun is None or begun[0]:
            raise WarehouseError(
                "the operational database is a read replica, whose snapshots do not say which transactions are open: "
                "set ROMASHKA_OPERATIONAL_URL to its primary"
            )
        # Where policies would hide rows from us, that is an error: hidden rows would be taken for deleted ones.
        connection.execute(
            "select set_config('etl.pseudonym_key', %s, true), set_config('row_security', 'off', true)",
            (pseudonym_key,),
        )
        identity = connection.execute(IDENTITY).fetchone()
        if identity is None:
            raise WarehouseError("the operational database did not say which snapshot it gave")
        snapshot, source, acknowledged, foreign = identity
        yield Snapshot(connection, snapshot, source, acknowledged, tuple(foreign), begun[1])
        connection.rollback()


def _lock_tables(connection: psycopg.Connection) -> None:
    """Begin, with all tables locked against ALTER and TRUNCATE before there is a snapshot.

    A table that is rewritten or emptied afterwards is empty to a snapshot from before: its rows would be taken for deleted.
    """
    until = time.monotonic() + LOCKED_SECONDS
    while True:
        connection.autocommit = True
        names = [name for (name,) in connection.execute(READABLE, ([table.name for table in TABLES],))]
        connection.autocommit = False
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tables = sql.SQL(", ").join(sql.Identifier("public", name) for name in names)
        try:
            connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_WAIT))
            if names:
                connection.execute(sql.SQL("lock table {} in access share mode").format(tables))
        except (errors.LockNotAvailable, errors.UndefinedTable) as error:
            connection.rollback()
            if time.monotonic() > until:
                raise WarehouseError(
                    f"somebody has kept a table of the source locked for {LOCKED_SECONDS:.0f} s, as a migration does: "
                    "run romashka refresh when that is through"
                ) from error
            time.sleep(0.5)
        else:
            connection.execute("set local lock_timeout = 0")
            return


def _unseen(since: str) -> sql.Composed:
    """Condition on etl.change: not seen by the earlier snapshot. What the present one cannot see is not there."""
    return sql.SQL("xid >= pg_snapshot_xmin({0}) and not pg_visible_in_snapshot(xid, {0})").format(
        sql.SQL("{}::pg_snapshot").format(sql.Literal(since))
    )
