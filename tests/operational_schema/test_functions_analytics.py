"""The application's figures as triggers and jobs keep them: held against computing them anew, whatever happens.

Belongs here: conversation_analytics and daily_metrics in the operational database. Not here: the last 24 hours
(`test_functions_live.py`), and whether the definitions are right (`tests/test_main_job.py` holds them against the warehouse).
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.stories import Story

pytestmark = pytest.mark.usefixtures("every_server")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = (
    "started_at, first_response_at, resolved_at, total_duration_seconds, total_messages, customer_messages, ai_messages, "
    "agent_messages, resolved_by, resolution_type, handoff_count, agent_switches, customer_satisfaction, "
    "knowledge_items_used, ai_accuracy_score, lead_qualified, revenue_generated, follow_up_required"
)
ACCURACY = "(1.0 * ai_answers_helpful / nullif(ai_answers_marked, 0))::numeric(7, 6) as ai_accuracy_score"
# What triggers keep of the conversations that are there, and what computing anew says.
WRONG = f"""
    with anew as (
        select figures.conversation_id, {COLUMNS.replace("ai_accuracy_score", ACCURACY)}
        from (select tenant_id, array_agg(id) as ids from public.conversations group by tenant_id) as all_of
        cross join lateral app.conversation_figures(all_of.tenant_id, all_of.ids) as figures
    ),
    kept as (
        select conversation_id, {COLUMNS} from public.conversation_analytics
        where conversation_id in (select id from public.conversations)
    )
    (select 'kept', * from kept except all select 'kept', * from anew)
    union all
    (select 'anew', * from anew except all select 'anew', * from kept)
