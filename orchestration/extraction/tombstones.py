"""Who was forgotten stays forgotten: no load, back-fill, rebuild or restored backup brings them back.

Belongs here: erasing again, at the source, whoever is there although they were erased, and taking their pseudonym out of what
has landed. Not here: the erasure itself (`operational_schema/functions/erasure.sql`, `orchestration/lifecycle/erasure.py`).

There are two memories of an erasure, because either database may be restored from a time before it: the request at the
source, which knows the customer, and `ops.tombstones`, which knows a pseudonym that no row bears.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from orchestration.extraction.attempts import persist
from orchestration.extraction.extract import Extract, Step, extract
from orchestration.extraction.sessions import Watch, connect

# Of these the warehouse must not have a trace of the person.
DONE = "(request.status = 'completed' or 'source' = any (request.steps_done))"
ARE_BACK = f"""
    select request.id
    from public.erasure_requests as request
    inner join public.customer_profiles as person
        on person.tenant_id = request.tenant_id and person.id = request.customer_id
    where {DONE}
"""  # noqa: S608 (constants)
# Not pending in another word: what the erasure did after this step was done to other rows.
AGAIN = """
    update public.erasure_requests
    set status = 'pending', steps_done = '{source}', completed_at = null, proof = null,
        due_at = greatest(due_at, now() + interval '30 days'),
        error_message = 'a backup that was restored had this customer; erased again, the proof is to follow'
    where id = %s
"""
HELD = """
    update public.erasure_requests set status = 'held', completed_at = null, error_message = %s
    where id = %s and status <> 'held'
"""
BY_PSEUDONYM = """
    insert into public.erasure_requests (id, tenant_id, customer_id, reason, steps_done)
    select %(request)s, person.tenant_id, person.id, 'erased before the backup was made that is restored', '{source}'
    from public.customer_profiles as person
    where person.tenant_id = %(tenant)s and etl.pseudonym(person.tenant_id, person.id) = %(pseudonym)s
    on conflict (tenant_id, customer_id) do update set steps_done = excluded.steps_done
"""
NAMED = """
    select class.relnamespace::regnamespace::text as schema, class.relname as table, attribute.attname as column
    from pg_catalog.pg_class as class
    inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = class.oid
    where class.relnamespace in ('raw'::regnamespace, 'detached'::regnamespace)
        and class.relkind in ('r', 'p') and not class.relispartition and (
            attribute.attname = 'customer_key'
            or attribute.attname = 'id' and class.relname ~ '^customer_profiles(_[0-9]{8})?$'
        )
    order by 1, 2
"""
# What few customers have would join a person's facts to whoever knows that of them: 'und' is undetermined, of ISO 639.
RARE = """
    update raw.conversations set language = 'und'
    where tenant_id = %(tenant)s and customer_key = %(new)s and language in (
        select spoken.language from raw.conversations as spoken
        where spoken.tenant_id = %(tenant)s and spoken.customer_key is not null
        group by spoken.language having count(distinct spoken.customer_key) < %(few)s
    )
"""
# Erased while it was extracted, the row is there, and what the log says of it in the next extract finds no such key.
GONE_UNDER_ANOTHER_NAME = """
    insert into ops.deleted_rows (table_name, id, tenant_id, reason, deleted_as_of)
    select 'customer_profiles', landed.id, landed.tenant_id, 'retention', state.data_as_of
    from raw.customer_profiles as landed
    cross join ops.extract_state as state
    where landed.id = %(new)s
    on conflict do nothing
