"""One formula for a rate wherever it is read: marts, analyses, reports, and the operational database say the same.

Belongs here: rates of the same few conversations, by every way to them. Not here: the counts that they are made of
(`tests/witness/`).
"""

import uuid
from fractions import Fraction

import psycopg
import pytest
from psycopg.rows import dict_row

from orchestration import dbt
from orchestration.databases import Databases
from orchestration.refresh import refresh
from reports.catalog import BY_NAME

KEY = "a key of the tests, and of nothing else"
# Minutes after the beginning, and what happened then: who spoke, or how it ended.
STORIES = (
    ((0, "customer"), (1, "ai"), (2, "resolved")),
    ((0, "customer"), (1, "ai"), (2, "agent"), (3, "closed")),
    ((0, "customer"), (1, "closed"), (2, "agent")),
    ((0, "customer"),),
    ((0, "customer"), (20, "ai")),
    ((0, "customer"), (20, "agent")),
)
# Of three that ended the AI resolved one; of six one was handed over; one ended unanswered, one was left so.
RATES = {"ai_resolution_rate": Fraction(1, 3), "handoff_rate": Fraction(1, 6), "abandoned_rate": Fraction(2, 6)}
SUMS = {
    "ai_resolution_rate": "sum(ai_resolved_conversations), sum(resolution_count)",
    "handoff_rate": "sum(handed_off_conversations), sum(total_conversations)",
    "abandoned_rate": "sum(abandoned_conversations), sum(total_conversations)",
}


@pytest.fixture
def told(databases: Databases) -> Databases:
    """The stories of a tenant that waits ten minutes for a customer, begun half an hour ago."""
    tenant = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
        source.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%s, 'conversation_auto_close_time', '600')",
            (tenant,),
        )
        for story in STORIES:
            happens(source, {"tenant": tenant, "id": uuid.uuid4()}, story)
    refresh(databases, pseudonym_key=KEY)
    return databases


def happens(
    source: psycopg.Connection,
    known: dict[str, uuid.UUID],
    story: tuple[tuple[int, str], ...],
    *,
    ago: str = "30 minutes",
) -> None:
    begun = f"now() - interval '{ago}'"
    source.execute(
        f"insert into public.conversations (id, tenant_id, created_at) values (%(id)s, %(tenant)s, {begun})", known
    )
    for minutes, what in story:
        ends = what in ("resolved", "closed")
        source.execute(
            "insert into public.conversation_events (tenant_id, conversation_id, event_type, to_status, occurred_at) "
            f"values (%(tenant)s, %(id)s, 'status', %(what)s, {begun} + %(after)s * interval '1 minute')"
            if ends
            else "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
            f"values (%(tenant)s, %(id)s, %(what)s, '', {begun} + %(after)s * interval '1 minute')",
            {**known, "what": what, "after": minutes},
        )


def test_a_rate_is_the_same_wherever_it_is_read(told: Databases) -> None:
    with psycopg.connect(told.warehouse, row_factory=dict_row) as warehouse:
        for name, expected in RATES.items():
            (reported,) = warehouse.execute(
                f"select {BY_NAME[name].value} as rate from marts.conversation_analytics as c"
            ).fetchall()
            assert float(reported["rate"]) == pytest.approx(float(expected)), f"{name} of a report"
        key_metrics, live_metrics = (
            warehouse.execute((dbt.PROJECT / f"analyses/application/{name}.sql").read_text(encoding="utf-8")).fetchone()
            for name in ("key_metrics", "live_metrics")
        )
        handed = warehouse.execute(
            "select sum(handoff_rate * total_conversations) / sum(total_conversations) as rate from marts.daily_metrics"
        ).fetchone()
    near = pytest.approx(float(RATES["ai_resolution_rate"]), abs=0.00005)
    assert float(key_metrics["ai_resolution_rate"]) == near
    assert float(live_metrics["aiResolutionRate"]) == near
    assert float(handed["rate"]) == pytest.approx(float(RATES["handoff_rate"]), abs=0.000001)


@pytest.mark.parametrize("mart", ["daily_metrics", "channel_daily", "department_daily"])
def test_each_daily_mart_has_both_parts_of_a_rate(told: Databases, mart: str) -> None:
    with psycopg.connect(told.warehouse) as warehouse:
        for name, expected in RATES.items():
            if mart == "daily_metrics" or name != "handoff_rate":
                part, whole = warehouse.execute(f"select {SUMS[name]} from marts.{mart}").fetchone()
                assert Fraction(int(part), int(whole)) == expected, name


def test_the_operational_database_has_the_same_rates(told: Databases) -> None:
    with psycopg.connect(told.operational) as source:
        (tenant,) = source.execute("select id from public.tenants where slug = 'acme'").fetchone()
        live = {
            name: (value and float(value), sample)
            for name, value, sample in source.execute(
                "select metric_name, metric_value, sample_size from app.live_figures(%s, interval '24 hours')",
                (tenant,),
            )
        }
        abandoned, handed, started = source.execute(
            "select sum(figures.abandoned_conversations), sum(figures.handoff_rate * figures.total_conversations), "
            "sum(figures.total_conversations) from generate_series(current_date - 2, current_date, interval '1 day') as day "
            "cross join lateral app.daily_figures(%s, day::date, now()) as figures",
            (tenant,),
        ).fetchone()
    assert live["ai_resolution_rate"] == (pytest.approx(float(RATES["ai_resolution_rate"]), abs=0.00005), 3)
    assert live["handoff_rate"] == (pytest.approx(float(RATES["handoff_rate"]), abs=0.00005), 6)
    assert live["abandoned_conversations"] == (2, 6)
    assert (abandoned, started) == (2, 6)
    assert float(handed) == pytest.approx(1, abs=0.00001)


def test_what_is_open_is_open_whenever_it_began(told: Databases) -> None:
    """Wherever it is read; marts of the last day or week have only what began then."""
    with psycopg.connect(told.operational) as source:
        (tenant,) = source.execute("select id from public.tenants where slug = 'acme'").fetchone()
        for ago in ("25 hours", "8 days"):
            happens(source, {"tenant": tenant, "id": uuid.uuid4()}, ((0, "customer"),), ago=ago)
        source.execute(
            "update public.conversations as said set status = ended.to_status from public.conversation_events as ended "
            "where ended.conversation_id = said.id and ended.to_status in ('resolved', 'closed')"
        )
        (live,) = source.execute(
            "select metric_value from app.live_figures(%s, interval '24 hours') where metric_name = 'active_conversations'",
            (tenant,),
        ).fetchone()
    refresh(told, pseudonym_key=KEY)
    with psycopg.connect(told.warehouse, row_factory=dict_row) as warehouse:
        shown = {
            name: warehouse.execute(
                (dbt.PROJECT / f"analyses/application/{name}.sql").read_text(encoding="utf-8")
            ).fetchall()
            for name in ("live_metrics", "channel_activity")
        }
    assert live == 5
    assert [row["activeConversations"] for row in shown["live_metrics"]] == [5]
    assert sum(row["activeConversations"] for row in shown["channel_activity"]) == 5
    assert (shown["live_metrics"][0]["sampleSize"], sum(row["volume"] for row in shown["channel_activity"])) == (6, 6)