"""


@pytest.mark.parametrize("seed", range(8))
def test_triggers_keep_what_computing_anew_says(seed: int, connection: psycopg.Connection, acme: Tenant) -> None:
    story = Story(connection, acme, seed)
    connection.execute(
        "select app.measure_conversations(tenant_id, array_agg(id)) from public.conversations group by tenant_id"
    )
    for step in range(80):
        story.happen()
        if step % 8 == 0:
            assert connection.execute(WRONG.encode()).fetchall() == [], f"seed {seed}, step {step}"
    assert connection.execute(WRONG.encode()).fetchall() == [], f"seed {seed}"


def figures(connection: psycopg.Connection, conversation: uuid.UUID) -> dict[str, Any]:
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        row = cursor.execute(
            "select * from public.conversation_analytics where conversation_id = %s", (conversation,)
        ).fetchone()
    assert row
    return row


def test_resolving_as_the_application_does_it(connection: psycopg.Connection, acme: Tenant) -> None:
    """It sets the status, and nothing else; it rates later; it reopens."""
    row = connection.execute(
        "insert into public.conversations (tenant_id, created_at) values (%s, now() - interval '1 hour') returning id",
        (acme.tenant,),
    ).fetchone()
    assert row
    story = Story(connection, acme, 1)
    story.run(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'assistant', 'x')",
        acme.tenant, row[0],
    )  # fmt: skip
    assert figures(connection, row[0])["first_response_at"] is None, "the customer has not written yet"
    with acting(connection, acme.claims(acme.agent), keep=True):
        connection.execute("update public.conversations set status = 'resolved' where id = %s", row)
    ended = figures(connection, row[0])
    assert (ended["resolved_by"], ended["resolution_type"]) == ("ai", "resolved:manual")
    assert 3600 <= ended["total_duration_seconds"] < 3700
    connection.execute("update public.conversations set satisfaction_score = 4.5 where id = %s", row)
    assert float(figures(connection, row[0])["customer_satisfaction"]) == 4.5
    connection.execute("update public.conversations set status = 'active' where id = %s", row)
    reopened = figures(connection, row[0])
    assert (reopened["resolved_at"], reopened["resolved_by"], reopened["total_duration_seconds"]) == (None, None, None)


@pytest.mark.parametrize("transfer", [None, "pending", "rejected"])
def test_most_messages_are_only_counted(
    transfer: str | None, connection: psycopg.Connection, operational_url: str, acme: Tenant
) -> None:
    """Measuring reads the whole conversation: a first answer asks for it, and hardly any other message."""
    row = connection.execute(
        "insert into public.conversations (tenant_id) values (%s) returning id", (acme.tenant,)
    ).fetchone()
    assert row
    if transfer:
        connection.execute(
            "insert into public.conversation_transfers (tenant_id, conversation_id, to_agent_id, status) values (%s, %s, %s, %s)",
            (acme.tenant, row[0], acme.agent, transfer),
        )
    measured = {}
    for number, sender in enumerate(("customer", "customer", "ai", "ai", "agent", "agent", "customer")):
        with psycopg.connect(operational_url) as session:
            session.execute("set track_functions = 'pl'")
            session.execute(
                "insert into public.messages (tenant_id, conversation_id, sender_type, sender_id, content) "
                "values (%s, %s, %s, %s, 'x')",
                (acme.tenant, row[0], sender, acme.agent if sender == "agent" else None),
            )
            found = session.execute(
                "select calls from pg_stat_xact_user_functions where funcname = 'measure_conversations'"
            ).fetchone()
            measured[number, sender] = found[0] if found else 0
    assert measured == {
        (0, "customer"): 0, (1, "customer"): 0, (2, "ai"): 1, (3, "ai"): 0, (4, "agent"): 1, (5, "agent"): 0, (6, "customer"): 0,
    }  # fmt: skip


def test_figures_outlive_the_conversation(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("select app.measure_conversations(%s, %s)", (acme.tenant, [acme.conversation]))
    before = figures(connection, acme.conversation)
    connection.execute("delete from public.conversations where id = %s", (acme.conversation,))
    assert figures(connection, acme.conversation) == before


def days(connection: psycopg.Connection, tenant: Tenant) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select date, channel_type, agent_id, total_conversations, human_resolved_conversations, "
        "avg_first_response_time_seconds, handoff_rate, total_ratings, avg_satisfaction_score from public.daily_metrics "
        "where tenant_id = %s and date > '2026-01-01' order by 1, 2, 3 nulls first",
        (tenant.tenant,),
    ).fetchall()


def aggregate(connection: psycopg.Connection, *arguments: object) -> int:
    row = connection.execute(
        f"select public.aggregate_daily_metrics({', '.join(['%s'] * len(arguments))})".encode(), arguments
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


@pytest.fixture
def march(connection: psycopg.Connection, acme: Tenant) -> Tenant:
    """Acme in New York, with three conversations on its first of March and one just before."""
    connection.execute("update public.tenants set timezone = 'America/New_York' where id = %s", (acme.tenant,))
    for hour, agent in ((4.99, None), (5, None), (12, None), (28.99, acme.agent)):
        connection.execute(
            "insert into public.conversations (tenant_id, created_at, assigned_agent_id) values (%s, %s, %s)",
            (acme.tenant, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour), agent),
        )
    return acme


def test_a_day_is_the_tenants_whatever_the_session_says(connection: psycopg.Connection, march: Tenant) -> None:
    connection.execute("set timezone = 'Asia/Tokyo'")
    assert aggregate(connection, "2026-03-01", march.tenant) == 2
    assert [row[2:4] for row in days(connection, march)] == [(None, 2), (march.agent, 1)]


def test_aggregating_again_changes_nothing_and_doubles_nothing(connection: psycopg.Connection, march: Tenant) -> None:
    aggregate(connection, "2026-03-01", march.tenant)
    before = days(connection, march)
    assert [aggregate(connection, "2026-03-01", march.tenant) for _ in range(3)] == [0, 0, 0]
    assert days(connection, march) == before


def test_a_cell_that_vanished_goes_and_averages_are_null_where_nothing_happened(
    connection: psycopg.Connection, march: Tenant
) -> None:
    aggregate(connection, "2026-03-01", march.tenant)
    connection.execute("update public.conversations set assigned_agent_id = null")
    assert aggregate(connection, "2026-03-01", march.tenant) == 2
    assert [row[2:] for row in days(connection, march)] == [(None, 3, 0, None, 0, 0, None)]


def test_what_the_warehouse_has_published_is_left_to_it(connection: psycopg.Connection, march: Tenant) -> None:
    aggregate(connection, "2026-03-01", march.tenant)
    connection.execute("update public.daily_metrics set source = 'warehouse', total_conversations = 77")
    assert aggregate(connection, "2026-03-01", march.tenant) == 0
    assert {row[3] for row in days(connection, march)} == {77}


def test_without_a_day_it_is_each_tenants_yesterday(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    connection.execute("update public.tenants set timezone = 'Pacific/Kiritimati' where id = %s", (other.tenant,))
    connection.execute("update public.conversations set created_at = now() - interval '1 day'")
    assert aggregate(connection) > 0
    wrong = connection.execute(
        "select 1 from public.daily_metrics m join public.tenants t on t.id = m.tenant_id "
        "where date > '2026-01-01' and date <> (now() at time zone timezone)::date - 1"
    ).fetchall()
    assert wrong == []
    assert days(connection, acme) and days(connection, other)


@pytest.mark.parametrize("minutes", [1, 2, 5, 15, 60, 1440])
def test_whoever_calls_how_often_ever_comes_to_every_day_of_the_window(
    connection: psycopg.Connection, minutes: int
) -> None:
    turns = connection.execute(
        "select yesterday - app.day_in_turn(yesterday, at) from "
        "(select date '2026-03-31', timestamptz '2026-04-01 12:34:56Z' + number * %s * interval '1 minute' "
        "from generate_series(1, 31) as number) as called (yesterday, at)",
        (minutes,),
    ).fetchall()
    assert sorted(days for (days,) in turns) == list(range(1, 32))


def test_a_late_change_of_an_older_day_is_computed_in_its_turn(connection: psycopg.Connection, acme: Tenant) -> None:
    """One transaction: for all of it now is the same instant, and so the day in turn."""
    with connection.transaction():
        connection.execute("delete from public.daily_metrics")
        connection.execute("set local app.import = 'on'")
        connection.execute(
            "insert into public.conversations (tenant_id, created_at) select tenant.id, "
            "((now() at time zone tenant.timezone)::date - number + time '12:00') at time zone tenant.timezone "
            "from public.tenants as tenant cross join generate_series(1, 40) as number where tenant.id = %s",
            (acme.tenant,),
        )
        yesterday, in_turn = connection.execute(
            "select day, app.day_in_turn(day, now()) from (select (now() at time zone timezone)::date - 1 as day "
            "from public.tenants where id = %s) as known",
            (acme.tenant,),
        ).fetchone()  # type: ignore[misc]
        assert aggregate(connection) >= 2
        assert {row[0] for row in days(connection, acme)} == {yesterday, in_turn}
        connection.execute(
            "update public.conversations set assigned_agent_id = %s where tenant_id = %s", (acme.agent, acme.tenant)
        )
        aggregate(connection)
        assert {row[:3] for row in days(connection, acme) if row[0] == in_turn} == {(in_turn, "website", acme.agent)}
        connection.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%s, 'conversation_history_retention', '1')",
            (acme.tenant,),
        )
        connection.execute("delete from public.conversations")
        aggregate(connection)
        assert {row[0] for row in days(connection, acme)} == {in_turn}, "what retention forgets is not computed anew"
