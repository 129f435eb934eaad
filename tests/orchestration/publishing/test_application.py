"""What the application finds in its own tables: what the marts say, and nothing that did not change is written."""

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from operational_schema import demo_traffic
from orchestration.databases import Databases
from orchestration.publishing import application
from orchestration.publishing.mirrors import MIRRORS, Mirror
from orchestration.refresh import Refresh, refresh
from tests.orchestration.conftest import KEY, add_conversation

pytestmark = pytest.mark.usefixtures("every_server")


def rows(url: str, statement: str, *bound: Any) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(statement, bound).fetchall()


def refreshed(databases: Databases) -> Refresh:
    return refresh(databases, pseudonym_key=KEY)


def assert_equal(databases: Databases, mirror: Mirror) -> None:
    """Row for row: the operational table is the mart, in the application's columns."""
    order = ", ".join(mirror.cell)
    stated = ", ".join(f"{expression} as {name}" for name, expression in mirror.columns.items())
    held = ", ".join((*mirror.cell, *mirror.columns))
    assert rows(databases.operational, f"select {held} from public.{mirror.mart} order by {order}") == rows(
        databases.warehouse, f"select {order}, {stated} from marts.{mirror.mart} where {mirror.where} order by {order}"
    )


def test_the_application_gets_what_the_marts_say(databases: Databases) -> None:
    until = datetime(2026, 3, 31, 12, tzinfo=UTC)
    demo_traffic.load_traffic(databases.operational, conversations=60, tenants=2, days=30, seed=3, until=until)
    done = refreshed(databases)
    assert done.returned["conversation_analytics"].written == 60
    for mirror in MIRRORS:
        assert_equal(databases, mirror)
    assert rows(databases.warehouse, "select count(*) as waiting from ops.application_queue") == [{"waiting": 0}]
    nobody_began = "select 1 from {}.daily_metrics where total_conversations = 0"
    assert rows(databases.warehouse, nobody_began.format("marts"))
    assert not rows(databases.operational, nobody_began.format("public")), "it has a place for what began"
    written = "select count(*) as n, max(xmin::text::bigint) as last from public.{}"
    before = [rows(databases.operational, written.format(mirror.mart)) for mirror in MIRRORS]
    assert application.give_back(databases.warehouse, databases.operational)["daily_metrics"].written == 0
    with psycopg.connect(databases.warehouse) as warehouse:
        for mirror in MIRRORS:
            warehouse.execute(
                f"insert into ops.application_queue (mart, key) select %s, {mirror.key} from marts.{mirror.mart}",
                (mirror.mart,),
            )
    again = application.give_back(databases.warehouse, databases.operational)
    assert {(each.written, each.deleted) for each in again.values()} == {(0, 0)}, "a crash before the queue was emptied"
    assert [rows(databases.operational, written.format(mirror.mart)) for mirror in MIRRORS] == before


def test_only_what_changed_is_written_and_what_the_database_wrote_gives_way(
    databases: Databases, tenant: uuid.UUID
) -> None:
    with psycopg.connect(databases.operational) as source:
        one, other = (add_conversation(source, tenant, "hello") for _ in range(2))
    refreshed(databases)
    untouched = "select conversation_id, xmin::text from public.conversation_analytics where conversation_id = %s"
    before = rows(databases.operational, untouched, other)
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "update public.conversations set assigned_agent_id = null, priority = 'high' where id = %s", (one,)
        )
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'ai', 'hi')",
            (tenant, one),
        )
        source.execute(
            "insert into public.daily_metrics (tenant_id, date, channel_type, department, total_conversations, "
            "ai_resolved_conversations, human_resolved_conversations, abandoned_conversations, total_ratings) "
            "select tenant_id, date, 'carrier_pigeon', department, 7, 0, 0, 0, 0 from public.daily_metrics"
        )
        source.execute(
            "update public.daily_metrics set source = 'database', total_conversations = 9 where channel_type = 'website'"
        )
    done = refreshed(databases)
    assert done.returned["conversation_analytics"].written == 1
    assert rows(databases.operational, untouched, other) == before
    for mirror in MIRRORS:
        assert_equal(databases, mirror)
    assert {row["source"] for row in rows(databases.operational, "select source from public.daily_metrics")} == {
        "warehouse"
    }


@pytest.mark.parametrize(("reason", "stays"), [("retention", True), ("correction", False)])
def test_figures_outlive_a_conversation_that_retention_took(
    databases: Databases, tenant: uuid.UUID, reason: str, stays: bool
) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
    refreshed(databases)
    with psycopg.connect(databases.operational) as source:
        source.execute("select set_config('etl.reason', %s, true)", (reason,))
        source.execute("delete from public.conversations")
    refreshed(databases)
    for mirror in MIRRORS:
        assert_equal(databases, mirror)
        assert bool(rows(databases.operational, f"select 1 as one from public.{mirror.mart}")) is stays


def test_a_value_that_the_application_cannot_hold_is_null_there(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
    refreshed(databases)
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("update facts.conversation_analytics set customer_satisfaction = 9")
        warehouse.execute("update marts.daily_metrics set ai_confidence_avg = 1.5")
    application.give_back(databases.warehouse, databases.operational)
    for mirror in MIRRORS:
        assert_equal(databases, mirror)