"""


@dataclass(frozen=True)
class Tombstone:
    """Of an erased customer: the request, and the pseudonym that their rows had."""

    request_id: UUID
    tenant_id: UUID
    pseudonym: UUID


def extract_obeying(
    operational_url: str,
    warehouse_url: str,
    *,
    pseudonym_key: str,
    full: bool = False,
    replace: bool = False,
    on_step: Step = lambda step, table: None,
) -> Extract:
    """Extract, and see to it that nobody who was erased is at the source before, or in what has landed after it."""

    def again(watch: Watch) -> int:
        return _erase_again(operational_url, watch, pseudonym_key)

    def extract_once() -> Extract:
        return extract(
            operational_url, warehouse_url, pseudonym_key=pseudonym_key, full=full, replace=replace, on_step=on_step
        )

    def obey(watch: Watch, back: tuple[Tombstone, ...] = ()) -> tuple[Tombstone, ...]:
        with (
            connect(warehouse_url, on_open=watch.add) as warehouse,
            connect(operational_url, on_open=watch.add) as source,
        ):
            source.execute("select set_config('etl.pseudonym_key', %s, false)", (pseudonym_key,))
            if not back and (back := _landed_again(warehouse)):
                _remind(source, back)
                return back
            for tombstone in (*back, *_not_in_the_warehouse_yet(source, warehouse)):
                few = source.execute("select app.small_group_size(%s)", (tombstone.tenant_id,)).fetchone()
                _rename(warehouse, tombstone, few=few[0] if few else 0)
            return ()

    persist(again)
    done = extract_once()
    if back := persist(obey):
        if persist(again):
            done = extract_once()
        persist(lambda watch: obey(watch, back))
    return done


def _erase_again(operational_url: str, watch: Watch, pseudonym_key: str) -> int:
    """Erase whoever is there and was erased, unless a legal hold has come back with them. Returns how many were erased."""
    erased = 0
    with connect(operational_url, on_open=watch.add) as source:
        source.execute("select set_config('etl.pseudonym_key', %s, false)", (pseudonym_key,))
        for (request,) in source.execute(ARE_BACK).fetchall():
            try:
                with source.transaction():
                    source.execute("select app.erase_customer(%s, false)", (request,))
                    source.execute(AGAIN, (request,))
                    erased += 1
            except psycopg.errors.RestrictViolation as error:
                source.execute(HELD, (str(error).splitlines()[0], request))
    return erased


def _remind(source: psycopg.Connection, back: tuple[Tombstone, ...]) -> None:
    """Tell a source that does not remember whom it has erased."""
    for each in back:
        source.execute(
            BY_PSEUDONYM, {"request": each.request_id, "tenant": each.tenant_id, "pseudonym": each.pseudonym}
        )


def _landed_again(warehouse: psycopg.Connection) -> tuple[Tombstone, ...]:
    """Who has come with a source that does not remember: their pseudonym is in the warehouse again."""
    with warehouse.cursor(row_factory=class_row(Tombstone)) as cursor:
        cursor.execute(
            "select request_id, tombstone.tenant_id, pseudonym from ops.tombstones as tombstone "
            "inner join raw.customer_profiles as landed on landed.id = tombstone.pseudonym"
        )
        return tuple(cursor.fetchall())


def _not_in_the_warehouse_yet(source: psycopg.Connection, warehouse: psycopg.Connection) -> list[Tombstone]:
    """Erasures that the source remembers and the warehouse does not: new ones, or those after the archive it came from."""
    known = [request for (request,) in warehouse.execute("select request_id from ops.tombstones").fetchall()]
    with source.cursor(row_factory=class_row(Tombstone)) as cursor:
        return cursor.execute(
            "select request.id as request_id, request.tenant_id, "  # noqa: S608 (constants)
            "etl.pseudonym(request.tenant_id, request.customer_id) as pseudonym "
            f"from public.erasure_requests as request where {DONE} and request.id <> all (%s)",
            (known,),
        ).fetchall()


def _rename(warehouse: psycopg.Connection, tombstone: Tombstone, *, few: int) -> None:
    """A random pseudonym, which nobody can compute from the person, takes the place of theirs, and the tombstone is set.

    Their key cannot be destroyed alone: it is the tenant's. The conversations are touched: the next build has the new one.
    """
    named = {
        "request": tombstone.request_id, "tenant": tombstone.tenant_id, "old": tombstone.pseudonym, "new": uuid4(),
        "few": few,
    }  # fmt: skip
    warehouse.execute(
        "insert into ops.touched_conversations (tenant_id, conversation_id) select tenant_id, id from raw.conversations "
        "where tenant_id = %(tenant)s and customer_key = %(old)s on conflict do nothing",
        named,
    )
    for schema, table, column in warehouse.execute(NAMED).fetchall():
        warehouse.execute(
            sql.SQL("update {table} set {column} = %(new)s where tenant_id = %(tenant)s and {column} = %(old)s").format(
                table=sql.Identifier(schema, table), column=sql.Identifier(column)
            ),
            named,
        )
    for statement in (
        RARE,
        "update ops.deleted_rows set id = %(new)s where table_name = 'customer_profiles' and id = %(old)s",
        GONE_UNDER_ANOTHER_NAME,
        "delete from ops.rejected_rows where table_name = 'customer_profiles' and id = %(old)s",
        "insert into ops.tombstones (request_id, tenant_id, pseudonym) values (%(request)s, %(tenant)s, %(old)s) "
        "on conflict do nothing",
    ):
        warehouse.execute(statement, named)
