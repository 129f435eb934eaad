"""Bytes of rows that are deleted: in the table's file until it is written anew, in the planner's statistics, and in the
write-ahead log.

Belongs here: writing tables anew, and ending the log. Not here: which tables of the source had rows of the person
(`app.erasure_work`).
"""

import time
from collections.abc import Callable, Iterable

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError

# Readers wait behind whoever waits for the whole table: rather give up, and come back.
PATIENCE = "2s"
ATTEMPTS = 60
PAUSE_SECONDS = 0.5
# A backup reads for minutes; whoever is at it for longer is named, and the request stays open.
OLDER_ATTEMPTS = 600
# Of what was deleted or changed long before, by rule or by hand, a page has the bytes, and no row says where.
OPERATIONAL = """
    select 'public.' || relname from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relpersistence = 'p'
    order by 1
"""
BEARING = """
    select class.relnamespace::regnamespace::text || '.' || class.relname
    from pg_catalog.pg_class as class
    inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = class.oid
    where class.relkind = 'r' and class.relpersistence = 'p'
        and class.relnamespace::regnamespace::text in ('raw', 'facts', 'marts', 'detached', 'build')
        and (attribute.attname = 'customer_key' or attribute.attname = 'id' and class.relname ~ '^customer_profiles(_[0-9]{8})?$')
    union all
    select unnest(array['ops.deleted_rows', 'ops.rejected_rows'])
    order by 1
"""
# Texts of no person leave the source, too; what had been written there by mistake is masked, and its statistics stay.
WORDED = """
    select distinct class.relnamespace::regnamespace::text || '.' || class.relname
    from pg_catalog.pg_class as class
    inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = class.oid
    where class.relkind = 'r' and class.relnamespace = 'raw'::regnamespace and attribute.atttypid = 'text'::regtype
    order by 1
"""
OWN = "select pg_has_role(datdba, 'usage') from pg_catalog.pg_database where datname = current_database()"
# Whoever works in another database, too: as long as they write, each snapshot here is as old as they are.
OLDER = """
    with holding as (
        select 'process ' || pid as holder, greatest(age(backend_xmin), age(backend_xid)) as age
        from pg_catalog.pg_stat_activity
        where pid <> pg_backend_pid() and (datname = current_database() or datname is null)
            and pid not in (select pid from pg_catalog.pg_stat_progress_vacuum)
        union all
        select 'process ' || pid, age(backend_xid) from pg_catalog.pg_stat_activity where datname <> current_database()
        union all
        select 'the prepared transaction ' || gid, age(transaction) from pg_catalog.pg_prepared_xacts
        union all
        select 'the replication slot ' || slot_name, greatest(age(xmin), age(catalog_xmin))
        from pg_catalog.pg_replication_slots
    )
    select holder from holding where age > age(%s::text::xid8::xid) order by age desc limit 1
"""
STATISTICS = "pg_catalog.pg_statistic"
CLEARS_STATISTICS = 18_00_00


def operational(operational_url: str) -> list[str]:
    """The application's tables: each may have had rows of a person."""
    with psycopg.connect(operational_url) as source:
        return [name for (name,) in source.execute(OPERATIONAL).fetchall()]


def bearing_customers(warehouse_url: str) -> list[str]:
    """The warehouse's tables that have customers' pseudonyms."""
    with psycopg.connect(warehouse_url) as warehouse:
        return [name for (name,) in warehouse.execute(BEARING).fetchall()]


def worded(warehouse_url: str) -> list[str]:
    """The landed tables that have words."""
    with psycopg.connect(warehouse_url) as warehouse:
        return [name for (name,) in warehouse.execute(WORDED).fetchall()]


def rewrite(
    url: str,
    tables: Iterable[str],
    *,
    analyzed: Iterable[str] = (),
    on_table: Callable[[str], None] = lambda table: None,
) -> None:
    """Write tables anew, with their statistics; gather those of others; and then write the table that had the old ones.

    Each is locked while it is written. Raises WarehouseError for one that somebody else does not let go, and where somebody
    may still see the rows that are deleted.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select set_config('lock_timeout', %s, false)", (PATIENCE,))
        _outlast_older(connection)
        for table in tables:
            _rewrite(connection, table)
            _clear_statistics(connection, table)
            on_table(table)
        for table in analyzed:
            connection.execute(sql.SQL("analyze {}").format(sql.Identifier(*table.split("."))))
            _clear_statistics(connection, table)
        if connection.execute(OWN).fetchone() == (True,):
            _outlast_older(connection)
            _rewrite(connection, STATISTICS)


def end_log(url: str) -> None:
    """Let the server delete the write-ahead log of all that was written until now.

    Only where it deletes segments, as the embedded one does: others use them again, and keep what they archive.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.info.parameter_status("is_superuser") == "on" and connection.execute(
            "show wal_recycle"
        ).fetchone() == ("off",):
            connection.execute("select pg_switch_wal()")
            connection.execute("checkpoint")


def _outlast_older(connection: psycopg.Connection) -> None:
    """Wait until nobody may see any more what is deleted by now: a table that is written anew has a copy of it until then."""
    now = connection.execute("select pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
    left = OLDER_ATTEMPTS
    while holding := connection.execute(OLDER, now).fetchone():
        if not (left := left - 1):
            raise WarehouseError(
                f"{holding[0]} may still see the rows that are deleted, and a table written anew would keep them: "
                "end it, and run this again"
            )
        time.sleep(PAUSE_SECONDS)


def _rewrite(connection: psycopg.Connection, table: str) -> None:
    statement = "vacuum (full) {}" if table == STATISTICS else "vacuum (full, analyze) {}"
    name = sql.Identifier(*table.split("."))
    for attempt in range(ATTEMPTS):
        try:
            connection.execute(sql.SQL(statement).format(name))
        except psycopg.errors.UndefinedTable:
            return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if attempt == ATTEMPTS - 1:
                raise WarehouseError(
                    f"{table} cannot be written anew: somebody holds it; end that session, and run this again"
                ) from error
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _clear_statistics(connection: psycopg.Connection, table: str) -> None:
    """Of a table without rows ANALYZE keeps the statistics that it had. Before PostgreSQL 18 only a superuser can clear them."""
    name = sql.Identifier(*table.split("."))
    known = connection.execute("select to_regclass(%s)", (name.as_string(connection),)).fetchone() != (None,)
    if not known or connection.execute(sql.SQL("select from {} limit 1").format(name)).rowcount:
        return
    if connection.info.server_version >= CLEARS_STATISTICS:
        connection.execute(
            "select pg_clear_attribute_stats(schemaname, tablename, attname, inherited) from pg_catalog.pg_stats "
            "where schemaname = %s and tablename = %s",
            table.split("."),
        )
    elif connection.info.parameter_status("is_superuser") == "on":
        connection.execute("delete from pg_catalog.pg_statistic where starelid = %s::regclass", (table,))
