"""The rows about a person, table after table, as the text that the server makes of them.

Belongs here: who the person is, what identifies them, and reading their rows from both databases. Not here: which rows these
are at the source (`subject_rules.py`), and the file (`subject_export.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from orchestration.errors import WarehouseError
from orchestration.lifecycle import subject_rules

# Shorter ones (a number of two digits as key in another system) occur anywhere.
SHORTEST_VALUE = 6
AT_ONCE = 2_000
WAREHOUSE_SCHEMAS = ("raw", "facts", "detached")
COLUMNS = """
    select attribute.attname as name, format_type(attribute.atttypid, attribute.atttypmod) as type,
        col_description(attribute.attrelid, attribute.attnum) as description
    from pg_catalog.pg_attribute as attribute
    where attribute.attrelid = %s::regclass and attribute.attnum > 0 and not attribute.attisdropped
    order by attribute.attnum
"""
SUBJECT = """
    select tenant.id as tenant_id, tenant.slug, tenant.name as tenant_name, tenant.timezone,
        etl.pseudonym(tenant.id, %(customer)s) as pseudonym, now() as as_of, %(customer)s::uuid as customer_id,
        without_customer.keys as unclaimed,
        least(customer.created_at, (
            select min(conversation.created_at) from public.conversations as conversation
            where conversation.tenant_id = tenant.id
                and (conversation.customer_id = customer.id or conversation.id = any(without_customer.keys))
        )) as begins_at
    from public.tenants as tenant
    left join public.customer_profiles as customer on customer.tenant_id = tenant.id and customer.id = %(customer)s
    cross join lateral (select array(
        select unclaimed.id from app.unclaimed_conversations(tenant.id, %(customer)s) as unclaimed where unclaimed.is_theirs
    ) as keys) as without_customer
    where tenant.slug = %(slug)s
"""
# Whatever names the person elsewhere: also what only a conversation knows of them, and what they were called before.
VALUES = """
    select distinct lower(value) from (
        select unnest(array[id::text, email, phone, external_id]) from public.customer_profiles
        where tenant_id = %(tenant)s and id = %(customer)s
        union all
        select unnest(array[id::text, user_email, customer_phone, customer_social_id, external_conversation_id])
        from public.conversations
        where tenant_id = %(tenant)s and (customer_id = %(customer)s or id = any(%(unclaimed)s))
        union all
        select external_id from public.customer_sync_mapping
        where tenant_id = %(tenant)s and customer_profile_id = %(customer)s
        union all
        select former.value from app.former_values as former
        where former.tenant_id = %(tenant)s and former.kind not in ('name', 'user_name')
            and (former.customer_id = %(customer)s or former.conversation_id = any(%(unclaimed)s))
            -- What is somebody else's by now leads to theirs.
            and not exists (
                select from public.customer_profiles as other
                where other.tenant_id = former.tenant_id and other.id <> %(customer)s
                    and lower(former.value) in (lower(other.email), lower(other.phone), lower(other.external_id))
            )
    ) as named (value)
    where length(value) >= %(shortest)s
"""
FORMER = subject_rules.Rule(
    "former_values",
    "found.customer_id = %(customer)s or found.conversation_id = any(%(unclaimed)s)",
    "customer_id is their key, or conversation_id one of their conversations",
)
OF_WAREHOUSE = """
    select class.relnamespace::regnamespace::text as schema, class.relname as name,
        case
            when class.relname ~ '^customer_profiles(_[0-9]{8})?$' then 'id'
            when bool_or(attribute.attname = 'customer_key') then 'customer_key'
            when bool_or(attribute.attname = 'conversation_id') then 'conversation_id'
        end as by_column
    from pg_catalog.pg_class as class
    inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum > 0
        and not attribute.attisdropped
    where class.relnamespace::regnamespace::text = any(%s) and class.relkind in ('r', 'p') and not class.relispartition
    group by class.oid, class.relnamespace, class.relname
    having bool_or(attribute.attname in ('customer_key', 'conversation_id'))
        or class.relname ~ '^customer_profiles(_[0-9]{8})?$'
    order by 1, 2
