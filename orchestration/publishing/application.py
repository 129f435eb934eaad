"""Marts back to the application: the rows that a publish changed, into the operational tables of the same names.

Belongs here: the queue of changed keys, and their way to the operational database. Not here: which columns (`mirrors.py`),
and when (`refresh.py`, Dagster). Triggers on the marts fill the queue, whatever changes them; it is emptied only after the
operational database has committed, so that a crash in between repeats what is harmless to repeat.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from orchestration.publishing.mirrors import MIRRORS, Mirror
from orchestration.streaming import stream

STATEMENTS = (
    "create trigger queue_inserted after insert on {table} "
    "referencing new table as changed for each statement execute function ops.queue_for_application({name}, {key})",
    "create trigger queue_updated after update on {table} "
    "referencing new table as changed for each statement execute function ops.queue_for_application({name}, {key})",
    "create trigger queue_deleted after delete on {table} "
    "referencing old table as changed for each statement execute function ops.queue_for_application({name}, {key})",
    "create trigger queue_truncated before truncate on {table} "
    "for each statement execute function ops.queue_all_for_application({name}, {key})",
    "insert into ops.application_queue (mart, key) select {name}, {column} from {table}",
)


@dataclass(frozen=True)
class Returned:
    """Rows of one operational table that were written and deleted."""

    written: int
    deleted: int


def watch(warehouse: psycopg.Connection) -> None:
    """Have every change of a mirrored mart noted; of one that was not watched so far, note every row."""
    for mirror in MIRRORS:
        if _exists(warehouse, mirror) and not _is_watched(warehouse, mirror):
            _watch(warehouse, mirror)


def _exists(warehouse: psycopg.Connection, mirror: Mirror) -> bool:
    row = warehouse.execute("select to_regclass(%s) is not null", (".".join(mirror.table),)).fetchone()
    return bool(row and row[0])


def _is_watched(warehouse: psycopg.Connection, mirror: Mirror) -> bool:
    named = "select 1 from pg_trigger where tgrelid = %s::regclass and tgname = 'queue_inserted'"
    return warehouse.execute(named, (".".join(mirror.table),)).fetchone() is not None


def _watch(warehouse: psycopg.Connection, mirror: Mirror) -> None:
    for statement in STATEMENTS:
        warehouse.execute(
            sql.SQL(statement).format(
                table=sql.Identifier(*mirror.table),
                key=sql.Literal(mirror.key),
                name=sql.Literal(mirror.mart),
                column=sql.Identifier(mirror.key),
            )
        )


def give_back(warehouse_url: str, operational_url: str) -> dict[str, Returned]:
    """Bring the application's tables to what the marts say, in one transaction. Returns the rows by table."""
    with psycopg.connect(warehouse_url) as warehouse:
        warehouse.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        row = warehouse.execute("select max(id) from ops.application_queue").fetchone()
        if row is None or row[0] is None:
            return {mirror.mart: Returned(written=0, deleted=0) for mirror in MIRRORS}
        with psycopg.connect(operational_url) as operational:
            returned = {mirror.mart: _give_back(warehouse, operational, mirror) for mirror in MIRRORS}
        warehouse.execute("delete from ops.application_queue where id <= %s", row)
    return returned


def _give_back(warehouse: psycopg.Connection, operational: psycopg.Connection, mirror: Mirror) -> Returned:
    columns = ", ".join((*mirror.cell, *mirror.columns))
    operational.execute(
        sql.SQL(
            "create temporary table incoming on commit drop as "
            "select {held} as key, data_as_of, {columns} from public.{table} with no data"
        ).format(held=sql.Identifier(mirror.held_by), columns=sql.SQL(columns), table=sql.Identifier(mirror.mart))
    )
    operational.execute("create temporary table gone (key uuid) on commit drop")
    stream(warehouse, _changed(mirror), operational, sql.Identifier("incoming"))
    stream(warehouse, _gone(mirror), operational, sql.Identifier("gone"))
    operational.execute("analyze incoming, gone")
    deleted = _delete(operational, mirror)
    written = _write(operational, mirror)
    operational.execute("drop table incoming, gone")
    return Returned(written=written, deleted=deleted)


