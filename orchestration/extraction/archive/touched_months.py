"""Which months the archive has to write again: noted by triggers, in the transaction that changes a row.

Belongs here: those triggers, and reading and clearing what they noted. Not here: the files. Triggers, because a landing, a
publish, retention and a person with psql all change rows; they are made when the archive is first written, and
cost nobody anything before.
"""

import uuid
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from orchestration.extraction.archive.relations import Relation

TRIGGERS = {
    "archive_insert": "insert on {} referencing new table as came",
    "archive_update": "update on {} referencing old table as went new table as came",
    "archive_delete": "delete on {} referencing old table as went",
    "archive_truncate": "truncate on {}",
}


@dataclass(frozen=True)
class Touched:
    """Buckets to write again; a relation that is there without buckets is to be written whole."""

    buckets: dict[str, set[tuple[uuid.UUID, date | None]] | None]
    notes: list[int]


def watch(warehouse: psycopg.Connection, relations: tuple[Relation, ...]) -> None:
    """Have every relation note its touched months from now on; one that did not so far is touched whole."""
    watched = {
        name
        for (name,) in warehouse.execute(
            # Not by regclass: that leaves out a schema of the session's search_path.
            "select format('%s.%s', relnamespace::regnamespace, relname) from pg_trigger inner join pg_class as class "
            "on class.oid = tgrelid where tgname = 'archive_truncate' and tgenabled = 'A'"
        )
    }
    for relation in relations:
        if relation.name in watched:
            continue
        for name, event in TRIGGERS.items():
            _create(warehouse, relation, name, event)
        if relation.dated_by:
            # A touched month is found without reading the others; next to nothing to keep.
            warehouse.execute(
                sql.SQL("create index if not exists {} on {} using brin ({}) with (pages_per_range = 16)").format(
                    sql.Identifier(f"{relation.table}_archived"), relation.identifier, sql.Identifier(relation.dated_by)
                )
            )
        warehouse.execute("insert into ops.archive_touched (relation) values (%s)", (relation.name,))


def read(warehouse: psycopg.Connection) -> Touched:
    """What this transaction's snapshot sees touched."""
    found: dict[str, set[tuple[uuid.UUID, date | None]] | None] = {}
    notes: list[int] = []
    rows = warehouse.execute(
        "select relation, tenant_id, month, array_agg(id) from ops.archive_touched group by 1, 2, 3"
    )
    for relation, tenant, month, ids in rows:
        notes += ids
        if tenant is None:
            found[relation] = None
        elif (buckets := found.setdefault(relation, set())) is not None:
            buckets.add((tenant, month))
    return Touched(found, notes)


def clear(warehouse: psycopg.Connection, touched: Touched) -> None:
    """Take back the notes that were read, and no other: a lower number may have been committed since by a longer transaction.

    One that is being replaced by a later note of the same month goes with that.
    """
    warehouse.execute(
        "delete from ops.archive_touched where id in "
        "(select id from ops.archive_touched where id = any(%s) for update skip locked)",
        (touched.notes,),
    )


def _create(warehouse: psycopg.Connection, relation: Relation, name: str, event: str) -> None:
    each = {"name": sql.Identifier(name), "table": relation.identifier}
    warehouse.execute(
        sql.SQL(
            "create or replace trigger {name} after {event} for each statement execute function ops.touch_archive({of})"
        ).format(
            name=each["name"],
            event=sql.SQL(event).format(each["table"]),
            of=sql.SQL(", ").join(map(sql.Literal, (relation.tenant, relation.month))),
        )
    )
    # A loader that sets session_replication_role must not pass unseen.
    warehouse.execute(sql.SQL("alter table {table} enable always trigger {name}").format(**each))
