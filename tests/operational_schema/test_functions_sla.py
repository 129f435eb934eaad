"""Promises to customers: when they begin, when they are kept, and when they are broken.

Belongs here: sla_tracking. Not here: business time, which is the warehouse's.
"""

import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def fresh(connection: psycopg.Connection, acme: Tenant) -> uuid.UUID:
    """A conversation that began at noon."""
    row = connection.execute(
        "insert into public.conversations (tenant_id, created_at) values (%s, %s) returning id", (acme.tenant, NOON)
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


def say(
    connection: psycopg.Connection, tenant: Tenant, conversation: uuid.UUID, sender: str, second: int, **more: object
) -> None:
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at, is_internal) "
        "values (%s, %s, %s, 'x', %s, %s)",
        (tenant.tenant, conversation, sender, NOON + timedelta(seconds=second), more.get("internal", False)),
    )


def promised(connection: psycopg.Connection, conversation: uuid.UUID) -> dict[str, tuple[object, ...]]:
    """By type: target, seconds taken, state."""
    found = connection.execute(
        "select sla_type, target_time_seconds, actual_time_seconds, status from public.sla_tracking where conversation_id = %s",
        (conversation,),
    )
    return {name: tuple(rest) for name, *rest in found}


def become(connection: psycopg.Connection, conversation: uuid.UUID, status: str) -> None:
    connection.execute("update public.conversations set status = %s where id = %s", (status, conversation))


def test_an_answer_in_time(connection: psycopg.Connection, acme: Tenant, fresh: uuid.UUID) -> None:
    assert promised(connection, fresh) == {"resolution": (3600, None, "pending")}
    say(connection, acme, fresh, "customer", 60)
    say(connection, acme, fresh, "customer", 90)
    say(connection, acme, fresh, "system", 91)
    say(connection, acme, fresh, "agent", 92, internal=True)
    assert promised(connection, fresh)["first_response"] == (300, None, "pending")
    say(connection, acme, fresh, "assistant", 360)
    assert promised(connection, fresh)["first_response"] == (300, 300, "met")
    say(connection, acme, fresh, "agent", 900)
    assert promised(connection, fresh)["first_response"] == (300, 300, "met")


def test_an_answer_too_late(connection: psycopg.Connection, acme: Tenant, fresh: uuid.UUID) -> None:
    connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) "
        "values (%s, 'sla_first_response_seconds', '30')",
        (acme.tenant,),
    )
    say(connection, acme, fresh, "agent", 0)
    say(connection, acme, fresh, "visitor", 10)
    say(connection, acme, fresh, "agent", 41)
    assert promised(connection, fresh)["first_response"] == (30, 31, "breached")


def test_a_first_message_that_comes_late(connection: psycopg.Connection, acme: Tenant, fresh: uuid.UUID) -> None:
    say(connection, acme, fresh, "customer", 200)
    say(connection, acme, fresh, "customer", 100)
    say(connection, acme, fresh, "bot", 401)
    assert promised(connection, fresh)["first_response"] == (300, 301, "breached")


def test_question_and_answer_in_one_statement(connection: psycopg.Connection, acme: Tenant, fresh: uuid.UUID) -> None:
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
        "values (%(t)s, %(c)s, 'ai', 'x', %(n)s + interval '5 s'), (%(t)s, %(c)s, 'customer', 'x', %(n)s)",
        {"t": acme.tenant, "c": fresh, "n": NOON},
    )
    assert promised(connection, fresh)["first_response"] == (300, 5, "met")


def test_a_reopened_conversation_is_promised_again(
    connection: psycopg.Connection, acme: Tenant, fresh: uuid.UUID
) -> None:
    connection.execute("update public.conversations set created_at = now() - interval '30 min' where id = %s", (fresh,))
    connection.execute("update public.sla_tracking set created_at = now() - interval '30 min'")
    become(connection, fresh, "resolved")
    assert promised(connection, fresh)["resolution"][2] == "met"
    become(connection, fresh, "closed")
    become(connection, fresh, "active")
    assert promised(connection, fresh)["resolution"] == (3600, None, "pending")
    connection.execute("update public.sla_tracking set created_at = now() - interval '61 min'")
    become(connection, fresh, "closed")
    assert promised(connection, fresh)["resolution"][2] == "breached"


def test_what_waits_for_people(connection: psycopg.Connection, acme: Tenant, fresh: uuid.UUID) -> None:
    with connection.transaction():  # All of it happens at one now().
        become(connection, fresh, "escalated")
        assert promised(connection, fresh) | {"resolution": ()} == {
            "resolution": (), "assignment": (60, None, "pending"), "handoff": (120, None, "pending"),
        }  # fmt: skip
        connection.execute("update public.conversations set assigned_agent_id = %s where id = %s", (acme.agent, fresh))
        assert promised(connection, fresh)["assignment"] == (60, 0, "met")
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "values (%s, %s, 'agent', 'x')",
            (acme.tenant, fresh),
        )
    assert promised(connection, fresh)["handoff"] == (120, 0, "met")


def test_who_is_found_at_once_keeps_the_promise(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.agent_availability set is_online = true")
    row = connection.execute(
        "insert into public.conversations (tenant_id, status) values (%s, 'queued') returning id", (acme.tenant,)
    ).fetchone()
    assert row
    assert promised(connection, row[0])["assignment"] == (60, 0, "met")


def test_time_runs_out_without_anybody(connection: psycopg.Connection, acme: Tenant, fresh: uuid.UUID) -> None:
    connection.execute("delete from public.sla_tracking where conversation_id <> %s", (fresh,))
    assert connection.execute("select public.mark_breached_slas()").fetchone() == (1,)
    assert promised(connection, fresh)["resolution"] == (3600, None, "breached")
    assert connection.execute("select public.mark_breached_slas()").fetchone() == (0,)


def test_a_clock_that_is_wrong_by_centuries_stops_nobody(connection: psycopg.Connection, acme: Tenant) -> None:
    row = connection.execute(
        "insert into public.conversations (tenant_id, created_at) values (%s, '0044-03-15 BC') returning id",
        (acme.tenant,),
    ).fetchone()
    assert row
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) values "
        "(%(t)s, %(c)s, 'customer', 'x', '0044-03-15 BC'), (%(t)s, %(c)s, 'agent', 'x', '20000-01-01')",
        {"t": acme.tenant, "c": row[0]},
    )
    become(connection, row[0], "resolved")
    assert promised(connection, row[0]) == {
        "first_response": (300, 2147483647, "breached"), "resolution": (3600, 2147483647, "breached"),
    }  # fmt: skip


def test_imported_histories_promise_nothing(connection: psycopg.Connection, acme: Tenant) -> None:
    with connection.transaction():
        connection.execute("select set_config('app.import', 'on', true)")
        row = connection.execute(
            "insert into public.conversations (tenant_id) values (%s) returning id", (acme.tenant,)
        ).fetchone()
        assert row
        say(connection, acme, row[0], "customer", 0)
    assert promised(connection, row[0]) == {}
