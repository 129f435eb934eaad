"""What a conversation knows of its messages: how many are public, and which is the last.

Belongs here: counters under inserts, edits, moves and deletes, held against counting anew. Not here: the history of
the conversation itself (`test_conversation_history.py`).
"""

import random
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WRONG = """
    select conversation.id, conversation.message_count, conversation.last_message, conversation.last_message_at,
        counted.messages, last.content, last.created_at
    from public.conversations as conversation
    cross join lateral (
        select count(*) as messages from public.messages as message
        where message.conversation_id = conversation.id and not message.is_internal
    ) as counted
    left join lateral (
        select left(message.content, 300) as content, message.created_at from public.messages as message
        where message.conversation_id = conversation.id and not message.is_internal
        order by message.created_at desc, message.ordinal desc, message.id desc limit 1
    ) as last on true
    where (conversation.message_count, conversation.last_message, conversation.last_message_at)
        is distinct from (counted.messages, last.content, last.created_at)
"""


def _assert_right(connection: psycopg.Connection) -> None:
    assert connection.execute(WRONG).fetchall() == []


def _say(
    connection: psycopg.Connection, tenant: Tenant, text: str, *, minute: int, internal: bool = False
) -> uuid.UUID:
    row = connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, is_internal, created_at) "
        "values (%s, %s, 'customer', %s, %s, %s) returning id",
        (tenant.tenant, tenant.conversation, text, internal, NOON + timedelta(minutes=minute)),
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


def _last(connection: psycopg.Connection, tenant: Tenant) -> tuple[int, str | None]:
    row = connection.execute(
        "select message_count, last_message from public.conversations where id = %s", (tenant.conversation,)
    ).fetchone()
    assert row
    return row[0], row[1]


@pytest.fixture
def silent(connection: psycopg.Connection, acme: Tenant) -> Tenant:
    """A tenant whose conversation has no message yet."""
    connection.execute("delete from public.messages")
    assert _last(connection, acme) == (0, None)
    return acme


def test_a_late_message_counts_and_is_not_the_last(connection: psycopg.Connection, silent: Tenant) -> None:
    _say(connection, silent, "second", minute=2)
    _say(connection, silent, "first", minute=1)
    assert _last(connection, silent) == (2, "second")
    _assert_right(connection)


def test_of_one_instant_the_later_arrival_is_the_last(connection: psycopg.Connection, silent: Tenant) -> None:
    for text in ("one", "two", "three"):
        _say(connection, silent, text, minute=1)
    assert _last(connection, silent) == (3, "three")
    _assert_right(connection)


def test_an_internal_message_neither_counts_nor_is_the_last(connection: psycopg.Connection, silent: Tenant) -> None:
    note = _say(connection, silent, "note", minute=2, internal=True)
    _say(connection, silent, "hello", minute=1)
    assert _last(connection, silent) == (1, "hello")
    connection.execute("update public.messages set is_internal = false where id = %s", (note,))
    assert _last(connection, silent) == (2, "note")
    connection.execute("update public.messages set is_internal = true where id = %s", (note,))
    assert _last(connection, silent) == (1, "hello")


def test_deleting_takes_away_and_finds_the_one_before(connection: psycopg.Connection, silent: Tenant) -> None:
    first, _, third = (_say(connection, silent, f"message {minute}", minute=minute) for minute in (1, 2, 3))
    connection.execute("delete from public.messages where id = %s", (first,))
    assert _last(connection, silent) == (2, "message 3")
    connection.execute("delete from public.messages where id = %s", (third,))
    assert _last(connection, silent) == (1, "message 2")
    connection.execute("delete from public.messages")
    assert _last(connection, silent) == (0, None)


def test_a_long_message_is_kept_short(connection: psycopg.Connection, silent: Tenant) -> None:
    _say(connection, silent, "x" * 10_000, minute=1)
    assert _last(connection, silent) == (1, "x" * 300)


