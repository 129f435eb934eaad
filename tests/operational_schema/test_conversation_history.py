"""What conversations keep of themselves: their history, their resolution, and how they close when nobody speaks.

Belongs here: triggers on conversations, and the job. Not here: counters of messages (`test_message_counters.py`).
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

Event = tuple[Any, ...]


@pytest.fixture
def events(connection: psycopg.Connection) -> Callable[[uuid.UUID], list[Event]]:
    """The history of a conversation, in its order."""

    def read(conversation: uuid.UUID) -> list[Event]:
        return connection.execute(
            "select event_type, from_status, to_status, from_agent_id, to_agent_id, score, actor_id, is_automatic "
            "from public.conversation_events where conversation_id = %s order by occurred_at, ordinal",
            (conversation,),
        ).fetchall()

    return read


def _add(connection: psycopg.Connection, tenant: Tenant, **columns: object) -> uuid.UUID:
    values = {"id": uuid.uuid4(), "tenant_id": tenant.tenant, **columns}
    names, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    connection.execute(f"insert into public.conversations ({names}) values ({places})", values)
    return values["id"]  # type: ignore[return-value]


def _set(connection: psycopg.Connection, conversation: uuid.UUID, **columns: object) -> None:
    changes = ", ".join(f"{name} = %({name})s" for name in columns)
    connection.execute(
        f"update public.conversations set {changes} where id = %(conversation)s",
        {**columns, "conversation": conversation},
    )


def _resolution(connection: psycopg.Connection, conversation: uuid.UUID) -> tuple[datetime | None, int | None]:
    row = connection.execute(
        "select resolved_at, resolution_time_seconds from public.conversations where id = %s", (conversation,)
    ).fetchone()
    assert row
    return row[0], row[1]


def test_every_change_of_status_assignee_and_rating_is_an_event(
    connection: psycopg.Connection, acme: Tenant, events: Callable[[uuid.UUID], list[Event]]
) -> None:
    conversation = _add(connection, acme, status="open")
    _set(connection, conversation, assigned_agent_id=acme.agent)
    _set(connection, conversation, assigned_agent_id=acme.admin, status="escalated")
    _set(connection, conversation, status="resolved", satisfaction_score=4.5)
    _set(connection, conversation, status="closed")
    _set(connection, conversation, assigned_agent_id=None, satisfaction_score=None)
    assert events(conversation) == [
        ("status", None, "open", None, None, None, None, False),
        ("assignment", None, None, None, acme.agent, None, None, False),
        ("status", "open", "escalated", None, None, None, None, False),
        ("assignment", None, None, acme.agent, acme.admin, None, None, False),
        ("status", "escalated", "resolved", None, None, None, None, False),
        ("rating", None, None, None, None, 4.5, None, False),
        ("status", "resolved", "closed", None, None, None, None, False),
        ("assignment", None, None, acme.admin, None, None, None, False),
    ]


def test_a_conversation_made_with_assignee_and_rating_has_their_events_at_its_creation(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    began = datetime(2026, 1, 2, tzinfo=UTC)
    conversation = _add(
        connection, acme, created_at=began, status="closed", assigned_agent_id=acme.agent, satisfaction_score=3
    )
    found = connection.execute(
        "select event_type, occurred_at from public.conversation_events where conversation_id = %s order by ordinal",
        (conversation,),
    ).fetchall()
    assert found == [("status", began), ("assignment", began), ("rating", began)]
    assert _resolution(connection, conversation) == (began, 0)


def test_what_changes_nothing_of_these_leaves_no_event(
    connection: psycopg.Connection, acme: Tenant, events: Callable[[uuid.UUID], list[Event]]
) -> None:
    conversation = _add(connection, acme)
    _set(connection, conversation, status="active", priority="high", assigned_agent_id=None)
    assert len(events(conversation)) == 1


def test_the_actor_is_the_person_of_the_tenant_who_asked(
    connection: psycopg.Connection, acme: Tenant, other: Tenant, events: Callable[[uuid.UUID], list[Event]]
) -> None:
    conversation = _add(connection, acme)
    for claims, role in ((acme.claims(acme.agent), "authenticated"), (other.claims(other.admin), "service_role")):
        with acting(connection, claims, role=role, keep=True):
            connection.execute(
                "update public.conversations set status = case status when 'active' then 'pending' else 'active' end "
                "where id = %s",
                (conversation,),
            )
    assert [event[6] for event in events(conversation)] == [None, acme.agent, None]


def test_a_rule_of_the_application_marks_its_changes_as_automatic(
    connection: psycopg.Connection, acme: Tenant, events: Callable[[uuid.UUID], list[Event]]
) -> None:
    conversation = _add(connection, acme)
    with connection.transaction():
        connection.execute("set local app.automatic = 'on'")
        _set(connection, conversation, status="escalated")
    _set(connection, conversation, status="active")
    assert [event[7] for event in events(conversation)] == [False, True, False]


def test_deleting_an_agent_unassigns_and_says_so(
    connection: psycopg.Connection, acme: Tenant, events: Callable[[uuid.UUID], list[Event]]
) -> None:
    connection.execute("delete from public.profiles where id = %s", (acme.agent,))
    assert events(acme.conversation)[-1][:5] == ("assignment", None, None, None, None)


def test_many_conversations_changed_at_once_have_an_event_each(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute(
        "insert into public.conversations (tenant_id) select %s from generate_series(1, 50)", (acme.tenant,)
    )
    connection.execute("update public.conversations set status = 'pending'")
    found = connection.execute(
        "select to_status, count(distinct conversation_id), count(*) from public.conversation_events "
        "where event_type = 'status' group by to_status order by to_status"
    ).fetchall()
    assert found == [("active", 52, 52), ("pending", 52, 52)]


def test_the_history_stays_in_order_when_an_older_transaction_comes_second(
    connection: psycopg.Connection, operational_url: str, acme: Tenant
) -> None:
    conversation = _add(connection, acme)
    with psycopg.connect(operational_url) as older:
        older.execute("select now()")
        _set(connection, conversation, status="pending")
        _set(older, conversation, status="resolved")
    found = connection.execute(
        "select to_status, occurred_at from public.conversation_events where conversation_id = %s "
        "order by occurred_at, ordinal",
        (conversation,),
    ).fetchall()
    assert [status for status, _ in found] == ["active", "pending", "resolved"]
    assert _resolution(connection, conversation)[0] == found[-1][1]


@pytest.mark.parametrize("ended", ["resolved", "closed", "abandoned"])
def test_resolution_is_set_at_the_end_and_cleared_by_reopening(
    ended: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    began = datetime.now(UTC) - timedelta(hours=1)
    conversation = _add(connection, acme, created_at=began)
    assert _resolution(connection, conversation) == (None, None)
    _set(connection, conversation, status=ended)
    at, seconds = _resolution(connection, conversation)
    assert at and 3600 <= (at - began).total_seconds() < 3660
    assert seconds == int((at - began).total_seconds())
    _set(connection, conversation, status="active")
    assert _resolution(connection, conversation) == (None, None)


def test_closing_what_is_resolved_keeps_when_it_was_resolved(connection: psycopg.Connection, acme: Tenant) -> None:
    conversation = _add(connection, acme)
    _set(connection, conversation, status="resolved")
    resolved = _resolution(connection, conversation)
    _set(connection, conversation, status="closed")
    assert _resolution(connection, conversation) == resolved


def test_an_import_brings_its_own_history(
    connection: psycopg.Connection, acme: Tenant, events: Callable[[uuid.UUID], list[Event]]
) -> None:
    resolved = datetime(2026, 1, 3, tzinfo=UTC)
    with connection.transaction():
        connection.execute("set local app.import = 'on'")
        conversation = _add(connection, acme, status="resolved", resolved_at=resolved, resolution_time_seconds=7)
        _set(connection, conversation, priority="high", status="closed")
    assert events(conversation) == []
    assert _resolution(connection, conversation) == (resolved, 7)


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_the_application_cannot_switch_history_off(
    role: str, connection: psycopg.Connection, acme: Tenant, events: Callable[[uuid.UUID], list[Event]]
) -> None:
    with acting(connection, acme.claims(acme.agent), role=role, keep=True):
        connection.execute("set local app.import = 'on'")
        conversation = _add(connection, acme, status="closed")
    assert len(events(conversation)) == 1
    assert _resolution(connection, conversation)[0] is not None


SILENT_FOR = (
    # status, hours of silence, setting, and whether it closes
    ("active", 25, None, True),
    ("active", 23, None, False),
    ("open", 2, "3600", True),
    ("pending", 2, '"3600"', True),
    ("assigned", 2, "7200", False),
    ("assigned", 2, "7199", True),
    ("active", 25, '"soon"', True),
    ("active", 23, "null", False),
    ("escalated", 100, None, False),
    ("queued", 100, None, False),
    ("resolved", 100, None, False),
)


@pytest.mark.parametrize(("status", "hours", "setting", "closes"), SILENT_FOR)
def test_silence_closes_a_conversation(
    status: str, hours: int, setting: str | None, closes: bool, connection: psycopg.Connection, acme: Tenant,
    events: Callable[[uuid.UUID], list[Event]],
) -> None:  # fmt: skip
    if setting is not None:
        connection.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%s, 'conversation_auto_close_time', %s::jsonb)",
            (acme.tenant, setting),
        )
    with connection.transaction():
        [(now,)] = connection.execute("select now()")
        ago = {"created_at": now - timedelta(days=9), "last_message_at": now - timedelta(hours=hours)}
        conversation = _add(connection, acme, status=status, **ago)
        for _ in range(2):
            connection.execute("select public.auto_close_inactive_conversations()")
    last = events(conversation)[-1]
    assert (last[2], last[7]) == (("closed", True) if closes else (status, False))
    assert len(events(conversation)) == (2 if closes else 1)
