"""Bad rows: one tenant's nonsense stops nobody else's numbers, and each data test finds what it looks for.

Belongs here: what must go wrong without harm, and what must be refused. Not here: rows as they should be
(`test_marts.py`).
"""

import uuid

import psycopg
import pytest

from orchestration.errors import WarehouseError
from orchestration.transformation import plan, touch
from orchestration.transformation.build import build
from orchestration.transformation.checks import ChecksFailedError, check
from orchestration.transformation.transform import Transformer
from tests.dbt_project.conftest import Conversation, Warehouse

NOON = "2024-01-09T12:00:00Z"
ORPHAN = uuid.UUID(int=0xF)
CLOSE_TIME = "conversation_auto_close_time"
MARTS = (
    "select oid::regclass::text from pg_class "
    "where relnamespace in ('marts'::regnamespace, 'facts'::regnamespace) and relkind in ('r', 'v')"
)


def answered(warehouse: Warehouse) -> Conversation:
    """A conversation of a tenant whose rows are in order."""
    made = warehouse.conversation(warehouse.tenant(), NOON)
    made.becomes(NOON, "active")
    made.says(NOON, "customer")
    made.says("2024-01-09T12:00:07Z", "agent")
    return made


def test_a_setting_that_is_no_time_leaves_the_default(warehouse: Warehouse) -> None:
    silent = []
    for setting in ("9" * 30, "-1", "1e5", "soon", "", "NaN"):
        told = warehouse.conversation(warehouse.tenant(), "2024-11-29T23:59:59Z")
        warehouse.add("system_settings", tenant_id=told.tenant, setting_key=CLOSE_TIME, setting_value=setting)
        silent.append(told)
    warehouse.build()
    assert all(told.analytics()["is_abandoned"] for told in silent), "a day and a second of silence"


def test_an_amount_that_no_column_holds_is_not_known(warehouse: Warehouse) -> None:
    good, tenant = answered(warehouse), warehouse.tenant()
    told = {
        amount: warehouse.conversation(tenant, NOON, revenue_generated=amount)
        for amount in ("1e300", "-999999999999.995", "NaN", "999999999999.99", "0.01")
    }
    warehouse.build()
    known = {amount: str(conversation.analytics()["revenue_generated"]) for amount, conversation in told.items()}
    assert {amount for amount, kept in known.items() if kept == amount} == {"999999999999.99", "0.01"}
    assert {kept for amount, kept in known.items() if kept != amount} == {"None"}
    days = warehouse.rows("select revenue_attributed from marts.daily_metrics where tenant_id = %s", tenant)
    assert days == [{"revenue_attributed": None}], "their sum is too large for a day"
    assert good.analytics()["first_response_seconds"] == 7


def test_an_instant_out_of_its_time_takes_none(warehouse: Warehouse) -> None:
    """Infinite, after the data, or a beginning that the application moved behind its history."""
    endless = warehouse.conversation(warehouse.tenant(), NOON)
    endless.says(NOON, "customer")
    endless.says("infinity", "agent")
    warehouse.conversation(endless.tenant, "infinity")
    coming = warehouse.conversation(endless.tenant, "2025-01-01T00:00:00Z")
    moved = warehouse.conversation(endless.tenant, "2024-01-09T13:00:00Z", status="resolved")
    moved.becomes(NOON, "active")
    moved.becomes("2024-01-09T12:10:00Z", "pending")
    moved.becomes("2024-01-09T12:20:00Z", "resolved")
    reopened = warehouse.conversation(endless.tenant, "2024-01-09T12:15:00Z", status="closed")
    reopened.becomes(NOON, "resolved")
    reopened.becomes("2024-01-09T12:10:00Z", "active")
    reopened.becomes("2024-01-09T12:30:00Z", "closed")
    warehouse.build()
    (found,) = warehouse.rows(
        "select first_response_seconds, answered_waits from marts.conversation_analytics where conversation_id = %s",
        endless.key,
    )
    assert found == {"first_response_seconds": None, "answered_waits": 0}
    assert coming.analytics()["active_seconds"] == 0
    for told, expected in ((moved, (0, 0, 0)), (reopened, (900, 0, 900))):
        row = told.analytics()
        assert (row["active_seconds"], row["pending_seconds"], row["full_resolution_seconds"]) == expected