def _queued(mirror: Mirror) -> sql.Composed:
    return sql.SQL("select distinct queued.key from ops.application_queue as queued where queued.mart = {}").format(
        sql.Literal(mirror.mart)
    )


def _changed(mirror: Mirror) -> sql.Composed:
    """Query of the queued rows as the application has them."""
    expressions = ", ".join((*mirror.cell, *mirror.columns.values()))
    return sql.SQL(
        "select mart.{key}, (select data_as_of from marts.publication), {expressions} from marts.{mart} as mart "
        "inner join ({queued}) as queued on queued.key = mart.{key} where {where}"
    ).format(
        key=sql.Identifier(mirror.key),
        expressions=sql.SQL(expressions),
        mart=sql.Identifier(mirror.mart),
        queued=_queued(mirror),
        where=sql.SQL(mirror.where),
    )


def _gone(mirror: Mirror) -> sql.Composed:
    """Query of the queued keys for which the application has no row any more."""
    return sql.SQL(
        "select queued.key from ({queued}) as queued where not exists "
        "(select from marts.{mart} as mart where mart.{key} = queued.key and {where})"
    ).format(
        queued=_queued(mirror),
        mart=sql.Identifier(mirror.mart),
        key=sql.Identifier(mirror.key),
        where=sql.SQL(mirror.where),
    )


def _delete(operational: psycopg.Connection, mirror: Mirror) -> int:
    """Take away our rows that are gone, and what the database itself had written of the days that are ours now."""
    gone = operational.execute(
        sql.SQL("delete from public.{table} as held using gone where held.{held} = gone.key").format(
            table=sql.Identifier(mirror.mart), held=sql.Identifier(mirror.held_by)
        )
    ).rowcount
    if "date" not in mirror.cell:
        return gone
    same_cell = " and ".join(f"incoming.{name} is not distinct from held.{name}" for name in mirror.cell)
    return (
        gone
        + operational.execute(
            sql.SQL(
                "delete from public.{table} as held where held.source = 'database' and exists ("
                "  select from incoming where incoming.tenant_id = held.tenant_id and incoming.date = held.date"
                ") and not exists (select from incoming where {same_cell})"
            ).format(table=sql.Identifier(mirror.mart), same_cell=sql.SQL(same_cell))
        ).rowcount
    )


def _write(operational: psycopg.Connection, mirror: Mirror) -> int:
    """Insert new rows, and update those that differ or that somebody else wrote."""
    names = [*mirror.cell, *mirror.columns]
    if mirror.held_by not in names:
        names.append(mirror.held_by)
    values = ["key" if name == mirror.held_by else name for name in names]
    written = [name for name in names if name not in mirror.cell]
    listed = sql.SQL(", ").join
    return operational.execute(
        sql.SQL(
            """
            insert into public.{table} as held ({names}, source, data_as_of)
            select {values}, 'warehouse', incoming.data_as_of from incoming
            inner join public.tenants as tenant on tenant.id = incoming.tenant_id
            on conflict ({cell}) do update set ({written}, source, data_as_of) = row({new}, 'warehouse', excluded.data_as_of)
            where ({old}, held.source) is distinct from ({new}, 'warehouse')
            """
        ).format(
            table=sql.Identifier(mirror.mart),
            names=listed(map(sql.Identifier, names)),
            values=listed(sql.Identifier("incoming", name) for name in values),
            cell=listed(map(sql.Identifier, mirror.cell)),
            written=listed(map(sql.Identifier, written)),
            new=listed(sql.Identifier("excluded", name) for name in written),
            old=listed(sql.Identifier("held", name) for name in written),
        )
    ).rowcount