"""


@dataclass(frozen=True)
class Subject:
    """The person: at which tenant, by which keys, known since when, the instant of the snapshot; conversations that bear
    an address of theirs, and no customer."""

    tenant_id: UUID
    slug: str
    tenant_name: str
    timezone: str
    customer_id: UUID
    pseudonym: UUID
    begins_at: datetime
    as_of: datetime
    unclaimed: list[UUID]


@dataclass(frozen=True)
class Part:
    """A table's rows about the person: what the table is, how they are found, and a query of one text column."""

    name: str
    description: str | None
    reached_by: str
    withheld: dict[str, str]
    columns: list[dict[str, str | None]]
    query: sql.Composed
    values: dict[str, object] = field(repr=False)


def find(source: psycopg.Connection, warehouse: psycopg.Connection, *, tenant: str, customer: UUID) -> Subject:
    """The person, also one whom only the warehouse knows any more; a customer of another tenant is as unknown as one
    that never was."""
    with source.cursor(row_factory=class_row(Subject)) as cursor:
        found = cursor.execute(SUBJECT, {"slug": tenant, "customer": customer}).fetchone()
    since = (found.begins_at or landed_since(warehouse, found.tenant_id, found.pseudonym)) if found else None
    if found is None or since is None:
        raise unknown(source, tenant=tenant, customer=customer)
    return replace(found, begins_at=since)


def pseudonym(source: psycopg.Connection[tuple[object, ...]], key: str, tenant_id: UUID, customer: UUID) -> UUID:
    """What a customer is called in the warehouse."""
    with source.transaction():
        source.execute("select set_config('etl.pseudonym_key', %s, true)", (key,))
        row = source.execute("select etl.pseudonym(%s, %s)", (tenant_id, customer)).fetchone()
    return UUID(str(row[0] if row else None))


def landed_since(warehouse: psycopg.Connection, tenant_id: UUID, pseudonym: UUID) -> datetime | None:
    """Since when the warehouse knows a pseudonym; None where it does not."""
    question = sql.SQL("select min(created_at) from {} where tenant_id = %s and {} = %s")
    found = [
        warehouse.execute(question.format(table, sql.Identifier(column)), (tenant_id, pseudonym)).fetchone()
        for table, column in _of_customers(warehouse)
    ]
    return min((row[0] for row in found if row and row[0]), default=None)


def _of_customers(warehouse: psycopg.Connection) -> list[tuple[sql.Identifier, str]]:
    """What says whose it is, and in which column: what has landed, and what of it is aside until it is dropped."""
    tables = warehouse.execute(OF_WAREHOUSE, (["raw", "detached"],)).fetchall()
    return [(sql.Identifier(schema, name), column) for schema, name, column in tables if column != "conversation_id"]


def unknown(source: psycopg.Connection, *, tenant: str, customer: UUID) -> WarehouseError:
    """Why there is no such person: no tenant, erased, or never there."""
    if source.execute("select from public.tenants where slug = %s", (tenant,)).fetchone() is None:
        return WarehouseError(f"there is no tenant {tenant}")
    erased = source.execute(
        "select coalesce(completed_at, request.updated_at) from public.erasure_requests as request "
        "inner join public.tenants as tenant on tenant.id = request.tenant_id where tenant.slug = %s "
        "and customer_id = %s and request.status in ('completed', 'awaiting_files')",
        (tenant, customer),
    ).fetchone()
    if erased:
        return WarehouseError(f"customer {customer} of {tenant} was erased on {erased[0]:%Y-%m-%d}: nothing is kept")
    return WarehouseError(f"tenant {tenant} has no customer {customer}")


