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


# What may have happened last, and long ago all else.
LAST = {
    "conversations": ("last_message_at", "resolved_at"),
    "customer_profiles": ("updated_at", "last_interaction"),
}


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in LAST.items() for column in columns]
)
def test_a_period_runs_from_what_happened_last(
    connection: psycopg.Connection, empty: Tenant, table: str, column: str
) -> None:
    connection.execute(f"delete from public.{table} where tenant_id = %s".encode(), (empty.tenant,))
    ended = ", status" if table == "conversations" else ""
    with connection.transaction():
        connection.execute("select set_config('app.import', 'on', true)")
        for last in (LONG_AGO, NOW - timedelta(days=300)):
            at = dict.fromkeys(("created_at", *LAST[table]), LONG_AGO) | {column: last}
            connection.execute(
                f"insert into public.{table} (tenant_id, {', '.join(at)}{ended}) "
                f"values (%s{', %s' * len(at)}{', %s' if ended else ''})".encode(),
                (empty.tenant, *at.values(), *(["closed"] if ended else [])),
            )
    landed(connection)
    retain(connection, empty, NOW)
    left = connection.execute(f"select {column} from public.{table} where tenant_id = %s".encode(), (empty.tenant,))
    assert left.fetchall() == [(NOW - timedelta(days=300),)]


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
