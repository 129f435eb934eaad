"""What the trail says of messages, notes and files that were changed or taken away: who, which, when, and never what they said.

Belongs here: edits and deletions of what was said. Not here: the trail of all other tables (`test_audit.py`), and its chain.
"""

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.test_audit import Entry, changed, entries, last

pytestmark = pytest.mark.usefixtures("every_server")

CANARY = "canary-7d1e"
EDITS = (
    ("messages", f"content = '{CANARY}'", ["content"]),
    ("messages", f"media_url = 'https://x.example/{CANARY}', is_internal = true", ["is_internal", "media_url"]),
    ("messages", "sender_type = 'system'", ["sender_type"]),
    ("messages", "metadata = '{}', delivery_status = 'read', content = content", None),
    ("conversation_notes", f"note = '{CANARY}', note_type = 'escalation'", ["note", "note_type"]),
    ("conversation_notes", "is_internal = not is_internal", ["is_internal"]),
    ("file_attachments", f"filename = '{CANARY}.pdf', is_public = true", ["filename", "is_public"]),
    ("file_attachments", "created_at = now()", None),
)


def trail(connection: psycopg.Connection, tenant: Tenant, after: int) -> list[Entry]:
    """What is logged of these tables after an entry."""
    return [
        entry
        for entry in entries(connection, tenant, after=after)
        if entry["entity_type"] in {table for table, *_ in EDITS}
    ]


@pytest.mark.parametrize(("table", "change", "columns"), EDITS)
def test_an_edit_is_logged_by_key_and_columns(
    table: str, change: str, columns: list[str] | None, connection: psycopg.Connection, acme: Tenant
) -> None:
    end = last(connection, acme)
    with acting(connection, acme.claims(acme.agent), keep=True):
        keys = connection.execute(
            f"update public.{table} set {change} returning id, conversation_id".encode()
        ).fetchall()
    found = trail(connection, acme, end)
    assert {(entry["action"], entry["entity_type"], entry["entity_id"]) for entry in found} == {
        ("update", table, key) for key, _ in keys if columns
    }
    assert keys and len(found) in (len(keys), 0)
    for entry in found:
        said_in = str(dict(keys)[entry["entity_id"]])
        assert entry["changes"].pop("conversation_id") == changed(said_in, said_in)
        assert entry["changes"] == {name: {"changed": True} for name in columns or ()}
        assert (entry["user_id"], entry["database_role"]) == (acme.agent, "authenticated")
    assert connection.execute("select * from app.audit_findings()").fetchall() == []


@pytest.mark.parametrize("table", ["messages", "conversation_notes", "file_attachments"])
def test_a_deletion_is_logged_and_nothing_of_what_was_there(
    table: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    text = {"messages": "content", "conversation_notes": "note", "file_attachments": "filename"}[table]
    connection.execute(f"update public.{table} set {text} = '{CANARY}'".encode())
    end = last(connection, acme)
    with acting(connection, acme.claims(acme.admin), keep=True):
        if table == "conversation_notes":
            connection.execute("update public.conversation_notes set agent_id = %s", (acme.admin,))
        gone = connection.execute(f"delete from public.{table} returning id, conversation_id".encode()).fetchall()
    entry = trail(connection, acme, end)[-1]
    assert (entry["action"], entry["entity_type"], entry["user_id"]) == ("delete", table, acme.admin)
    assert entry["changes"] == {"conversation_id": changed(str(dict(gone)[entry["entity_id"]]), None)}
    for place in ("public.audit_logs", "app.audit_salt", "app.audit_waiting"):
        assert (
            connection.execute(f"select 1 from {place} as row where row::text ilike '%{CANARY}%'".encode()).fetchall()
            == []
        ), place


def test_what_goes_with_its_conversation_is_in_the_conversations_entry(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    end = last(connection, acme)
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute("delete from public.conversations where id = %s", (acme.conversation,))
    assert trail(connection, acme, end) == []
    assert ("delete", "conversations") in {
        (entry["action"], entry["entity_type"]) for entry in entries(connection, acme, after=end)
    }


def test_who_leaves_is_not_logged_for_each_thing_they_said(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.messages set sender_id = %s, sender_type = 'agent'", (acme.agent,))
    end = last(connection, acme)
    connection.execute("delete from public.profiles where id = %s", (acme.agent,))
    assert trail(connection, acme, end) == []
    connection.execute("update public.messages set sender_id = %s", (acme.admin,))
    taken = connection.execute("update public.messages set sender_id = null").rowcount
    assert len(trail(connection, acme, end)) == 2 * taken, (
        "whoever is taken off what they said, and is there, is an edit"
    )


def test_what_the_owner_does_in_bulk_is_one_line(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
        "select %s, %s, 'customer', 'x' from generate_series(1, 20)",
        (acme.tenant, acme.conversation),
    )
    end = last(connection, acme)
    with connection.transaction():
        connection.execute("set local etl.reason = 'retention'")
        gone = connection.execute("delete from public.messages").rowcount
    (entry,) = entries(connection, acme, after=end)
    assert gone > 20 and (entry["action"], entry["changes"]["messages delete"]["new"]) == ("retention", gone)
    with connection.transaction():
        connection.execute("set local app.import = 'on'")
        connection.execute("update public.conversation_notes set note = 'another'")
    assert trail(connection, acme, end) == []


def test_a_message_that_comes_costs_the_trail_nothing(connection: psycopg.Connection, acme: Tenant) -> None:
    assert (
        connection.execute(
            "select tgname from pg_trigger where tgrelid = 'public.messages'::regclass and tgname ~ '^audit_insert'"
        ).fetchall()
        == []
    )
