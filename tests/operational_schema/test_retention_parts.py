"""What belongs to a conversation or a customer stays, goes and waits with it.

Belongs here: holds, promises and unlanded changes of the parts. Not here: the rule of each table (`test_retention_rules.py`).
"""

from datetime import UTC, datetime

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant
from tests.operational_schema.forgetting import LONG_AGO, NOW, landed, old, retain, there

pytestmark = pytest.mark.usefixtures("every_server")


# Of each table with a period of its own whose rows are about a conversation or a customer: a row of theirs, old enough.
THEIRS = {
    "conversations": "select 1",
    "customer_profiles": "select 1",
    "workflow_executions": "insert into public.workflow_executions "
    "(tenant_id, workflow_id, conversation_id, context, status, started_at, completed_at) "
    "select tenant_id, id, %(conversation)s, '{\"said\": \"x\"}', 'completed', '2025-01-01', '2025-01-01' "
    "from public.workflows where tenant_id = %(tenant)s limit 1",
    "knowledge_analytics": "insert into public.knowledge_analytics (tenant_id, knowledge_item_id, conversation_id, created_at) "
    "select tenant_id, id, %(conversation)s, '2025-01-01' from public.knowledge_items where tenant_id = %(tenant)s limit 1",
    "conversation_analytics": "select app.measure_conversations(%(tenant)s, array[%(conversation)s::uuid])",
}
OWN_KEYS = {"conversations": "id = %(conversation)s", "customer_profiles": "id = %(customer)s"}


def test_nothing_that_belongs_to_somebody_is_left_out_below(connection: psycopg.Connection) -> None:
    tables = connection.execute(
        "select distinct table_name from app.retention_rules() inner join information_schema.columns using (table_name) "
        "where age is not null and column_name in ('conversation_id', 'customer_id', 'customer_profile_id', 'message_id') "
        "and table_schema = 'public'"
    )
    # Mails of reports have a Message-ID.
    assert {table for (table,) in tables} - {"report_deliveries"} == THEIRS.keys() - {"customer_profiles"}


@pytest.mark.parametrize("on", ["conversation", "customer"])
@pytest.mark.parametrize("table", THEIRS)
def test_a_hold_keeps_whatever_is_about_its_subject(
    connection: psycopg.Connection, empty: Tenant, *, table: str, on: str
) -> None:
    """R2: also what has a shorter period than the conversation, or a longer one."""
    told = old(connection, empty, LONG_AGO, customer=empty.customer)
    named = {"tenant": empty.tenant, "conversation": told, "customer": empty.customer}
    connection.execute(THEIRS[table].encode(), named)
    connection.execute(
        f"insert into public.legal_holds (tenant_id, {on}_id, reason) values (%(tenant)s, %({on})s, 'a court')".encode(),
        named,
    )
    landed(connection)
    later = datetime(2040, 1, 1, tzinfo=UTC)

    def left() -> int:
        where = OWN_KEYS.get(table, "conversation_id = %(conversation)s")
        return connection.execute(f"select 1 from public.{table} where {where}".encode(), named).rowcount

    done = retain(connection, empty, later)
    assert left() == 1
    because = "has a conversation" if table == "knowledge_analytics" else "legal hold"
    assert done[table, because] == 1
    connection.execute("update public.legal_holds set released_at = now() where released_at is null")
    landed(connection)
    retain(connection, empty, later)
    assert left() == 0


def test_an_open_promise_keeps_its_conversation(connection: psycopg.Connection, empty: Tenant) -> None:
    """R2: until it is kept, or broken."""
    told = old(connection, empty, LONG_AGO)
    connection.execute(
        "insert into public.sla_tracking (tenant_id, conversation_id, sla_type, target_time_seconds, created_at) "
        "values (%s, %s, 'first_response', 300, %s)",
        (empty.tenant, told, LONG_AGO),
    )
    landed(connection)
    assert retain(connection, empty, NOW)["conversations", "open promise"] == 1
    assert there(connection, told) == [True]
    connection.execute("select public.mark_breached_slas()")
    landed(connection)
    assert retain(connection, empty, NOW)["conversations", None] == 1


# Parts of a conversation that are computed, or reported, after everything else of it.
LATE = {
    "sla_tracking": "insert into public.sla_tracking (tenant_id, conversation_id, sla_type, target_time_seconds, status) "
    "values (%(tenant)s, %(conversation)s, 'resolution', 60, 'breached')",
    "message_delivery_tracking": "insert into public.message_delivery_tracking (tenant_id, message_id, channel_type) "
    "select tenant_id, id, 'sms' from public.messages where conversation_id = %(conversation)s and sender_type = 'agent'",
    "workflow_executions": THEIRS["workflow_executions"],
    "knowledge_analytics": THEIRS["knowledge_analytics"],
}


@pytest.mark.parametrize("part", LATE)
def test_a_part_that_has_not_landed_keeps_its_conversation(
    connection: psycopg.Connection, empty: Tenant, part: str
) -> None:
    """R3: the warehouse would keep what it had before for good: a promise that is pending, a message that was only sent."""
    told = old(connection, empty, LONG_AGO)
    with connection.transaction():
        connection.execute("select set_config('app.import', 'on', true)")
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
            "values (%s, %s, 'agent', 'y', %s)",
            (empty.tenant, told, LONG_AGO),
        )
    landed(connection)
    connection.execute(LATE[part].encode(), {"tenant": empty.tenant, "conversation": told})
    assert retain(connection, empty, NOW)["conversations", "not in the warehouse yet"] == 1
    assert there(connection, told) == [True]
    landed(connection)
    assert retain(connection, empty, NOW)["conversations", None] == 1


def test_every_part_that_leaves_is_asked_for(connection: psycopg.Connection) -> None:
    parts = connection.execute(
        "select table_name, prosrc like '%public.' || table_name || ' %' from app.retention_rules(), pg_proc "
        "where proname = 'unlanded_keys' and goes_with in ('conversations', 'messages') "
        "and table_name = any(etl.logged_tables())",
    ).fetchall()
    assert len(parts) > 6
    assert [table for table, is_asked_for in parts if not is_asked_for] == []
