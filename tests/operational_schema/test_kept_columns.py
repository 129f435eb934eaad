"""Columns that triggers and jobs keep: no role of the application writes them, and what it does write goes on as before.

Belongs here: rights by column. Not here: rights by row (`test_row_level_security.py`), and what the triggers put there.
"""

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.access import VALUES
from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

# The whole of these is kept by triggers, as their comments say.
TABLES = {"agent_availability_events", "conversation_events", "knowledge_versions", "sla_tracking"}
COLUMNS: dict[str, set[str]] = {
    "agent_availability": {"current_chat_count"},
    "canned_responses": {"usage_count"},
    "conversations": {
        "created_at", "last_message", "last_message_at", "message_count", "resolution_time_seconds", "resolved_at",
    },
    "customer_consents": {"created_at"},
    "customer_profiles": {"avg_satisfaction", "last_interaction", "total_conversations"},
    "erasure_requests": {
        "completed_at", "due_at", "error_message", "proof", "requested_at", "requested_by", "started_at", "status", "steps_done",
    },
    "export_jobs": {
        "checksum_sha256", "completed_at", "error_message", "expires_at", "file_size_bytes", "file_url", "row_count",
    },
    "knowledge_items": {"effectiveness_score", "usage_count", "version"},
    "message_templates": {"usage_count"},
    "messages": {"ordinal"},
    "scheduled_reports": {"last_run_at", "last_sent_at", "next_run_at"},
    "website_scan_jobs": {"progress_percentage"},
    "widget_configurations": {"embed_code"},
    "workflows": {"execution_count", "failure_count", "success_count"},
}  # fmt: skip
# What a trigger sets anew before it is written, and what somebody says of it here.
TAKEN = {
    ("agent_availability", "current_chat_count", "insert"): "77",
    ("knowledge_items", "version", "update"): "77",
    ("website_scan_jobs", "progress_percentage", "insert"): "77",
    ("website_scan_jobs", "progress_percentage", "update"): "77",
    ("widget_configurations", "embed_code", "insert"): "'mine'",
    ("widget_configurations", "embed_code", "update"): "'mine'",
}


def _statement(table: str, column: str, action: str) -> str:
    said = TAKEN.get((table, column, action), "null")
    if action == "update":
        return f"update public.{table} set {column} = {said} where tenant_id = %(tenant)s returning {column}::text"
    columns, values = VALUES[table].split(") values (")
    return f"insert into public.{table} ({columns}, {column}) values ({values}, {said}) returning {column}::text"


def test_the_comments_say_which(connection: psycopg.Connection) -> None:
    rows = connection.execute(
        """
        select class.relname, attribute.attname
        from pg_class as class
        inner join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum > 0
        where class.relnamespace = 'public'::regnamespace and class.relkind = 'r'
            and col_description(class.oid, attribute.attnum) ~* 'kept by'
        """
    ).fetchall()
    assert {(table, column) for table, columns in COLUMNS.items() for column in columns} == set(rows)
    tables = connection.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and obj_description(oid) ~* 'kept by'"
    ).fetchall()
    assert {table for (table,) in tables} == TABLES


@pytest.mark.parametrize("action", ["insert", "update"])
def test_what_is_kept_is_refused_or_set_anew(action: str, connection: psycopg.Connection, acme: Tenant) -> None:
    """S1, by column, as the person who may do most."""
    taken = set()
    for table, columns in COLUMNS.items():
        for column in columns:
            try:
                with acting(connection, acme.claims(acme.admin)):
                    rows = connection.execute(_statement(table, column, action), vars(acme)).fetchall()
            except errors.InsufficientPrivilege:
                continue
            taken.add((table, column, action))
            assert rows and all(value not in ("77", "mine") for (value,) in rows), (table, column)
    assert taken == {cell for cell in TAKEN if cell[2] == action}


def test_who_asks_for_an_erasure_is_noted(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, acme.claims(acme.admin)):
        row = connection.execute(
            "insert into public.erasure_requests (tenant_id, customer_id, reason) values (%s, gen_random_uuid(), 'by mail') "
            "returning status, requested_by, steps_done, due_at > now() + interval '29 days'",
            (acme.tenant,),
        ).fetchone()
    assert row == ("pending", acme.admin, [], True)


# As an interface writes them: whole rows, put there or put right.
WRITES = (
    "insert into public.conversations (id, tenant_id, customer_id, user_name, status, priority, department, updated_at) "
    "values (%(conversation)s, %(tenant)s, %(customer)s, 'Ann', 'active', 'high', 'billing', now()) on conflict (id) do update "
    "set id = excluded.id, tenant_id = excluded.tenant_id, user_name = excluded.user_name, updated_at = excluded.updated_at",
    "update public.conversations set status = 'resolved', assigned_agent_id = %(agent)s, satisfaction_score = 5, "
    "handoff_reason = 'asked', tags = '{vip}', sentiment = 'positive', updated_at = now() where id = %(conversation)s",
    "insert into public.messages (tenant_id, conversation_id, sender_type, sender_id, content, channel_type, metadata, "
    "created_at, updated_at) values (%(tenant)s, %(conversation)s, 'agent', %(agent)s, 'x', 'website', '{}', now(), now())",
    "update public.messages set content = 'y', delivery_status = 'read' where conversation_id = %(conversation)s",
    "insert into public.knowledge_items (tenant_id, title, content, source_type, tags, created_by) "
    "values (%(tenant)s, 't', 'c', 'manual', '{a}', %(agent)s)",
    "update public.knowledge_items set title = 'u', content = 'd', status = 'archived', updated_at = now()",
    "insert into public.canned_responses (tenant_id, title, content, shortcut, created_by) "
    "values (%(tenant)s, 't', 'c', '/t', %(agent)s)",
    "update public.canned_responses set content = 'd', is_active = false where created_by = %(agent)s",
)


def test_what_the_application_writes_is_written(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, acme.claims(acme.agent)):
        for statement in WRITES:
            assert connection.execute(statement.encode(), vars(acme)).rowcount > 0, statement
        row = connection.execute(
            "select message_count, last_message, resolved_at is not null, resolution_time_seconds is not null "
            "from public.conversations where id = %s",
            (acme.conversation,),
        ).fetchone()
    assert row == (2, "y", True, True)
