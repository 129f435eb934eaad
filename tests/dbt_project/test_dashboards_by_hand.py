"""What the dashboards of the application show of a little desk whose figures were worked out by hand.

Belongs here: values of KPIs, charts and tables of one and the same desk. Not here: analyses that need a desk of their own
(`test_analyses_by_hand.py`), and which analyses there are (`test_analyses.py`).
"""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.dbt_project.conftest import Warehouse

ANN = uuid.UUID(int=0xA)
AS_OF = datetime(2024, 12, 1, tzinfo=UTC)


@pytest.fixture
def desk(warehouse: Warehouse) -> Warehouse:
    """As of the first of December: two resolved in November's last days, one of early November, one in October, one open.

    The AI answered within ten seconds and ended what is rated 5; Ann took half an hour, and was rated 2 and 3.
    """
    tenant = warehouse.tenant()
    for day, channel, sender, answer, ended, score in (
        ("2024-11-30", "email", "ai", "12:00:10", "12:10:00", 5),
        ("2024-11-29", "sms", "agent", "12:30:00", "13:00:00", 2),
        ("2024-11-10", "email", "ai", "12:00:10", "12:10:00", 5),
        ("2024-10-20", "email", "agent", "12:30:00", "13:00:00", 3),
    ):
        agent = ANN if sender == "agent" else None
        told = warehouse.conversation(
            tenant, f"{day}T12:00:00Z", status="resolved", channel_type=channel, assigned_agent_id=agent
        )
        told.becomes(f"{day}T12:00:00Z", "active")
        told.says(f"{day}T12:00:00Z", "customer")
        told.says(f"{day}T{answer}Z", sender, agent_id=agent)
        told.becomes(f"{day}T{ended}Z", "resolved")
        told.is_rated(f"{day}T14:00:00Z", score)
    waiting = warehouse.conversation(tenant, "2024-11-30T23:56:00Z", channel_type="sms")
    waiting.becomes("2024-11-30T23:56:00Z", "active")
    waiting.says("2024-11-30T23:56:00Z", "customer")
    warehouse.build()
    return warehouse


def test_promises_have_their_time_so_far(desk: Warehouse) -> None:
    """Four minutes of five are over, and four of sixty; the open conversation has both before it."""
    assert [row[1:] for row in desk.asked("sla_status")] == [
        ("first_response", 300, 240, "at_risk", 60), ("resolution", 3600, 240, "on_track", 3360)
    ]  # fmt: skip


def test_live_figures_and_their_alerts(desk: Warehouse) -> None:
    ((live, response, score, by_ai, nothing, channels, as_of, sample),) = desk.asked("live_metrics")
    assert (live, response, score, by_ai, nothing, as_of, sample) == (1, 10, 5, 1, None, AS_OF, 2)
    assert channels == [
        dict(
            zip(("channel", "activeConversations", "avgResponseTime", "satisfactionScore", "volume"), row, strict=True)
        )
        for row in sorted(desk.asked("channel_activity"))
    ]
    assert desk.asked("channel_activity") == [("email", 0, 10, 5, 1), ("sms", 1, None, None, 1)]
    assert desk.asked("live_alerts") == []
    assert [row[2:5] for row in desk.asked("active_conversations")] == [("sms", "active", 240)]


def test_kpis_with_what_they_were(desk: Warehouse) -> None:
    assert desk.asked("dashboard_kpis") == [
        ("activeConversations", 1, None, 1), ("aiResolutionRate", Decimal("0.5"), None, 2),
        ("avgResponseTime", 905, None, 2), ("satisfactionScore", Decimal("3.5"), None, 2),
    ]  # fmt: skip
    assert [row[:6] for row in desk.asked("executive_kpis")] == [
        ("ai_accuracy", None, Decimal("0.9"), None, None, None),
        ("ai_efficiency", Decimal("0.6667"), Decimal("0.85"), Decimal("0.6667"), None, "critical"),
        ("customer_satisfaction", 4, Decimal("4.5"), 1, Decimal("33.3"), "warning"),
        ("resolution_rate", Decimal("0.75"), Decimal("0.9"), Decimal("-0.25"), -25, "warning"),
        ("response_time", Decimal("606.6667"), 120, Decimal("-1193.3333"), Decimal("-66.3"), "critical"),
    ]
    assert desk.asked("training")[1:] == [
        ("responseTime", Decimal("606.6667"), Decimal("-1193.3333"), 3), ("satisfaction", 4, 1, 3),
        ("successRate", Decimal("0.6667"), Decimal("0.6667"), 3),
    ]  # fmt: skip
    assert [row[:4] for row in desk.asked("productivity_gains")] == [
        ("conversations_per_agent_and_day", 1, 1, 0), ("first_human_response_seconds", 1800, 1800, 0),
        ("resolution_seconds", 3600, 3600, 0),
    ]  # fmt: skip
    assert [row[:4] for row in desk.asked("learning_progress")] == [
        ("accuracy", None, None, None), ("confidence", None, None, None), ("handoff_rate", 0, 0, 0),
        ("resolution_rate", 0, Decimal("0.6667"), Decimal("0.6667")),
    ]  # fmt: skip


def test_ranges_channels_hours_and_slices(desk: Warehouse) -> None:
    third = Decimal("0.6667")
    assert desk.asked("dashboard_performance") == [
        ("24h", 2, 10, Decimal("0.5"), 5), ("7d", 3, 905, third, Decimal("3.5")),
        ("30d", 4, Decimal("606.667"), Decimal("0.75"), 4), ("90d", 5, 905, Decimal("0.8"), Decimal("3.75")),
    ]  # fmt: skip
    assert desk.asked("channel_table") == [
        ("email", 2, Decimal("0.5"), 10, 5, 1, 1), ("sms", 2, Decimal("0.5"), 1800, 2, Decimal("0.5"), 2)
    ]  # fmt: skip
    assert desk.asked("hourly_distribution") == [(12, 3, third, 3), (23, 1, None, 0)]
    assert desk.asked("satisfaction_distribution") == [
        ("Excellent", 1, Decimal("0.5")), ("Good", 0, 0), ("Average", 0, 0), ("Poor", 1, Decimal("0.5"))
    ]  # fmt: skip
    assert desk.asked("satisfaction_summary") == [(4, 3, Decimal("0.3333"), 1)]
    assert desk.asked("monitoring") == [(4, 2, 0, 0, third, Decimal(606667), 4)]
    assert desk.asked("metric_trend")[-2:] == [
        (date(2024, 11, 30), 2, 1, 100), (date(2024, 12, 1), 0, -2, -100)
    ]  # fmt: skip
    assert desk.asked("satisfaction_journey")[-1] == (date(2024, 11, 30), 5, "ai", "email", 1)
