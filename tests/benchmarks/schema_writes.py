"""What a message costs: in a short conversation and in a long one, with all that triggers do and without.

Belongs here: inserting messages. Not here: reading (`schema.py`).
"""

import statistics
import time
import uuid
from collections.abc import Iterator

import psycopg
from psycopg import sql

from tests.benchmarks.figure import Figure

SHORT, LONG = 10, 1_000
MESSAGES = 40
ROUNDS = 15
INSERT = sql.SQL(
    "insert into {} (tenant_id, conversation_id, sender_id, sender_type, content) values (%s, %s, %s, %s, %s)"
)
OURS = sql.Identifier("public", "messages")
BARE = sql.Identifier("bare_messages")
TEXT = "Where is my order {}? It has not arrived yet."


def writing(url: str) -> Iterator[Figure]:
    """Ratios of medians, the ways in turn; each round is one transaction, so that commits are not what is measured."""
    with psycopg.connect(url, autocommit=True) as connection:
        tenant, agent = _people(connection)
        short, long = (_conversation(connection, tenant, agent, length) for length in (SHORT, LONG))
        _make_bare(connection)
        ways = (
            ("short", OURS, short, None), ("bare", BARE, short, None), ("long", OURS, long, None),
            ("agent short", OURS, short, agent), ("agent long", OURS, long, agent),
        )  # fmt: skip
        taken: dict[str, list[float]] = {name: [] for name, *_ in ways}
        for number in range(ROUNDS):
            for name, table, conversation, sender in ways:
                taken[name].append(_round(connection, table, (tenant, conversation, sender), number))
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    yield Figure("schema.message.insert", medians["short"] * 1000 / MESSAGES, "ms")
    yield Figure("schema.message.conversation_of_1000_to_10", medians["long"] / medians["short"], "ratio")
    yield Figure(
        "schema.message.of_agent_conversation_of_1000_to_10", medians["agent long"] / medians["agent short"], "ratio"
    )
    yield Figure("schema.message.to_untriggered_table", medians["short"] / medians["bare"], "ratio")


def _round(
    connection: psycopg.Connection,
    table: sql.Identifier,
    place: tuple[uuid.UUID, uuid.UUID, uuid.UUID | None],
    number: int,
) -> float:
    """Seconds of some messages in one conversation, taken back so that it keeps its length."""
    statement = INSERT.format(table)
    sender = "customer" if place[2] is None else "agent"
    with connection.transaction(force_rollback=True):
        began = time.monotonic()
        for turn in range(MESSAGES):
            connection.execute(statement, (*place, sender, TEXT.format(number * MESSAGES + turn)))
        return time.monotonic() - began


def _people(connection: psycopg.Connection) -> tuple[uuid.UUID, uuid.UUID]:
    """A tenant and an agent of it."""
    row = connection.execute(
        "select tenant.id, agent.id from public.tenants as tenant "
        "inner join public.profiles as agent on agent.tenant_id = tenant.id where slug = 'tenant-1' order by agent.id limit 1"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _conversation(connection: psycopg.Connection, tenant: uuid.UUID, agent: uuid.UUID, length: int) -> uuid.UUID:
    """One of so many messages of customer, AI and agent; it was offered to an agent, who never took it."""
    made = uuid.uuid4()
    connection.execute("insert into public.conversations (id, tenant_id) values (%s, %s)", (made, tenant))
    connection.execute(
        "insert into public.conversation_transfers (tenant_id, conversation_id, to_agent_id) values (%s, %s, %s)",
        (tenant, made, agent),
    )
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, sender_id, content) "
        "select %s, %s, (array['customer', 'ai', 'agent'])[1 + number %% 3], case number %% 3 when 2 then %s::uuid end, "
        "'Any news about ' || number from generate_series(1, %s) as number",
        (tenant, made, agent, length),
    )
    return made


def _make_bare(connection: psycopg.Connection) -> None:
    """The same table with its rows, checks, indexes and keys, and without triggers of ours."""
    connection.execute("create table public.bare_messages (like public.messages including all)")
    connection.execute("insert into public.bare_messages select * from public.messages")
    keys = connection.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where contype = 'f' and conrelid = 'public.messages'::regclass"
    ).fetchall()
    for (definition,) in keys:
        connection.execute(f"alter table public.bare_messages add {definition}")
    connection.execute("vacuum analyze public.bare_messages")
