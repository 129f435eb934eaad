"""A big operational database, filled by the server itself.

Belongs here: the rows that the schema's benchmarks stand on (`schema_rows.sql`). Not here: histories of whole conversations with
what triggers make of them (`operational_schema/demo_traffic.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from operational_schema import migrate, traffic_texts
from orchestration.embedded import EmbeddedServer

TENANTS = 20
STATEMENTS = Path(__file__).with_suffix(".sql")
AGAIN = {"O": "enable", "A": "enable always", "R": "enable replica"}


def filled(server: EmbeddedServer, name: str, conversations: int) -> str:
    """URL of a migrated database with that many conversations of ten messages each, of twenty tenants."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name}")
    url = server.url(name)
    migrate.up(url)
    sentences = [
        sentence.format(number=1234)
        for group in (traffic_texts.QUESTIONS, traffic_texts.FOLLOW_UPS, traffic_texts.AI_ANSWERS, traffic_texts.AGENT_ANSWERS)
        for sentence in group
    ]  # fmt: skip
    values = {"tenants": TENANTS, "conversations": conversations, "sentences": sentences}
    with psycopg.connect(url, autocommit=True) as connection:
        with _without_triggers(connection), psycopg.ClientCursor(connection) as cursor:
            cursor.execute(STATEMENTS.read_bytes(), values)
        connection.execute("vacuum analyze")
    return url


@contextmanager
def _without_triggers(connection: psycopg.Connection) -> Iterator[None]:
    """What the triggers would make of these rows stands in the statements: only loading would take longer."""
    triggers = connection.execute(
        """
        select distinct tgrelid::regclass::text, tgname, tgenabled::text
        from pg_trigger inner join pg_class on pg_class.oid = tgrelid
        where relnamespace = 'public'::regnamespace and not tgisinternal and tgenabled <> 'D'
        """
    ).fetchall()
    for table in {table for table, _, _ in triggers}:
        connection.execute(f"alter table {table} disable trigger user")
    yield
    for table, trigger, enabled in triggers:
        connection.execute(f"alter table {table} {AGAIN[enabled]} trigger {trigger}")
