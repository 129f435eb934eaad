"""What each table's rule keeps and forgets, and that every table has one.

Belongs here: app.retention_rules and cleanup_old_data. Not here: boundaries, batches and reasons (`test_functions_retention.py`).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.forgetting import LONG_AGO, NOW, landed, old, retain, there

pytestmark = pytest.mark.usefixtures("every_server")


def test_figures_stay_seven_years(connection: psycopg.Connection, empty: Tenant) -> None:
    gone = old(connection, empty, LONG_AGO)
    connection.execute("select app.measure_conversations(%s, %s)", (empty.tenant, [gone]))
    for year in (2018, 2019, 2020):
        connection.execute(
            "insert into public.daily_metrics (tenant_id, date, channel_type, department, total_conversations, "
            "ai_resolved_conversations, human_resolved_conversations, abandoned_conversations, total_ratings) "
            "values (%s, %s, 'email', 'x', 1, 0, 0, 0, 0)",
            (empty.tenant, f"{year}-06-01"),
        )
    landed(connection)
    retain(connection, empty, NOW)
    kept = connection.execute(
        "select 1 from public.conversation_analytics where conversation_id = %s", (gone,)
    ).fetchone()
    assert kept == (1,)
    days = connection.execute(
        "select extract(year from date)::int from public.daily_metrics where department = 'x' order by 1"
    )
    assert days.fetchall() == [(2019,), (2020,)]


def test_uses_of_knowledge_are_forgotten_and_still_count(connection: psycopg.Connection, empty: Tenant) -> None:
    told = old(connection, empty, LONG_AGO)
    item = connection.execute("select id from public.knowledge_items where tenant_id = %s", (empty.tenant,)).fetchone()
    assert item
    connection.execute(
        "insert into public.knowledge_analytics (tenant_id, knowledge_item_id, conversation_id, was_helpful, created_at) "
        "values (%s, %s, %s, true, %s)",
        (empty.tenant, item[0], told, LONG_AGO),
    )
    worth = "select usage_count, effectiveness_score from public.knowledge_items where id = %s"
    before = connection.execute(worth, item).fetchone()
    landed(connection)
    retain(connection, empty, NOW)
    assert there(connection, told) == [False]
    assert (
        connection.execute("select 1 from public.knowledge_analytics where created_at = %s", (LONG_AGO,)).fetchone()
        is None
    )
    assert connection.execute(worth, item).fetchone() == before


def test_the_audit_trail_is_pruned_and_holds(connection: psycopg.Connection, acme: Tenant) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    landed(connection)
    assert retain(connection, acme, later)["audit_logs", None] > 0
    assert connection.execute("select * from app.audit_findings(%s)", (acme.tenant,)).fetchall() == []


def test_cleaning_up_is_a_round_for_every_tenant_and_leaves_a_trace(
    connection: psycopg.Connection, empty: Tenant, other: Tenant
) -> None:
    connection.execute("delete from public.retention_runs")
    for tenant in (empty, other):
        old(connection, tenant, datetime.now(UTC) - timedelta(days=400))
    old(connection, empty, datetime.now(UTC) - timedelta(days=400), "escalated")
    landed(connection)
    row = connection.execute("select public.cleanup_old_data()").fetchone()
    assert row and {slug: gone["conversations"] for slug, gone in row[0].items()} == {"acme": 1, "other": 1}
    ledger = connection.execute(
        "select deleted ->> 'conversations', kept -> 'conversations' from public.retention_runs where tenant_id = %s",
        (empty.tenant,),
    ).fetchall()
    assert ledger == [("1", {"escalated": 1})]
    connection.execute("select public.cleanup_old_data()")
    assert connection.execute("select count(*) from public.retention_runs").fetchone() == (2,)


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


def test_every_table_has_its_rule(connection: psycopg.Connection) -> None:
    tables = {table for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'public'")}
    rules = connection.execute(
        "select table_name, age, goes_with, period, setting_key from app.retention_rules()"
    ).fetchall()
    assert sorted(rule[0] for rule in rules) == sorted(tables)
    keys = {
        (child, parent): kind
        for child, parent, kind in connection.execute(
            "select conrelid::regclass::text, confrelid::regclass::text, confdeltype::text from pg_constraint where contype = 'f'"
        )
    }
    for table, age, parent, _, _ in rules:
        assert age or parent, table
        if parent in tables:
            assert keys[table, parent] == "c", f"{table} does not go with {parent}"


def test_a_tenant_that_fails_keeps_no_other_back(connection: psycopg.Connection, empty: Tenant, other: Tenant) -> None:
    gone, kept = (old(connection, tenant, LONG_AGO) for tenant in (other, empty))
    connection.execute(
        "create function public.refuse() returns trigger language plpgsql as $$ begin raise 'no room'; end; $$; "
        "create trigger refuse before delete on public.conversations for each row "
        f"when (old.tenant_id = '{empty.tenant}') execute function public.refuse()".encode()
    )
    landed(connection)
    for _ in range(3):
        row = connection.execute("select public.cleanup_old_data()").fetchone()
        assert row and row[0]["acme"] == {"failed": "no room"}
    assert there(connection, gone, kept) == [False, True]
    told = connection.execute(
        "select tenant_id, error_message, completed_at from public.retention_runs where error_message is not null"
    ).fetchall()
    assert told == [(empty.tenant, "no room", None)], "once a day"
    connection.execute("drop trigger refuse on public.conversations")
    connection.execute("select public.cleanup_old_data()")
    assert there(connection, kept) == [False]


@pytest.mark.parametrize(("olds", "asked"), [((), 0), (("active", "escalated"), 0), (("resolved",), 2)])
def test_the_log_is_read_where_something_would_go(
    olds: tuple[str, ...], asked: int, connection: psycopg.Connection, empty: Tenant
) -> None:
    """This is called every minute, and the log has no index for a tenant; what goes is asked about once more, locked."""
    connection.execute("delete from public.customer_profiles")
    for status in olds:
        old(connection, empty, LONG_AGO, status)
    landed(connection)
    with connection.transaction():
        connection.execute("set local track_functions = 'all'")
        retain(connection, empty, NOW)
        calls = connection.execute(
            "select calls from pg_stat_xact_user_functions where funcname = 'unlanded_keys'"
        ).fetchone()
    assert (calls[0] if calls else 0) == asked


def test_no_application_role_forgets_anything(connection: psycopg.Connection, acme: Tenant) -> None:
    for claims in (acme.claims(acme.admin), acme.claims(acme.agent), None):
        with acting(connection, claims), pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select public.cleanup_old_data()")


def setting(connection: psycopg.Connection, tenant: Tenant, key: str, value: Any) -> None:
    connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, %s, %s)",
        (tenant.tenant, key, Jsonb(value)),
    )


def test_a_file_goes_before_its_row(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute(
        "update public.export_jobs set status = 'completed', completed_at = now(), file_url = 'a.csv', "
        "created_at = now() - interval '1 year'"
    )
    setting(connection, acme, "export_job_retention_days", 10)
    landed(connection)
    assert retain(connection, acme, datetime.now(UTC))["export_jobs", "its file is still there"] == 1
    connection.execute("update public.export_jobs set file_url = null")
    assert retain(connection, acme, datetime.now(UTC)).get(("export_jobs", None)) is None, "that change is not landed"
    landed(connection)
    assert retain(connection, acme, datetime.now(UTC))["export_jobs", None] == 1