def test_an_edit_of_the_last_message_shows_and_of_another_does_not_write(
    connection: psycopg.Connection, silent: Tenant
) -> None:
    first, second = _say(connection, silent, "one", minute=1), _say(connection, silent, "two", minute=2)
    before = connection.execute("select xmin::text from public.conversations").fetchall()
    connection.execute("update public.messages set content = 'uno' where id = %s", (first,))
    connection.execute("update public.messages set delivery_status = 'read'")
    assert connection.execute("select xmin::text from public.conversations").fetchall() == before
    connection.execute("update public.messages set content = 'due' where id = %s", (second,))
    assert _last(connection, silent) == (2, "due")


def test_counters_are_right_after_any_sequence_of_statements(
    connection: psycopg.Connection, silent: Tenant, other: Tenant
) -> None:
    connection.execute(
        "insert into public.conversations (tenant_id) select %s from generate_series(1, 5)", (silent.tenant,)
    )
    chance = random.Random(20261123)
    pick = "(select id from public.messages where channel_type = 'website' order by md5(id::text || {0}) limit {1})"
    conversation = (
        "(select id from public.conversations where tenant_id = %(tenant)s order by md5(id::text || {0}) limit 1)"
    )
    statements = (
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, is_internal, created_at) "
        f"select %(tenant)s, {conversation}, 'ai', n::text, n %% 3 = 0, %(noon)s + (n * {{0}} %% 7) * interval '1 minute' "
        "from generate_series(1, {1}) as n",
        f"delete from public.messages where id in {pick}",
        f"update public.messages set is_internal = not is_internal where id in {pick}",
        f"update public.messages set created_at = created_at + ({{0}} %% 5 - 2) * interval '1 minute' where id in {pick}",
        "update public.messages set content = content || '!', id = gen_random_uuid() "
        f"where tenant_id = %(tenant)s and id in {pick}",
        f"update public.messages set conversation_id = {conversation} where tenant_id = %(tenant)s and id in {pick}",
    )
    for _ in range(120):
        statement = chance.choice(statements).format(chance.randrange(1, 100), chance.randrange(1, 6))
        connection.execute(statement, {"tenant": silent.tenant, "noon": NOON})
        _assert_right(connection)


def test_writers_at_once_lose_no_message(connection: psycopg.Connection, operational_url: str, silent: Tenant) -> None:
    with psycopg.connect(operational_url) as one, psycopg.connect(operational_url, autocommit=True) as two:
        _say(one, silent, "from one", minute=1)
        two.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            _say(two, silent, "from two", minute=2)
        one.commit()
        _say(two, silent, "from two", minute=2)
    assert _last(connection, silent) == (2, "from two")
    _assert_right(connection)


def test_a_message_after_a_bulk_load_is_found_by_index(connection: psycopg.Connection, silent: Tenant) -> None:
    """The plan of the first statement stays with the session; it must suit the single messages that follow."""
    connection.execute(
        "insert into public.conversations (tenant_id) select %s from generate_series(1, 3000)", (silent.tenant,)
    )
    connection.execute("analyze public.conversations")
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
        "select tenant_id, id, 'ai', 'x' from public.conversations"
    )
    connection.execute("select pg_stat_force_next_flush()")
    before = connection.execute("select seq_scan from pg_stat_user_tables where relname = 'conversations'").fetchone()
    _say(connection, silent, "hello", minute=1)
    connection.execute("delete from public.messages where content = 'hello'")
    connection.execute("select pg_stat_force_next_flush()")
    after = connection.execute("select seq_scan from pg_stat_user_tables where relname = 'conversations'").fetchone()
    assert after == before


def test_truncating_leaves_nothing_counted(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("select app.measure_conversations(%s, %s)", (acme.tenant, [acme.conversation]))
    connection.execute("truncate public.messages cascade")
    _assert_right(connection)
    assert connection.execute("select sum(total_messages) from public.conversation_analytics").fetchone() == (0,)