def test_what_never_comes_is_open_on_every_evening(warehouse: Warehouse) -> None:
    """An end, and an assignment, at infinity (some write 9999-12-31): every mart can still be read."""
    told = warehouse.conversation(warehouse.tenant(), NOON)
    told.becomes(NOON, "active")
    told.goes_to("infinity", uuid.UUID(int=0xA))
    told.becomes("infinity", "resolved")
    told.is_rated("infinity", 3)
    told.says("-infinity", "customer")
    told.says("infinity", "ai", confidence_score=0.5)
    warehouse.add(
        "knowledge_analytics", tenant_id=told.tenant, conversation_id=told.key, knowledge_item_id=ORPHAN,
        created_at="infinity",
    )  # fmt: skip
    warehouse.build()
    for (relation,) in map(dict.values, warehouse.rows(MARTS)):
        warehouse.rows(f"select row_number() over (order by read::text) from {relation} as read")
    (backlog,) = warehouse.rows(
        "select count(*) as evenings, max(date)::text as last, sum(unassigned_conversations) as unassigned, "
        "sum(open_over_30_days) as old from marts.backlog_daily"
    )
    assert backlog == {"evenings": 328, "last": "2024-12-01", "unassigned": 328, "old": 298}


@pytest.mark.parametrize("orphan", ["conversations", "messages", "conversation_events"])
def test_a_row_that_belongs_to_nothing_is_refused(warehouse: Warehouse, orphan: str) -> None:
    told = answered(warehouse)
    if orphan == "conversations":
        warehouse.conversation(ORPHAN, NOON)
    elif orphan == "messages":
        Conversation(warehouse, told.tenant, ORPHAN).says(NOON, "system")
    else:
        Conversation(warehouse, ORPHAN, told.key).is_rated(NOON, 3)
    with pytest.raises(WarehouseError, match=r"every_row_has_its_conversation.*keep the last generation"):
        warehouse.build()


# Each statement spoils what has been built, as a fault of the models would.
FAULTS = {
    "days_hold_every_conversation_once": "update pg_temp.daily_metrics set total_conversations = 2",
    "days_hold_what_the_source_holds": "update pg_temp.conversation_days set agent_messages = 0",
    "days_hold_what_their_conversations_hold": "update pg_temp.daily_metrics set happened_resolutions = 7",
    "every_row_has_its_conversation_and_its_tenant": "delete from raw.tenants",
    "no_duration_is_negative": "update pg_temp.conversation_analytics set human_wait_seconds_total = -1",
    "status_times_add_up_to_the_elapsed_time": "update pg_temp.conversation_analytics set active_seconds = 1",
    "words_are_those_that_are_promised": "update pg_temp.conversation_analytics set touch = 'several'",
}


def test_each_data_test_finds_the_fault_it_looks_for(warehouse: Warehouse) -> None:
    answered(warehouse)
    assert {each.test.name for each in warehouse.build().checks} == FAULTS.keys(), "a new data test needs a fault here"
    touch.everything(warehouse.connection)
    with psycopg.connect(warehouse.url) as session:
        transformer = Transformer(session, plan.load())
        build(session, transformer.plan)
        for statement in FAULTS.values():
            session.execute(statement)
        with pytest.raises(ChecksFailedError) as failed:
            check(session, transformer.plan)
        session.rollback()
    assert {each.test.name for each in failed.value.checked if not each.passed} == FAULTS.keys()


# What a day can lose or count twice, of each kind that is held against the source.
LOSSES = {
    "delete from pg_temp.conversation_analytics; delete from pg_temp.daily_metrics": "days_hold_every_conversation_once",
    "update pg_temp.conversation_analytics set started_on = started_on + 1": "days_hold_every_conversation_once",
    "update pg_temp.conversation_days set date = date + 1": "days_hold_what_the_source_holds",
    "update pg_temp.conversation_days set unknown_messages = unknown_messages + 1": "days_hold_what_the_source_holds",
    "update pg_temp.conversation_days set ratings = 0": "days_hold_what_the_source_holds",
    "update pg_temp.conversation_days set resolutions = 0": "days_hold_what_the_source_holds",
    "update pg_temp.conversation_analytics set total_messages = 1": "days_hold_what_the_source_holds",
    "update pg_temp.daily_metrics set total_ratings = 0": "days_hold_what_their_conversations_hold",
    "update pg_temp.daily_metrics set resolution_count = 0": "days_hold_what_their_conversations_hold",
    "update pg_temp.daily_metrics set happened_ratings = happened_ratings - 1, "
    "happened_agent_messages = happened_agent_messages + 1": "days_hold_what_their_conversations_hold",
}


def test_nothing_is_lost_between_the_source_and_the_days(warehouse: Warehouse) -> None:
    told = answered(warehouse)
    told.becomes("2024-01-09T12:01:00Z", "resolved")
    told.is_rated("2024-01-09T12:02:00Z", 4)
    warehouse.build()
    touch.everything(warehouse.connection)
    with psycopg.connect(warehouse.url) as session:
        transformer = Transformer(session, plan.load())
        build(session, transformer.plan)
        for statement, test in LOSSES.items():
            with session.transaction(force_rollback=True), pytest.raises(ChecksFailedError) as failed:
                session.execute(statement)
                check(session, transformer.plan)
            assert test in {each.test.name for each in failed.value.checked if not each.passed}, statement
        check(session, transformer.plan)
        session.rollback()
