"""S14 and O4 on the marts as they are: who sees what of them, before and after every kind of build, and while they are built.

Belongs here: every relation of `marts` and `facts`. Not here: a publish as such (`test_publish.py`), five hundred readers
(`test_many_readers.py`), and logins (`test_tenant_readers.py`).
"""

import asyncio
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from operational_schema import demo_traffic
from orchestration.databases import OUR_SCHEMAS, Databases
from orchestration.publishing import tenant_readers
from orchestration.refresh import refresh
from orchestration.transformation import touch
from tests.orchestration.conftest import KEY, add_conversation

pytestmark = pytest.mark.usefixtures("every_server")

READERS, ROUNDS = 24, 9
SHOWN = (
    "select oid::regclass::text from pg_class where relnamespace = any (%s::regnamespace[]) and relkind in ('r', 'v')"
)
TENANTS = (
    "select attrelid::regclass::text from pg_attribute inner join pg_class on pg_class.oid = attrelid "
    "where attname = 'tenant_id' and relkind in ('r', 'v') and relnamespace = any (%s::regnamespace[]) order by 1"
)
SECURED = """
    select relation.oid::regclass::text, relation.relkind, relation.relrowsecurity, relation.relacl::text,
        relation.reloptions, pg_get_userbyid(relation.relowner), obj_description(relation.oid, 'pg_class'),
        (
            select array_agg((attname, attacl, col_description(relation.oid, attnum))::text order by attnum)
            from pg_attribute where attrelid = relation.oid and attnum > 0 and not attisdropped
        ),
        (
            select array_agg((polname, polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid))::text order by polname)
            from pg_policy where polrelid = relation.oid
        )
    from pg_class as relation
    where relation.relnamespace = any ('{marts, facts, theirs}'::regnamespace[]) and relation.relkind in ('r', 'v')
    order by 1
"""
THEIRS = (
    "create schema theirs",
    "create view theirs.days as select tenant_id, sum(total_conversations) as conversations from marts.daily_metrics group by 1",
    "create view theirs.talks as select count(*) as conversations from marts.conversation_analytics",
    "comment on view theirs.days is 'Somebody else''s.'",
    "grant usage on schema theirs to romashka_analyst",
    "grant select on theirs.days to romashka_analyst",
    "grant select on marts.sla_daily, facts.conversation_analytics to {}",
    "create policy one_more on facts.conversation_analytics for select to {} using (status = 'closed')",
)
LOOK = (
    "select (select sum(total_conversations) from marts.daily_metrics), (select count(*) from marts.conversation_analytics), "
    "(select sum(conversations) from theirs.days), (select generation from marts.publication)"
)


@pytest.fixture
def marts(databases: Databases) -> Databases:
    """Of two tenants, as after the first refresh."""
    until = datetime(2026, 3, 31, 12, tzinfo=UTC)
    demo_traffic.load_traffic(databases.operational, conversations=40, tenants=2, days=30, seed=3, until=until)
    refresh(databases, pseudonym_key=KEY)
    return databases


@pytest.fixture
def analyst(marts: Databases) -> Iterator[str]:
    """One of ROMASHKA's own staff; a view of the marts is theirs, a grant and a policy are made by hand."""
    name = f"analyst_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(marts.warehouse) as warehouse:
        warehouse.execute(f"create role {name} nologin in role romashka_analyst")
        for statement in THEIRS:
            warehouse.execute(statement.format(name))
    yield name
    with psycopg.connect(marts.warehouse) as warehouse:
        warehouse.execute(f"drop owned by {name}")
        warehouse.execute(f"drop role {name}")


def rows(url: str, statement: str, *bound: Any, role: str | None = None) -> list[Any]:
    """What the owner, or somebody else, reads."""
    with psycopg.connect(url) as warehouse:
        if role:
            warehouse.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        return warehouse.execute(statement, bound).fetchall()


def tenants_in(url: str, relation: str, *, role: str | None = None) -> dict[uuid.UUID, int]:
    return dict(rows(url, f"select tenant_id, count(*) from {relation} group by 1", role=role))


