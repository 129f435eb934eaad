"""The SQL that a full build is timed against computes the marts: all rows, all columns, to the last digit."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from operational_schema import demo_traffic
from orchestration.databases import Databases
from orchestration.refresh import refresh
from tests.benchmarks import by_hand

KEY = "a key of the tests, and of nothing else"
UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
# What generated traffic does not do.
ODDITIES = (
    "insert into public.system_settings (tenant_id, setting_key, setting_value) "
    "select min(id::text)::uuid, 'sla_business_hours', 'true' from public.tenants "
    "on conflict (tenant_id, setting_key) do update set setting_value = excluded.setting_value",
    "insert into public.messages (tenant_id, conversation_id, sender_type, content, is_internal) "
    "select tenant_id, id, case when id::text < 'c' then 'customer' else 'system' end, '', id::text < '8' "
    "from public.conversations",
    "insert into public.knowledge_categories (tenant_id, name) select id, 'Any' from public.tenants",
    "insert into public.knowledge_items (tenant_id, category_id, title, content, source_type) "
    "select tenant_id, id, 'Any', '', 'manual' from public.knowledge_categories",
    "insert into public.knowledge_analytics (tenant_id, conversation_id, knowledge_item_id, was_helpful) "
    "select c.tenant_id, c.id, k.id, c.id::text < '8' from public.conversations as c "
    "inner join public.knowledge_items as k on k.tenant_id = c.tenant_id where c.id::text > '4'",
    "insert into public.conversation_transfers "
    "(tenant_id, conversation_id, to_agent_id, status, accepted_at, transfer_reason) "
    "select tenant_id, id, assigned_agent_id, 'accepted', created_at + interval '1 minute', "
    "case when id::text > 'd' then 'sla_breach' when id::text > 'c' then 'called twice' end "
    "from public.conversations where id::text > 'b'",
    "insert into public.message_delivery_tracking "
    "(tenant_id, message_id, channel_type, delivery_status, delivery_timestamp, created_at) "
    "select tenant_id, id, case when id::text < '8' then 'sms' else 'whatsapp' end, "
    "(array['sent', 'delivered', 'read', 'failed'])[1 + ascii(id::text) % 4], created_at, created_at "
    "from public.messages where sender_type = 'ai'",
    "insert into public.workflows (tenant_id, name, trigger_type) select id, 'Any', 'manual' from public.tenants",
    "insert into public.workflow_executions "
    "(tenant_id, workflow_id, conversation_id, status, steps_taken, started_at, completed_at, error_message) "
    "select c.tenant_id, w.id, case when c.id::text < 'e' then c.id end, s.status, 2, c.created_at, "
    "case when s.status <> 'running' then c.created_at + interval '90 seconds' end, "
    "case s.status when 'failed' then 'Any' end "
    "from public.conversations as c inner join public.workflows as w on w.tenant_id = c.tenant_id "
    "cross join lateral (select (array['running', 'completed', 'failed'])[1 + ascii(c.id::text) % 3]) as s (status)",
    "insert into public.agent_availability (tenant_id, agent_id, is_online, max_concurrent_chats) "
    "select tenant_id, id, id::text < '8', ascii(id::text) % 3 from public.profiles where role = 'agent' "
    "on conflict (tenant_id, agent_id) do nothing",
    "set local session_replication_role = replica",
    "update public.messages set processing_time_ms = ascii(id::text) where sender_type = 'ai' and id::text > '2'",
    "alter table public.conversations drop constraint conversations_sentiment_known",
    "update public.conversations set sentiment = (array['positive', 'neutral', 'cross', null])[1 + ascii(id::text) % 4]",
    "update public.conversation_events set from_status = 'pending' "
    "where event_type = 'status' and from_status is null and id::text > 'a'",
)


@pytest.fixture
def warehouse(every_server: Any, databases: Databases) -> psycopg.Connection:
    demo_traffic.load_traffic(databases.operational, conversations=300, tenants=3, days=60, seed=5, until=UNTIL)
    with psycopg.connect(databases.operational) as source:
        for statement in ODDITIES:
            source.execute(statement)
    refresh(databases, pseudonym_key=KEY)
    return psycopg.connect(databases.warehouse)


def test_what_is_written_in_a_hurry_is_the_same(warehouse: psycopg.Connection) -> None:
    by_hand.compute(warehouse)
    differing = {mart: rows for mart in marts(warehouse) if (rows := differences(warehouse, mart))}
    assert not differing
    assert not nulls_that_are_promised_away(warehouse)


def marts(warehouse: psycopg.Connection) -> set[str]:
    """Every table and view of marts that has rows of its own making."""
    rows = warehouse.execute(
        "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v')"
    )
    found = {name for (name,) in rows} - by_hand.LEFT_OUT - {"publication", "tenant_readers", "history_monthly"}
    assert "conversation_analytics" in found
    return found


def nulls_that_are_promised_away(warehouse: psycopg.Connection) -> set[str]:
    """Columns of which the catalogue says that they are never null, and a row says otherwise."""
    promised = warehouse.execute(
        "select mart, sql_name from marts.metric_catalogue where null_rule = 'Never null.'"
    ).fetchall()
    assert promised
    return {
        name
        for mart, name in promised
        if warehouse.execute(
            sql.SQL("select 1 from {} where {} is null limit 1").format(
                sql.Identifier("marts", mart), sql.Identifier(name.rpartition(".")[2])
            )
        ).fetchone()
    }


def differences(warehouse: psycopg.Connection, mart: str) -> list[tuple[Any, ...]]:
    """Rows that are in one of both only."""
    seen, made = sql.Identifier("marts", mart), sql.Identifier(f"hand_{mart}")
    described = warehouse.execute(sql.SQL("select * from {} limit 0").format(seen)).description or []
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in described)
    return warehouse.execute(
        sql.SQL(
            "(select {names} from {seen} except all select {names} from {made}) union all "
            "(select {names} from {made} except all select {names} from {seen}) limit 2"
        ).format(names=names, seen=seen, made=made)
    ).fetchall()
