"""Who gets the next conversation: by load, in turn, by skill, and never more than somebody can have.

Belongs here: auto_assign_conversation and assign_waiting_conversations. Not here: how many somebody has, and the rest of an
agent's day (`test_functions_agents.py`).
"""

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

Agent = Callable[..., uuid.UUID]


@pytest.fixture
def agent(connection: psycopg.Connection, acme: Tenant) -> Agent:
    """Makes an agent of acme who is there."""
    connection.execute("delete from public.agent_availability")

    def make(most: int = 5, *, online: bool = True, status: str = "available", **columns: object) -> uuid.UUID:
        key = uuid.uuid4()
        connection.execute(
            "insert into public.profiles (id, tenant_id, role) values (%s, %s, 'agent')", (key, acme.tenant)
        )
        connection.execute(
            "insert into public.agent_availability "
            "(tenant_id, agent_id, is_online, status, max_concurrent_chats, skills, departments) "
            "values (%s, %s, %s, %s, %s, %s, %s) on conflict (tenant_id, agent_id) do update set "
            "is_online = excluded.is_online, status = excluded.status, skills = excluded.skills, "
            "departments = excluded.departments, max_concurrent_chats = excluded.max_concurrent_chats",
            (acme.tenant, key, online, status, most, columns.get("skills", []), columns.get("departments", [])),
        )
        return key

    return make


def ask(connection: psycopg.Connection, tenant: Tenant, status: str = "queued", **columns: object) -> uuid.UUID | None:
    """A new conversation; whose it became."""
    row = connection.execute(
        "insert into public.conversations (tenant_id, status, department, tags, priority) "
        "values (%s, %s, %s, %s, %s) returning id",
        (
            tenant.tenant, status, columns.get("department", "general"), columns.get("tags", []),
            columns.get("priority", "normal"),
        ),
    ).fetchone()  # fmt: skip
    assert row
    return whose(connection, row[0])


def whose(connection: psycopg.Connection, conversation: uuid.UUID) -> uuid.UUID | None:
    row = connection.execute(
        "select assigned_agent_id from public.conversations where id = %s", (conversation,)
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


def route(connection: psycopg.Connection, tenant: Tenant, by: object) -> None:
    connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, 'conversation_routing', %s)",
        (tenant.tenant, Jsonb(by)),
    )


def test_who_has_least_gets_the_next(connection: psycopg.Connection, acme: Tenant, agent: Agent) -> None:
    large, small = agent(4), agent(2)
    got = [ask(connection, acme) for _ in range(7)]
    assert Counter(got) == {large: 4, small: 2, None: 1}
    assert set(got[:3]) == {large, small}


def test_only_those_who_are_there_and_serve_the_department(
    connection: psycopg.Connection, acme: Tenant, agent: Agent
) -> None:
    agent(online=False), agent(status="busy"), agent(0), agent(departments=["sales"])
    assert ask(connection, acme) is None
    dismissed = agent()
    connection.execute("update public.profiles set is_active = false where id = %s", (dismissed,))
    assert ask(connection, acme) is None
    there = agent(departments=["general", "support"])
    assert ask(connection, acme, department="support") == there


def test_another_tenants_agent_gets_nothing(
    connection: psycopg.Connection, acme: Tenant, other: Tenant, agent: Agent
) -> None:
    agent()
    assert ask(connection, other) is None


def test_what_the_ai_handles_waits_for_nobody(connection: psycopg.Connection, acme: Tenant, agent: Agent) -> None:
    there = agent()
    for status in ("active", "open", "pending", "resolved", "closed"):
        assert ask(connection, acme, status) is None
    row = connection.execute(
        "select id from public.conversations where status = 'active' and assigned_agent_id is null and tenant_id = %s limit 1",
        (acme.tenant,),
    ).fetchone()
    assert row
    connection.execute("update public.conversations set status = 'escalated' where id = %s", row)
    assert whose(connection, row[0]) == there
    events = connection.execute(
        "select event_type, to_status, to_agent_id, is_automatic from public.conversation_events "
        "where conversation_id = %s order by occurred_at, ordinal",
        row,
    ).fetchall()
    assert events[1:] == [("status", "escalated", None, False), ("assignment", None, there, True)]


