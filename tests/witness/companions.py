"""The daily companions in a warehouse, held to what the records say.

Belongs here: their rows beside what `happenings.py` computes. Not here: the computing.
"""

import uuid

import psycopg

from tests.witness.happenings import (
    AI_COLUMNS,
    COLUMNS,
    Told,
    ai_of,
    customers_of,
    happenings_of,
    scores_of,
    uses_of,
)

OF_TENANTS = "join marts.tenants using (tenant_id)"
HAPPENED, OF_THE_AI = (
    ", ".join(f"sum(happened_{name}) as {name}" for name in names) for names in (COLUMNS, AI_COLUMNS)
)
COMPANIONS = (
    f"select slug, date, {HAPPENED} from marts.daily_metrics {OF_TENANTS} group by 1, 2",
    f"select slug, date, {OF_THE_AI} from marts.ai_daily {OF_TENANTS} group by 1, 2",
    "select slug, date, rated_agent_id, whole_score, sum(happened_ratings)::int "
    f"from marts.csat_distribution {OF_TENANTS} group by 1, 2, 3, 4",
    "select slug, date, knowledge_item_id, happened_uses, happened_marked_uses, happened_helpful_uses "
    f"from marts.knowledge_daily {OF_TENANTS}",
    f"select slug, date, customers, returning_customers, total_conversations from marts.customers_monthly {OF_TENANTS}",
)


def assert_companions_equal(
    warehouse: psycopg.Connection,
    told: list[Told],
    zones: dict[str, str],
    agents: dict[uuid.UUID, str],
    items: dict[uuid.UUID, int],
) -> None:
    """What happened by day, what the AI said and handed over, ratings by agent, uses of knowledge, customers by month."""
    days, ai_days, scores, uses, months = (warehouse.execute(query).fetchall() for query in COMPANIONS)
    for rows, names, expected in (
        (days, COLUMNS, happenings_of(told, zones)),
        (ai_days, AI_COLUMNS, ai_of(told, zones)),
    ):
        assert {
            (slug, day, name): count
            for slug, day, *counts in rows
            for name, count in zip(names, counts, strict=True)
            if count
        } == expected
    assert {(slug, day, agents.get(agent), whole): count for slug, day, agent, whole, count in scores} == scores_of(
        told, zones
    )
    assert {
        (slug, day, items[item], name): count
        for slug, day, item, *counts in uses
        for name, count in zip(("uses", "marked_uses", "helpful_uses"), counts, strict=True)
    } == uses_of(told, zones)
    assert {(slug, month): tuple(counts) for slug, month, *counts in months} == customers_of(told)