def of_source(source: psycopg.Connection, subject: Subject, landed: list[UUID]) -> Iterator[Part]:
    """The tables of the operational database that may have rows about the person."""
    keys: dict[str, object] = {
        "tenant": subject.tenant_id,
        "customer": subject.customer_id,
        "unclaimed": subject.unclaimed,
        "shortest": SHORTEST_VALUE,
    }
    named = [value for (value,) in source.execute(VALUES, keys).fetchall()]
    values = {**keys, "values": named, "addresses": [value for value in named if "@" in value], "landed": landed}
    for rule in subject_rules.load(source).of_tables:
        yield _part(source, "public", rule.table, rule, values)
    yield _part(source, "app", FORMER.table, FORMER, values)


def of_warehouse(warehouse: psycopg.Connection, subject: Subject, landed: list[UUID]) -> Iterator[Part]:
    """The tables of the warehouse with rows by the person's pseudonym, or of their conversations."""
    values: dict[str, object] = {"tenant": subject.tenant_id, "key": subject.pseudonym, "landed": landed}
    for schema, name, column in warehouse.execute(OF_WAREHOUSE, (list(WAREHOUSE_SCHEMAS),)).fetchall():
        by = "any(%(landed)s)" if column == "conversation_id" else "%(key)s"
        words = "one of their conversations" if column == "conversation_id" else "their pseudonym"
        also = " or found.id = any(%(landed)s)" if name == "conversations" else ""
        rule = subject_rules.Rule(name, f"found.{column} = {by}{also}", f"{column} is {words}")
        yield _part(warehouse, schema, name, rule, values)


def conversations_of(warehouse: psycopg.Connection, subject: Subject) -> list[UUID]:
    """The keys of the person's conversations that the warehouse knows, also of those that the source has forgotten."""
    return conversations_by(warehouse, subject.tenant_id, subject.pseudonym, also=subject.unclaimed)


def conversations_by(
    warehouse: psycopg.Connection, tenant_id: UUID, pseudonym: UUID, *, also: Iterable[UUID] = ()
) -> list[UUID]:
    """The keys of a pseudonym's conversations, and of those others that the warehouse knows."""
    question = sql.SQL("select id from {} where tenant_id = %s and (customer_key = %s or id = any(%s))")
    values = (tenant_id, pseudonym, list(also))
    tables = [table for table, column in _of_customers(warehouse) if column == "customer_key"]
    return [key for table in tables for (key,) in warehouse.execute(question.format(table), values).fetchall()]


def rows(connection: psycopg.Connection, part: Part) -> Iterator[str]:
    """Each row as a JSON object: the server's text of it, so that no number is rounded on the way."""
    with connection.cursor("subject_rows") as cursor:
        cursor.itersize = AT_ONCE
        for (text,) in cursor.execute(part.query, part.values):
            yield text


def _part(
    connection: psycopg.Connection, schema: str, name: str, rule: subject_rules.Rule, values: dict[str, object]
) -> Part:
    relation = sql.Identifier(schema, name)
    told = connection.execute(COLUMNS, (relation.as_string(connection),)).fetchall()
    withheld = dict(rule.withheld)
    withheld |= {column: "a secret of the tenant" for column, _, text in told if (text or "").startswith("Secret")}
    withheld |= {column: "machinery of the search" for column, kind, _ in told if kind == "tsvector"}
    shown = [column for column, _, _ in told if column not in withheld]
    described = connection.execute(
        "select obj_description(%s::regclass, 'pg_class')", (relation.as_string(connection),)
    ).fetchone()
    order = [column for column in ("created_at", "occurred_at", "started_at", "ordinal", "id") if column in shown]
    query = sql.SQL(
        "select to_jsonb(told)::text from (select {columns} from {relation} as found "
        "where found.tenant_id = %(tenant)s and ({condition}) order by {order}) as told"
    ).format(
        columns=sql.SQL(", ").join(sql.Identifier("found", column) for column in shown),
        relation=relation,
        condition=sql.SQL(rule.condition),  # made of the catalogue's names and our own words
        order=sql.SQL(", ").join(sql.Identifier("found", column) for column in order or shown[:1]),
    )
    columns = [{"name": column, "type": kind, "description": text} for column, kind, text in told if column in shown]
    return Part(
        f"{schema}.{name}", described[0] if described else None, rule.reached_by, withheld, columns, query, values
    )
