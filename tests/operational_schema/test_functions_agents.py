"""An agent's day: presence, how many conversations somebody has, transfers, and the ready-made answers.

Belongs here: what triggers and jobs keep of agents. Not here: who gets the next conversation (`test_agent_assignment.py`).
"""

import random
import uuid

import psycopg
import pytest

from operational_schema import migrate
from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

# What the trigger keeps, and counting anew.
WRONG = """
    select availability.agent_id, availability.current_chat_count, counted.conversations
    from public.agent_availability as availability
    cross join lateral (
        select count(*) as conversations from public.conversations as conversation
        where conversation.assigned_agent_id = availability.agent_id
            and conversation.status not in ('resolved', 'closed', 'abandoned')
    ) as counted
    where availability.current_chat_count <> counted.conversations
"""


def one(connection: psycopg.Connection, statement: str, *values: object) -> tuple[object, ...]:
    row = connection.execute(statement.encode(), values).fetchone()
    assert row
    return tuple(row)


def test_presence_is_noted_when_it_changes_and_only_then(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("truncate public.agent_availability_events")
    with acting(connection, acme.claims(acme.agent), keep=True):
        connection.execute("update public.agent_availability set is_online = true")
    connection.execute("update public.agent_availability set last_activity = now(), is_online = is_online")
    connection.execute("update public.agent_availability set status = 'busy'")
    connection.execute("delete from public.agent_availability")
    noted = connection.execute(
        "select agent_id, is_online, status from public.agent_availability_events order by occurred_at"
    ).fetchall()
    assert noted == [
        (acme.agent, True, "available"), (acme.agent, True, "busy"), (acme.agent, False, "offline"),
    ]  # fmt: skip


def test_an_agent_who_is_deleted_leaves_no_presence(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.agent_availability set is_online = true")
    connection.execute("delete from public.profiles where id = %s", (acme.agent,))
    assert connection.execute("select count(*) from public.agent_availability").fetchone() == (0,)


def test_who_becomes_an_agent_can_say_that_they_are_there(connection: psycopg.Connection, acme: Tenant) -> None:
    """And who signs up as anything else is no agent."""
    there = "select agent_id, is_online, status from public.agent_availability where agent_id <> %s order by created_at"
    assert connection.execute(there, (acme.agent,)).fetchall() == []
    hired = uuid.uuid4()
    connection.execute(
        "insert into public.profiles (id, tenant_id, role) values (%s, %s, 'agent'), (gen_random_uuid(), %s, 'admin')",
        (hired, acme.tenant, acme.tenant),
    )
    assert connection.execute(there, (acme.agent,)).fetchall() == [(hired, False, "available")]
    with acting(connection, acme.claims(acme.admin), keep=True):
        for role in ("agent", "user", "agent"):
            connection.execute("update public.profiles set role = %s where id = %s", (role, acme.user))
    assert connection.execute(there, (acme.agent,)).fetchall() == [
        (hired, False, "available"),
        (acme.user, False, "available"),
    ]
    with acting(connection, acme.claims(acme.user), keep=True):
        assert connection.execute("update public.agent_availability set is_online = true").rowcount == 1
    back = uuid.uuid4()
    connection.execute(
        "insert into public.profiles (id, tenant_id, role, is_active) values (%s, %s, 'agent', false)",
        (back, acme.tenant),
    )
    was_there = "select from public.agent_availability where agent_id = %s"
    assert connection.execute(was_there, (back,)).rowcount == 0, "who has left"
    connection.execute("update public.profiles set is_active = true where id = %s", (back,))
    assert connection.execute(was_there, (back,)).rowcount == 1, "and comes back"


def test_who_was_an_agent_before_can_say_so_too(
    operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    migrate.down(operational_url, "040", force=True)
    connection.execute("delete from public.agent_availability")
    migrate.up(operational_url)
    assert connection.execute("select agent_id from public.agent_availability").fetchall() == [(acme.agent,)]


@pytest.mark.parametrize("seed", range(3))
def test_counts_stay_right_whatever_happens(seed: int, connection: psycopg.Connection, acme: Tenant) -> None:
    chance = random.Random(seed)
    for person in (acme.admin, acme.retired):
        connection.execute(
            "insert into public.agent_availability (tenant_id, agent_id, current_chat_count) values (%s, %s, 7)",
            (acme.tenant, person),
        )
    agents = [acme.agent, acme.admin, acme.retired, None]
    statuses = ["active", "queued", "pending", "resolved", "closed", "abandoned", "escalated"]
    conversations: list[uuid.UUID] = []
    for _ in range(60):
        agent, status = chance.choice(agents), chance.choice(statuses)
        some = chance.sample(conversations, min(len(conversations), 3))
        step = chance.choice(["insert", "update", "update", "delete"])
        if step == "insert":
            made = connection.execute(
                "insert into public.conversations (tenant_id, assigned_agent_id, status) "
                "select %s, %s, %s from generate_series(1, 2) returning id",
                (acme.tenant, agent, status),
            )
            conversations += [key for (key,) in made]
        elif step == "update":
            connection.execute(
                "update public.conversations set assigned_agent_id = %s, status = %s where id = any(%s)",
                (agent, status, some),
            )
        else:
            connection.execute("delete from public.conversations where id = any(%s)", (some[:1],))
        assert connection.execute(WRONG).fetchall() == [], f"seed {seed}"


def test_who_comes_later_has_what_they_were_given_before(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.conversations set assigned_agent_id = %s", (acme.admin,))
    connection.execute(
        "insert into public.agent_availability (tenant_id, agent_id, current_chat_count) values (%s, %s, 99)",
        (acme.tenant, acme.admin),
    )
    assert connection.execute(WRONG).fetchall() == []


def test_a_message_touches_no_count(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.conversations set assigned_agent_id = %s", (acme.agent,))
    before = one(connection, "select xmin::text from public.agent_availability")
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'customer', 'x')",
        (acme.tenant, acme.conversation),
    )
    assert one(connection, "select xmin::text from public.agent_availability") == before


def test_who_does_nothing_is_away_by_their_own_time(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute(
        "update public.agent_availability set is_online = true, auto_away_time = 600, last_activity = now() - interval '9 min'"
    )
    assert one(connection, "select public.auto_update_agent_status()") == (0,)
    connection.execute("update public.agent_availability set last_activity = now() - interval '11 min'")
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, sender_id, content) "
        "values (%s, %s, 'agent', %s, 'on it')",
        (acme.tenant, acme.conversation, acme.agent),
    )
    assert one(connection, "select public.auto_update_agent_status()") == (0,), "who writes is active"
    connection.execute("update public.agent_availability set last_activity = now() - interval '11 min'")
    assert one(connection, "select public.auto_update_agent_status()") == (1,)
    assert one(connection, "select status from public.agent_availability") == ("away",)
    assert one(connection, "select public.auto_update_agent_status()") == (0,)


def test_who_accepts_a_transfer_has_the_conversation(connection: psycopg.Connection, acme: Tenant) -> None:
    offered = one(
        connection,
        "insert into public.conversation_transfers (tenant_id, conversation_id, to_agent_id) values (%s, %s, %s) returning id",
        acme.tenant, acme.conversation, acme.admin,
    )  # fmt: skip
    assignee = "select assigned_agent_id from public.conversations where id = %s"
    assert one(connection, assignee, acme.conversation) != (acme.admin,)
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute("update public.conversation_transfers set status = 'accepted' where id = %s", offered)
    assert one(connection, assignee, acme.conversation) == (acme.admin,)
    assert one(
        connection,
        "select accepted_at is not null, rejected_at from public.conversation_transfers where id = %s",
        *offered,
    ) == (True, None)
    connection.execute("update public.conversation_transfers set status = 'rejected' where id = %s", offered)
    assert one(
        connection,
        "select accepted_at, rejected_at is not null from public.conversation_transfers where id = %s",
        *offered,
    ) == (None, True)
    assert one(connection, assignee, acme.conversation) == (acme.admin,), "what was taken stays with whoever took it"


def test_a_ready_made_answer_counts_when_an_agent_names_it(connection: psycopg.Connection, acme: Tenant) -> None:
    answer = one(connection, "select id from public.canned_responses")
    connection.execute("update public.canned_responses set shortcut = '/hi'")
    for sender, metadata in (
        ("customer", f'{{"canned_response_id": "{answer[0]}"}}'), ("agent", "{}"), ("agent", '{"canned_response_id": "x"}'),
        ("agent", f'{{"canned_response_id": "{answer[0]}"}}'),
    ):  # fmt: skip
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content, metadata) "
            "values (%s, %s, %s, 'say /hi', %s)",
            (acme.tenant, acme.conversation, sender, metadata),
        )
    assert one(connection, "select usage_count from public.canned_responses") == (1,)