def write(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello", "is anybody there?")


def build(databases: Databases, tenant: uuid.UUID, how: str) -> None:
    """Each way in which rows of the marts are made."""
    write(databases, tenant)
    with psycopg.connect(databases.warehouse) as warehouse:
        if how == "days":
            touch.days(warehouse, first=date(2026, 1, 1), last=date(2026, 12, 31))
        if how == "other models":
            warehouse.execute("update ops.published_models set fingerprint = 'of before'")
    refresh(databases, pseudonym_key=KEY, full=how == "full")


def test_security_survives_every_build(marts: Databases, analyst: str) -> None:
    """S14: row security, policies, grants, comments and other people's views; and what they are."""
    secured = rows(marts.warehouse, SECURED)
    assert len(secured) > 25
    tables = {name: (is_on, policies) for name, kind, is_on, *_, policies in secured if kind == "r"}
    open_to_all = {"marts.publication"}
    assert {name for name, (is_on, policies) in tables.items() if not (is_on and policies)} == open_to_all
    ((tenant,), *_) = rows(marts.warehouse, "select tenant_id from marts.tenants order by slug")
    for how in ("changes", "days", "full", "other models", "changes"):
        before = rows(marts.warehouse, "select conversations from theirs.talks")[0][0]
        build(marts, tenant, how)
        assert rows(marts.warehouse, SECURED) == secured, how
        assert rows(marts.warehouse, "select conversations from theirs.talks") == [(before + 1,)]


@pytest.mark.parametrize("how", ["changes", "full"])
def test_each_sees_what_is_theirs(marts: Databases, analyst: str, how: str) -> None:
    """S14: an analyst all tenants, a tenant's reader its own, in every mart, after a build as before it."""
    keys = dict(rows(marts.warehouse, "select slug, tenant_id from marts.tenants"))
    build(marts, next(iter(keys.values())), how)
    with psycopg.connect(marts.warehouse) as warehouse:
        readers = {key: tenant_readers.ensure_reader(warehouse, slug) for slug, key in keys.items()}
    relations = [name for (name,) in rows(marts.warehouse, TENANTS, ["marts"]) if name != "marts.tenant_readers"]
    assert len(relations) >= 17
    both = 0
    for relation in relations:
        everything = tenants_in(marts.warehouse, relation)
        both += len(everything) == 2
        assert tenants_in(marts.warehouse, relation, role=analyst) == everything, relation
        for key, reader in readers.items():
            own = {key: everything[key]} if key in everything else {}
            assert tenants_in(marts.warehouse, relation, role=reader) == own, relation
    assert both >= 12, "marts that have rows of both"
    assert tenants_in(marts.warehouse, "theirs.days", role=analyst).keys() == set(keys.values())


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_the_applications_people_see_nothing(marts: Databases, role: str) -> None:
    """S14: not one relation of any of our schemas, by grant or by membership."""
    relations = [name for (name,) in rows(marts.warehouse, SHOWN, list(OUR_SCHEMAS))]
    assert len(relations) > 60
    for relation in relations:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(marts.warehouse, f"select from {relation}", role=role)
    held = "select rolname from pg_roles where rolname like 'romashka%%' and pg_has_role(%s, oid, 'member')"
    assert rows(marts.warehouse, held, role) == []


async def read_on(url: str, role: str, stop: asyncio.Event) -> set[tuple[int, ...]]:
    """What a reader sees, in transactions of two looks each."""
    seen = set()
    async with await psycopg.AsyncConnection.connect(url, options=f"-c role={role}") as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        while not stop.is_set():
            looks = [await (await connection.execute(LOOK)).fetchone() for _ in range(2)]
            await connection.rollback()
            assert looks[0] == looks[1], "one transaction, one generation"
            seen.add(tuple(looks[0] or ()))
            await asyncio.sleep(0.05)
    return seen


async def read_while_building(databases: Databases, role: str, tenant: uuid.UUID) -> set[tuple[int, ...]]:
    stop = asyncio.Event()
    readers = [asyncio.create_task(read_on(databases.warehouse, role, stop)) for _ in range(READERS)]
    for number in range(ROUNDS):
        how = ("changes", "full", "other models")[number % 3]
        await asyncio.to_thread(build, databases, tenant, how)
    stop.set()
    return set().union(*await asyncio.gather(*readers))


def test_readers_see_whole_generations_of_the_real_marts(marts: Databases, analyst: str) -> None:
    """O4: whatever is built, each generation has one conversation more, in the days as in the conversations."""
    ((tenant,), *_) = rows(marts.warehouse, "select tenant_id from marts.tenants order by slug")
    ((first, *_),) = rows(marts.warehouse, LOOK)
    seen = asyncio.run(read_while_building(marts, analyst, tenant))
    expected = {(first + more, first + more, first + more, 1 + more) for more in range(ROUNDS + 1)}
    assert seen <= expected, seen - expected
    assert len(seen) > ROUNDS // 2, "they read while it changed"
