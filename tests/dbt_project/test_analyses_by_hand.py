"""What the analyses of the application say of little desks whose figures were worked out by hand.

Belongs here: values. Not here: that each runs, for whom, and in which shape (`test_analyses.py`).
"""

import uuid
from datetime import date, timedelta
from decimal import Decimal

from tests.dbt_project.conftest import Warehouse

# The data are as of the first instant of the first of December, a Sunday: a day that has only begun.
TODAY = date(2024, 12, 1)
ANN, BOB = uuid.UUID(int=0xA), uuid.UUID(int=0xB)


def test_days_are_compared_with_whole_days_also_with_silent_ones(warehouse: Warehouse) -> None:
    """Three conversations a day for three weeks, none on a Wednesday; rated better in the last week."""
    tenant = warehouse.tenant()
    warehouse.conversation(tenant, f"{TODAY}T00:00:00Z")
    for day in (TODAY - timedelta(days=days) for days in range(1, 22)):
        for number, channel in enumerate(("email", "email", "sms")):
            score = (4 if day >= date(2024, 11, 24) else 3) + number if channel == "email" else None
            if day != date(2024, 11, 20):
                warehouse.conversation(tenant, f"{day}T12:00:00Z", channel_type=channel, satisfaction_score=score)
    warehouse.build()
    assert warehouse.asked("weekday_pattern") == [
        (weekday, Decimal(2) if weekday == 3 else Decimal(3), 3) for weekday in (7, 1, 2, 3, 4, 5, 6)
    ]
    assert warehouse.asked("anomalies") == [
        (
            "total_conversations", date(2024, 11, 20), Decimal("2.857"), Decimal(0), "high",
            "4.4 standard deviations below the mean of 21 days",
        )
    ]  # fmt: skip
    assert warehouse.asked("comparison") == [
        ("total_conversations", "email", Decimal(14), Decimal(12), Decimal(2), Decimal("0.392")),
        ("total_conversations", "sms", Decimal(7), Decimal(6), Decimal(1), Decimal("0.277")),
        ("avg_satisfaction_score", "email", Decimal("4.5"), Decimal("3.5"), Decimal(1), Decimal("4.882")),
        ("avg_satisfaction_score", "sms", None, None, None, None),
    ]
    assert warehouse.asked("ranking") == [
        (1, "email", 14, 2, {"dimension": "channel_type"}), (2, "sms", 7, 1, {"dimension": "channel_type"}),
        (1, "support", 21, 3, {"dimension": "department"}),
    ]  # fmt: skip


def test_what_is_open_counts_whenever_it_began(warehouse: Warehouse) -> None:
    """Ann has one of October open and has resolved one of this week; Bob's last is long over."""
    tenant = warehouse.tenant()
    for agent, begun, ended in (
        (ANN, "2024-10-01T12:00:00Z", None),
        (ANN, "2024-11-29T12:00:00Z", "2024-11-29T13:00:00Z"),
        (BOB, "2024-10-01T12:00:00Z", "2024-10-01T13:00:00Z"),
    ):
        told = warehouse.conversation(tenant, begun, assigned_agent_id=agent)
        told.becomes(begun, "active")
        if ended:
            told.becomes(ended, "resolved")
    warehouse.build()
    assert warehouse.asked("agent_performance") == [(ANN, None, 1, None, None, Decimal(1), None, 1)]
    assert warehouse.asked("agent_dashboard") == [(ANN, 1, 1, Decimal(1), None, Decimal(3600), Decimal("0.143"))]


def test_an_escalation_is_open_until_it_ends(warehouse: Warehouse) -> None:
    """One escalated for an hour, and again two hours ago; one that was resolved after an hour of it."""
    tenant = warehouse.tenant()
    again = warehouse.conversation(tenant, "2024-11-30T10:00:00Z", status="escalated")
    over = warehouse.conversation(tenant, "2024-11-29T10:00:00Z", status="resolved", assigned_agent_id=ANN)
    for told, at, status in (
        (again, "2024-11-30T10:00:00Z", "active"), (again, "2024-11-30T11:00:00Z", "escalated"),
        (again, "2024-11-30T12:00:00Z", "active"), (again, "2024-11-30T22:00:00Z", "escalated"),
        (over, "2024-11-29T10:00:00Z", "escalated"), (over, "2024-11-29T11:00:00Z", "resolved"),
    ):  # fmt: skip
        told.becomes(at, status)
    warehouse.build()
    assert warehouse.asked("escalations") == [(2, 1, 1, 0, Decimal("0.5"), Decimal(60), 0)]
    assert [row[2:5] for row in warehouse.asked("recent_escalations")] == [
        ("email", "escalated", 3 * 3600), ("email", "resolved", 3600)
    ]  # fmt: skip


