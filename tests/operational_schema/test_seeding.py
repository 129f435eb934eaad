"""The demonstration rows: in every table, for every tenant, once.

Belongs here: what seed-data.sql leaves behind. Not here: what metrics make of it.
"""

import psycopg
import pytest
from psycopg import sql

from operational_schema.seeding import seed
from tests.operational_schema.test_message_counters import WRONG

pytestmark = pytest.mark.usefixtures("every_server")

# The history leads to where the conversation stands, and every step begins where the one before it ended.
UNTRUE = """
    select conversation.id
    from public.conversations as conversation
    inner join (
        select
            event.*,
            lag(event.to_status) over path as status_before,
            row_number() over (partition by event.conversation_id, event.event_type order by event.ordinal desc) as back,
            lag(event.to_agent_id) over path as agent_before
        from public.conversation_events as event
        window path as (partition by event.conversation_id, event.event_type order by event.occurred_at, event.ordinal)
    ) as step on step.conversation_id = conversation.id
    where step.from_status is distinct from step.status_before
        or step.from_agent_id is distinct from step.agent_before
        or step.back = 1 and case step.event_type
            when 'status' then step.to_status <> conversation.status
            when 'assignment' then step.to_agent_id is distinct from conversation.assigned_agent_id
            else step.score <> conversation.satisfaction_score
        end
"""


def test_every_tenant_has_rows_in_every_table(connection: psycopg.Connection, operational_url: str) -> None:
    seed(operational_url)
    tenants = {tenant for (tenant,) in connection.execute("select id from public.tenants")}
    assert len(tenants) >= 2
    for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
        column = sql.Identifier("id" if table == "tenants" else "tenant_id")
        having = connection.execute(sql.SQL("select {} from public.{}").format(column, sql.Identifier(table)))
        assert {tenant for (tenant,) in having} == tenants, table


def test_seeding_again_changes_nothing(connection: psycopg.Connection, operational_url: str) -> None:
    seed(operational_url)
    before = connection.execute("select count(*), max(sequence) from etl.change").fetchone()
    seed(operational_url)
    assert connection.execute("select count(*), max(sequence) from etl.change").fetchone() == before


def test_the_rows_agree_with_each_other(connection: psycopg.Connection, operational_url: str) -> None:
    seed(operational_url)
    assert connection.execute(WRONG).fetchall() == []
    assert connection.execute(UNTRUE).fetchall() == []
    wrong = connection.execute(
        "select id from public.conversations "
        "where (resolved_at is not null) <> (status in ('resolved', 'closed', 'abandoned')) "
        "or resolution_time_seconds is distinct from floor(extract(epoch from resolved_at - created_at))"
    ).fetchall()
    assert wrong == []


def test_the_rows_cover_what_makes_metrics_hard(connection: psycopg.Connection, operational_url: str) -> None:
    seed(operational_url)
    row = connection.execute(
        """
        select
            exists (select from public.conversation_events where from_status = 'resolved'),
            exists (select from public.conversation_events where is_automatic),
            exists (select from public.conversation_events where from_agent_id <> to_agent_id),
            exists (select from public.conversation_events where event_type = 'assignment' and to_agent_id is null),
            exists (select from public.messages where is_internal),
            exists (select from public.messages where sender_type in ('assistant', 'visitor', 'bot')),
            exists (select from public.messages where confidence_score < 0.5),
            exists (select from public.conversations where business_context ? 'lead_qualified'),
            exists (select from public.conversations where message_count > 0 and status = 'active'),
            exists (
                select from public.messages
                group by conversation_id, created_at having count(*) > 1
            ),
            exists (select from public.conversations where customer_id is null and message_count = 0),
            exists (
                select from public.conversation_events where event_type = 'rating'
                group by conversation_id having count(*) > 1
            ),
            exists (select from public.conversations where satisfaction_score <> trunc(satisfaction_score)),
            exists (
                select from public.messages as late
                inner join public.conversations as ended on ended.id = late.conversation_id
                where late.created_at > ended.resolved_at
            ),
            exists (select from public.conversation_transfers where status = 'accepted' and from_agent_id is null),
            exists (select from public.knowledge_analytics where was_helpful is null),
            exists (select from public.tenant_business_hours group by schedule_id, weekday having count(*) > 1),
            exists (select from public.tenant_special_days where opens_at is null)
        """
    ).fetchone()
    assert row == (True,) * 18


def test_some_conversation_of_each_tenant_is_of_another_day_in_utc(
    connection: psycopg.Connection, operational_url: str
) -> None:
    seed(operational_url)
    for tenant, apart in connection.execute(
        """
        select slug, count(*) filter (where (began at time zone timezone)::date <> (began at time zone 'UTC')::date)
        from public.tenants
        inner join (select tenant_id, created_at as began from public.conversations) as c on c.tenant_id = tenants.id
        group by slug
        """
    ):
        assert apart > 0, f"no conversation of {tenant} is of another day in UTC"