def test_in_turn(connection: psycopg.Connection, acme: Tenant, agent: Agent) -> None:
    route(connection, acme, "round_robin")
    agents = {agent(10), agent(10), agent(10)}
    got = [ask(connection, acme) for _ in range(6)]
    assert set(got[:3]) == agents
    assert got[3:] == got[:3]


def test_by_skill_and_else_by_load(connection: psycopg.Connection, acme: Tenant, agent: Agent) -> None:
    route(connection, acme, "skill_based")
    french, plain = agent(2, skills=["french", "billing"]), agent(9)
    assert ask(connection, acme, tags=["french"]) == french
    assert ask(connection, acme) == plain
    assert ask(connection, acme, tags=["billing", "x"]) == french
    assert ask(connection, acme, tags=["french"]) == plain, "whoever knows it has no room"


def test_nobody_is_assigned_where_the_tenant_wants_none(
    connection: psycopg.Connection, acme: Tenant, agent: Agent
) -> None:
    agent()
    route(connection, acme, "off")
    assert ask(connection, acme) is None


def test_many_in_one_statement_overbook_nobody(connection: psycopg.Connection, acme: Tenant, agent: Agent) -> None:
    first, second = agent(3), agent(2)
    connection.execute(
        "insert into public.conversations (tenant_id, status) select %s, 'queued' from generate_series(1, 9)",
        (acme.tenant,),
    )
    held = connection.execute(
        "select assigned_agent_id, count(*) from public.conversations where status = 'queued' group by 1"
    ).fetchall()
    assert dict(held) == {first: 3, second: 2, None: 4}


def test_fifty_at_once_overbook_nobody_and_leave_no_room_unused(
    connection: psycopg.Connection, operational_url: str, acme: Tenant, agent: Agent
) -> None:
    agents = {agent(most): most for most in (1, 5, 7, 12)}

    def insert(_: int) -> None:
        with psycopg.connect(operational_url, autocommit=True) as session:
            session.execute(
                "insert into public.conversations (tenant_id, status) values (%s, 'queued')", (acme.tenant,)
            )

    with ThreadPoolExecutor(25) as clients:
        list(clients.map(insert, range(50)))
    held = connection.execute(
        "select assigned_agent_id, count(*) from public.conversations where status = 'queued' group by 1"
    ).fetchall()
    assert dict(held) == {**agents, None: 25}
    counts = connection.execute("select agent_id, current_chat_count from public.agent_availability").fetchall()
    assert dict(counts) == agents


def test_what_waits_is_tried_again_the_most_urgent_first(
    connection: psycopg.Connection, acme: Tenant, agent: Agent
) -> None:
    waiting = {priority: ask(connection, acme, priority=priority) for priority in ("low", "urgent", "medium")}
    assert set(waiting.values()) == {None}
    there = agent(2)
    assert connection.execute("select public.assign_waiting_conversations()").fetchone() == (2,)
    given = connection.execute(
        "select priority from public.conversations where assigned_agent_id = %s order by priority", (there,)
    ).fetchall()
    assert given == [("medium",), ("urgent",)]
    assert connection.execute("select public.assign_waiting_conversations()").fetchone() == (0,)


def test_who_has_a_conversation_by_now_keeps_it(connection: psycopg.Connection, acme: Tenant, agent: Agent) -> None:
    """Between looking for what waits and giving it away somebody may have taken it."""
    taken = agent(9)
    connection.execute(
        "insert into public.conversations (tenant_id, status, assigned_agent_id) values (%s, 'escalated', %s)",
        (acme.tenant, taken),
    )
    connection.execute("update public.agent_availability set is_online = false where agent_id = %s", (taken,))
    agent(9)
    given = connection.execute(
        "select app.assign_conversation(tenant_id, id), assigned_agent_id from public.conversations "
        "where assigned_agent_id = %s",
        (taken,),
    ).fetchall()
    assert given == [(None, taken)]


def test_an_application_role_gives_itself_nothing(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, acme.claims(acme.admin)), pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select app.assign_conversation(%s, %s)", (acme.tenant, acme.conversation))
    with acting(connection, acme.claims(acme.agent)), pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("update public.agent_availability set current_chat_count = 0")


def test_an_imported_queue_stays_as_it_was(connection: psycopg.Connection, acme: Tenant, agent: Agent) -> None:
    agent()
    with connection.transaction():
        connection.execute("select set_config('app.import', 'on', true)")
        assert ask(connection, acme) is None
