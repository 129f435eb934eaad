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
INSERT = sql.SQL("insert into {} (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'customer', %s)")
OURS = sql.Identifier("public", "messages")
BARE = sql.Identifier("bare_messages")
TEXT = "Where is my order {}? It has not arrived yet."


def writing(url: str) -> Iterator[Figure]:
    """Ratios of medians, the ways in turn; each round is one transaction, so that commits are not what is measured."""
    with psycopg.connect(url, autocommit=True) as connection:
        tenant, short, long = _conversations(connection)
        _make_bare(connection)
        taken: dict[str, list[float]] = {"short": [], "long": [], "bare": []}
        for number in range(ROUNDS):
            for name, table, conversation in (("short", OURS, short), ("bare", BARE, short), ("long", OURS, long)):
                taken[name].append(_round(connection, table, tenant, conversation, number))
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    yield Figure("schema.message.insert", medians["short"] * 1000 / MESSAGES, "ms")
    yield Figure("schema.message.conversation_of_1000_to_10", medians["long"] / medians["short"], "ratio")
    yield Figure("schema.message.to_untriggered_table", medians["short"] / medians["bare"], "ratio")


def _round(
    connection: psycopg.Connection, table: sql.Identifier, tenant: uuid.UUID, conversation: uuid.UUID, number: int
) -> float:
    """Seconds of some messages in one conversation, taken back so that it keeps its length."""
    statement = INSERT.format(table)
    with connection.transaction(force_rollback=True):
        began = time.monotonic()
        for turn in range(MESSAGES):
            connection.execute(statement, (tenant, conversation, TEXT.format(number * MESSAGES + turn)))
        return time.monotonic() - began


def _conversations(connection: psycopg.Connection) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """A tenant, and two conversations of it: of ten messages and of a thousand."""
    row = connection.execute("select id from public.tenants where slug = 'tenant-1'").fetchone()
    assert row is not None
    tenant, made = row[0], []
    for length in (SHORT, LONG):
        conversation = uuid.uuid4()
        connection.execute("insert into public.conversations (id, tenant_id) values (%s, %s)", (conversation, tenant))
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "select %s, %s, 'customer', 'Any news about ' || number from generate_series(1, %s) as number",
            (tenant, conversation, length),
        )
        made.append(conversation)
    return tenant, made[0], made[1]


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