def test_months_that_are_not_over_tell_nothing_of_who_stays(warehouse: Warehouse) -> None:
    tenant = warehouse.tenant()
    for customer, months in enumerate(((7, 8, 10), (8,), (3, 9), (11,))):
        for month in months:
            warehouse.conversation(tenant, f"2024-{month:02}-15T12:00:00Z", customer_key=uuid.UUID(int=customer))
    warehouse.build()
    assert warehouse.asked("customer_retention") == [
        (date(2024, 7, 1), Decimal(1), Decimal(0), Decimal(0), 1),
        (date(2024, 8, 1), Decimal(0), Decimal(1), Decimal(0), 2),
        (date(2024, 9, 1), Decimal(0), Decimal(1), Decimal(1), 1),
        (date(2024, 10, 1), Decimal(0), Decimal(1), Decimal(1), 1),
        (date(2024, 11, 1), None, None, Decimal(0), 1),
    ]


def test_a_gap_in_the_knowledge_shows_however_rarely_it_is_used(warehouse: Warehouse) -> None:
    """Twelve items used twice each, all helpful; one used once, in vain."""
    told, gap = warehouse.conversation(warehouse.tenant(), "2024-11-29T12:00:00Z"), uuid.UUID(int=0xFF)
    for item in [gap, *(uuid.UUID(int=number // 2) for number in range(24))]:
        warehouse.add(
            "knowledge_analytics", tenant_id=told.tenant, conversation_id=told.key, knowledge_item_id=item,
            was_helpful=item != gap, created_at="2024-11-29T12:00:00Z",
        )  # fmt: skip
    warehouse.build()
    shown = warehouse.asked("knowledge_effectiveness")
    assert len(shown) == 11
    assert shown[-1] == (gap, 1, Decimal(0), True, True, 1)
    assert warehouse.asked("knowledge_gaps") == [(gap, 1, 1, None)]
    assert warehouse.asked("knowledge_totals") == [(0, 25, Decimal("0.96"), 12, 25)]
    assert warehouse.asked("knowledge_trend") == [(date(2024, 11, 25), Decimal("0.96"), 25)]


def test_revenue_workload_complaints_and_insights(warehouse: Warehouse) -> None:
    """One that the AI ended, one that an agent did, rated 1; a quarter of the revenue came by sms."""
    tenant = warehouse.tenant()
    for channel, sender, score, revenue in (("email", "ai", 5, 75), ("sms", "agent", 1, 25)):
        told = warehouse.conversation(tenant, "2024-11-29T12:00:00Z", channel_type=channel, revenue_generated=revenue)
        told.becomes("2024-11-29T12:00:00Z", "active")
        told.says("2024-11-29T12:00:00Z", sender)
        told.becomes("2024-11-29T12:01:00Z", "resolved")
        told.is_rated("2024-11-29T12:02:00Z", score)
    warehouse.build()
    november, half = date(2024, 11, 1), Decimal("0.5")
    assert warehouse.asked("revenue_attribution") == [
        ("email", 75, Decimal("0.75"), november), ("sms", 25, Decimal("0.25"), november)
    ]  # fmt: skip
    assert warehouse.asked("workload") == [("ai", 1, half, 1, half), ("human", 1, half, 1, half)]
    assert warehouse.asked("department_performance") == [
        ("support", 2, None, Decimal(60), Decimal(3), Decimal(1), half)
    ]
    assert [(row[1], row[6], row[7]) for row in warehouse.asked("insights")] == [
        ("alert", True, {"value": 3, "sampleSize": 2}), ("opportunity", True, {"value": 4, "sampleSize": 2})
    ]  # fmt: skip
