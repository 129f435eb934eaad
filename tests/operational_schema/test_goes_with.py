"""What goes with a row that is deleted, and what stays and points at nothing any more.

Belongs here: foreign keys, of every table that has somebody pointing at it. Not here: what holds keep
(`test_functions_holds.py`), and what outlives its row by a trigger (`test_file_deletions.py`).
"""

from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.access import ALLOWED
from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")

GOES_WITH = {
    "alert_rules": {"alert_history"},
    "communication_channels": set(),
    "conversations": {
        "conversation_context", "conversation_events", "conversation_notes", "conversation_transfers", "file_attachments",
        "knowledge_analytics", "message_delivery_tracking", "messages", "sla_tracking", "workflow_executions",
    },
    "customer_profiles": {"customer_channel_preferences", "customer_consents", "customer_sync_mapping"},
    "extracted_content": {"auto_generated_knowledge"},
    "integrations": {
        "customer_sync_mapping", "integration_field_mappings", "sync_jobs", "webhook_logs", "webhook_subscriptions",
    },
    "knowledge_categories": set(),
    "knowledge_items": {"knowledge_analytics", "knowledge_versions"},
    "messages": {"file_attachments", "message_delivery_tracking"},
    # An agent's history outlives the agent.
    "profiles": {"agent_availability", "dashboard_configs", "playground_sessions"},
    "scheduled_reports": {"report_notices", "report_unsubscriptions"},
    "tenant_business_schedules": {"tenant_business_hours"},
    "webhook_subscriptions": {"webhook_logs"},
    "website_scan_jobs": {"auto_generated_knowledge", "extracted_content"},
    "workflows": {"workflow_executions"},
}  # fmt: skip
POINTING = """
    select distinct key.confrelid::regclass::text, key.conrelid::regclass::text, attname::text
    from pg_constraint as key
    inner join pg_attribute on attrelid = key.conrelid and attnum = any (key.conkey)
        and attname not in ('tenant_id', 'integration_id')
    where key.contype = 'f' and key.connamespace = 'public'::regnamespace and key.conrelid <> key.confrelid
        and key.confrelid <> 'public.tenants'::regclass
    union all
    select 'integrations', key.conrelid::regclass::text, 'integration_id'
    from pg_constraint as key
    where key.contype = 'f' and key.confrelid = 'public.integrations'::regclass
"""


def _ids(connection: psycopg.Connection) -> dict[str, set[Any]]:
    return {
        table: {key for (key,) in connection.execute(f"select id from public.{table}".encode())} for table in ALLOWED
    }


def _point(connection: psycopg.Connection, change: str, row: Any) -> None:
    """Have every row of a table point at this one; or one of them, or none, where another constraint has it so."""
    for of_one in ("", f" where ctid = (select min(ctid) from {change.split()[1]})"):
        with suppress(errors.IntegrityError), connection.transaction():
            connection.execute("set local session_replication_role = replica")
            connection.execute(f"{change}{of_one}".encode(), (row,))
            return


def test_every_table_that_is_pointed_at_is_here(connection: psycopg.Connection) -> None:
    assert {pointed for pointed, *_ in connection.execute(POINTING).fetchall()} == set(GOES_WITH)


@pytest.mark.parametrize("table", GOES_WITH)
def test_what_is_a_part_of_a_row_goes_with_it_and_nothing_else(
    table: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    row = connection.execute(f"select id from public.{table} order by ctid limit 1".encode()).fetchone()
    assert row
    for pointed, pointing, column in connection.execute(POINTING).fetchall():
        if pointed == table:
            _point(connection, f"update public.{pointing} set {column} = %s", *row)
    before = _ids(connection)
    connection.execute(f"delete from public.{table} where id = %s".encode(), row)
    after = _ids(connection)
    lost = {name for name, ids in before.items() if ids - after[name]}
    assert lost == GOES_WITH[table] | {table}


def test_a_subject_with_others_below_it_stays(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute(
        "insert into public.knowledge_categories (tenant_id, name, parent_id) select tenant_id, 'Shoes', id "
        "from public.knowledge_categories"
    )
    with pytest.raises((errors.ForeignKeyViolation, errors.RestrictViolation)):
        connection.execute("delete from public.knowledge_categories where parent_id is null")
