"""What triggers keep on conversations: history, resolution, counters; and the pseudonyms."""

import hashlib
import hmac
import uuid

import psycopg
import pytest

from tests.operational_schema.conftest import Become, Tenant, claims_of

pytestmark = pytest.mark.usefixtures("every_server")


@pytest.fixture
def connection(operational_url: str):
    with psycopg.connect(operational_url) as made:
        yield made


def events(connection: psycopg.Connection, conversation: uuid.UUID) -> list[tuple]:
    return connection.execute(
        "select event_type, from_status, to_status, to_agent_id, score::float, is_automatic from public.conversation_events "
        "where conversation_id = %s order by occurred_at, ordinal",
        (conversation,),
    ).fetchall()


def test_each_change_is_an_event_and_no_change_is_none(
    connection: psycopg.Connection, tenants: dict[str, Tenant]
) -> None:
    a = tenants["A"]
    for change in ("status = 'pending'", f"assigned_agent_id = '{a.people['agent']}'", "satisfaction_score = 4.5",
                   "status = status", "priority = 'high'"):  # fmt: skip
        connection.execute(f"update public.conversations set {change} where id = %s", (a.conversation,))
    assert events(connection, a.conversation) == [
        ("status", None, "active", None, None, False),
        ("status", "active", "pending", None, None, False),
        ("assignment", None, None, a.people["agent"], None, False),
        ("rating", None, None, None, 4.5, False),
    ]


def test_the_event_names_who_did_it(tenants: dict[str, Tenant], become: Become) -> None:
    a = tenants["A"]
    with become("authenticated", claims_of(a, "agent")) as connection:
        connection.execute("update public.conversations set status = 'resolved' where id = %s", (a.conversation,))
        row = connection.execute(
            "select actor_id from public.conversation_events where conversation_id = %s and to_status = 'resolved'",
            (a.conversation,),
        ).fetchone()
    assert row == (a.people["agent"],)


def test_the_application_cannot_slip_past_its_history(tenants: dict[str, Tenant], become: Become) -> None:
    a = tenants["A"]
    with become("authenticated", claims_of(a, "agent")) as connection:
        connection.execute("select set_config('app.import', 'on', true)")
        connection.execute("update public.conversations set status = 'resolved' where id = %s", (a.conversation,))
        assert len(events(connection, a.conversation)) == 2


def test_resolution_is_set_once_and_cleared_by_a_reopening(
    connection: psycopg.Connection, tenants: dict[str, Tenant]
) -> None:
    conversation = tenants["A"].conversation

    def resolved() -> tuple:
        return connection.execute(
            "select resolved_at, resolution_time_seconds from public.conversations where id = %s", (conversation,)
        ).fetchone()

    connection.execute("update public.conversations set status = 'resolved' where id = %s", (conversation,))
    connection.commit()
    first = resolved()
    assert first[0] is not None
    assert first[1] >= 0
    connection.execute("update public.conversations set status = 'closed' where id = %s", (conversation,))
    assert resolved() == first, "resolved to closed is no new end"
    connection.execute("update public.conversations set status = 'active' where id = %s", (conversation,))
    assert resolved() == (None, None)


def test_an_agent_who_is_deleted_leaves_the_history(connection: psycopg.Connection, tenants: dict[str, Tenant]) -> None:
    a = tenants["A"]
    agent = a.people["agent"]
    connection.execute("update public.conversations set assigned_agent_id = %s where id = %s", (agent, a.conversation))
    connection.execute("delete from public.profiles where id = %s", (agent,))
    row = connection.execute(
        "select assigned_agent_id from public.conversations where id = %s", (a.conversation,)
    ).fetchone()
    assert row == (None,)


def say(connection: psycopg.Connection, tenant: Tenant, text: str, at: str = "now()", **columns: str) -> uuid.UUID:
    names = "".join(f", {name}" for name in columns)
    values = "".join(f", {value}" for value in columns.values())
    return connection.execute(
        f"insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at{names}) "
        f"values ('{tenant.id}', '{tenant.conversation}', 'customer', %s, {at}{values}) returning id",
        (text,),
    ).fetchone()[0]


def counters(connection: psycopg.Connection, tenant: Tenant) -> tuple:
    return connection.execute(
        "select message_count, last_message from public.conversations where id = %s", (tenant.conversation,)
    ).fetchone()


def test_counters_follow_every_message_late_ones_and_deletions_too(
    connection: psycopg.Connection, tenants: dict[str, Tenant]
) -> None:
    a = tenants["A"]
    newest = say(connection, a, "newest", "now() + interval '1 hour'")
    say(connection, a, "late", "now() - interval '1 day'")
    say(connection, a, "a note", "now() + interval '2 hours'", is_internal="true")
    assert counters(connection, a) == (3, "newest")
    connection.execute("delete from public.messages where id = %s", (newest,))
    assert counters(connection, a) == (2, "hi")
    connection.execute("update public.messages set content = 'edited' where content = 'hi'")
    assert counters(connection, a) == (2, "edited")
    connection.execute("delete from public.messages where conversation_id = %s", (a.conversation,))
    assert counters(connection, a) == (0, None)


def test_two_hundred_messages_in_one_statement_count(
    connection: psycopg.Connection, tenants: dict[str, Tenant]
) -> None:
    a = tenants["A"]
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
        "select %s, %s, 'ai', number::text, now() + number * interval '1 second' from generate_series(1, 200) number",
        (a.id, a.conversation),
    )
    assert counters(connection, a) == (201, "200")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "EST", "utc", "+03", "../etc/passwd"])
def test_a_zone_that_no_day_can_be_made_of_is_refused(connection: psycopg.Connection, zone: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="unknown time zone"):
        connection.execute("insert into public.tenants (slug, name, timezone) values ('z', 'Z', %s)", (zone,))


@pytest.mark.parametrize("key", [b"k", b"x" * 64, b"y" * 100], ids=["short", "a block", "longer than a block"])
def test_hmac_is_hmac(connection: psycopg.Connection, key: bytes) -> None:
    row = connection.execute("select etl.hmac_sha256(%s, 'message'::bytea)", (key,)).fetchone()
    assert row[0] == hmac.digest(key, b"message", "sha256")


def test_a_pseudonym_is_keyed_by_tenant_and_stable(connection: psycopg.Connection) -> None:
    """R10: the same customer at two tenants cannot be joined, and without the key nothing can be recomputed."""
    one, other, customer = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()

    def pseudonym(tenant: uuid.UUID, key: str) -> uuid.UUID:
        with connection.transaction(force_rollback=True):
            connection.execute("select set_config('etl.pseudonym_key', %s, true)", (key,))
            return connection.execute("select etl.pseudonym(%s, %s)", (tenant, customer)).fetchone()[0]

    expected = hmac.digest(hmac.digest(b"secret", one.bytes, "sha256"), customer.bytes, "sha256")[:16]
    assert pseudonym(one, "secret").bytes == expected
    assert pseudonym(other, "secret") != pseudonym(one, "secret")
    assert pseudonym(one, "another") != pseudonym(one, "secret")
    assert pseudonym(one, "secret").bytes != hashlib.sha256(customer.bytes).digest()[:16]


def test_without_a_key_there_is_no_pseudonym(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match=r"etl.pseudonym_key is not set"):
        connection.execute("select etl.pseudonym(gen_random_uuid(), gen_random_uuid())")
