"""Whether the rows of a database keep its promises: every key leads somewhere, and nobody sees another tenant's.

Belongs here: orphans, keys that are not enforced, and becoming somebody of each of several tenants. Not here: the
catalogue (`catalogue.py`, `rules/`).
"""

import uuid
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

from operational_schema import critical

TENANTS = 3

Connection = psycopg.Connection


@dataclass(frozen=True)
class Person:
    """Somebody who logs in: their tenant's slug and keys."""

    slug: str
    tenant: uuid.UUID
    id: uuid.UUID


def orphans(connection: Connection) -> tuple[int, list[str]]:
    """How many keys were followed, and one line for each that leads nowhere or is not enforced."""
    keys = connection.execute(
        """
        select conrelid::regclass::text, conname, confrelid::regclass::text,
            (select array_agg(attname order by place) from unnest(conkey) with ordinality as part (number, place)
                inner join pg_attribute on attrelid = conrelid and attnum = number),
            (select array_agg(attname order by place) from unnest(confkey) with ordinality as part (number, place)
                inner join pg_attribute on attrelid = confrelid and attnum = number),
            exists (select from pg_trigger where tgconstraint = held.oid and tgenabled <> 'O')
        from pg_constraint as held
        where contype = 'f' and connamespace = 'public'::regnamespace
        order by 1, 2
        """
    ).fetchall()
    found = []
    for table, name, target, columns, there, asleep in keys:
        if asleep:
            found.append(f"{table}: the key {name} is not enforced (its triggers are disabled)")
        if count := _count_orphans(connection, table, target, columns, there):
            found.append(f"{table}: {count} of its rows lead to no row of {target} ({name})")
    return len(keys), found


def people(connection: Connection) -> list[Person]:
    """An agent or admin of each of the first tenants that have one."""
    rows = connection.execute(
        """
        select distinct on (tenants.created_at, tenants.id) tenants.slug, tenants.id, profiles.id
        from public.tenants
        inner join public.profiles on profiles.tenant_id = tenants.id
        where profiles.is_active and profiles.role in ('agent', 'admin')
        order by tenants.created_at, tenants.id, profiles.role, profiles.id
        limit %s
        """,
        (TENANTS,),
    ).fetchall()
    return [Person(*row) for row in rows]


def isolation(connection: Connection, somebody: list[Person]) -> tuple[int, list[str]]:
    """How many tables and views were looked at as how many people, and one line for each that shows too much."""
    tables = connection.execute(
        """
        select class.relname, attribute.attname
        from pg_class as class
        inner join pg_attribute as attribute on attribute.attrelid = class.oid
            and attribute.attname = case when class.relname = 'tenants' then 'id' else 'tenant_id' end
        where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p', 'v', 'm')
        order by 1
        """
    ).fetchall()
    nobody = Person("(none)", *critical.nobody())
    found = []
    for person in [*somebody, nobody]:
        with connection.transaction(force_rollback=True):
            critical.become(connection, person.tenant, person.id)
            found += [
                f"public.{table}: somebody of tenant {person.slug} sees rows of others"
                for table, column in tables
                if _sees_others(connection, table, column, person.tenant)
            ]
    return len(tables) * (len(somebody) + 1), found


def _sees_others(connection: Connection, table: str, column: str, tenant: uuid.UUID) -> bool:
    query = sql.SQL("select exists (select from public.{} where {} is distinct from %s)")
    try:
        with connection.transaction():
            row = connection.execute(query.format(sql.Identifier(table), sql.Identifier(column)), (tenant,)).fetchone()
    except errors.InsufficientPrivilege:
        return False
    return bool(row and row[0])


def _count_orphans(connection: Connection, table: str, target: str, columns: list[str], there: list[str]) -> int:
    here = [sql.Identifier("here", column) for column in columns]
    query = sql.SQL(
        "select count(*) from {} as here where {} and not exists (select from {} as there where {})"
    ).format(
        sql.SQL(table),
        sql.SQL(" and ").join(sql.SQL("{} is not null").format(column) for column in here),
        sql.SQL(target),
        sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier("there", other), column)
            for other, column in zip(there, here, strict=True)
        ),
    )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
