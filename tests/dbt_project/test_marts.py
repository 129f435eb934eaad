"""What the marts say of little histories whose figures were worked out by hand, on both servers.

Belongs here: raw rows in, mart rows out. Not here: bad rows (`test_faults.py`), and single models (their unit tests).
"""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.dbt_project.conftest import Warehouse

pytestmark = pytest.mark.usefixtures("every_server")

ANN, BOB = uuid.UUID(int=0xA), uuid.UUID(int=0xB)


def test_a_conversation_says_what_happened_in_it(warehouse: Warehouse) -> None:
    """AI, then an agent; resolved, reopened, closed by itself; rated before it changed hands for the last time."""
    told = warehouse.conversation(
        warehouse.tenant(), "2024-01-09T12:00:00Z", status="abandoned", assigned_agent_id=ANN,
        lead_qualified=True, revenue_generated=12.345,
    )  # fmt: skip
    told.becomes("2024-01-09T12:00:00Z", "open")
    told.says("2024-01-09T12:00:00.0009Z", "visitor")
    told.says("2024-01-09T12:00:30Z", "user")
    told.says("2024-01-09T12:01:00.0001Z", "bot", confidence_score=0.4)
    told.goes_to("2024-01-09T12:02:00Z", BOB)
    told.says("2024-01-09T12:02:30Z", "human", agent_id=BOB, is_internal=True)
    told.says("2024-01-09T12:03:00Z", "customer")
    told.says("2024-01-09T12:05:00Z", "human", agent_id=BOB)
    told.becomes("2024-01-09T12:05:00Z", "pending")
    told.becomes("2024-01-09T12:10:00Z", "resolved")
    told.is_rated("2024-01-09T12:11:00Z", 4.5)
    told.goes_to("2024-01-09T12:12:00Z", ANN)
    told.becomes("2024-01-09T12:20:00Z", "escalated")
    told.says("2024-01-09T12:20:00Z", "customer")
    told.becomes("2024-01-09T12:50:00Z", "abandoned", by_itself=True)
    warehouse.build()
    expected = {
        "status": "closed", "opened_by": "customer", "agent_id": ANN, "started_on": date(2024, 1, 9),
        "first_response_seconds": Decimal("60.000"), "first_ai_response_seconds": Decimal("60.000"),
        "first_human_response_seconds": Decimal("300.000"), "first_resolution_seconds": Decimal(600),
        "full_resolution_seconds": Decimal(3000), "total_duration_seconds": Decimal(3000), "reopen_count": 1,
        "active_seconds": Decimal(300), "pending_seconds": Decimal(300), "resolved_seconds": Decimal(600),
        "escalated_seconds": Decimal(1800), "requester_wait_seconds": Decimal(2100),
        "agent_wait_seconds": Decimal(300), "waits": 3, "answered_waits": 2, "wait_seconds_total": Decimal(180),
        "longest_wait_seconds": Decimal(120), "human_waits": 2, "human_answered_waits": 1,
        "human_wait_seconds_total": Decimal(300), "total_messages": 6, "customer_messages": 4, "ai_messages": 1,
        "agent_messages": 1, "internal_notes": 1, "touch": "one", "handoff_count": 1, "agent_switches": 1,
        "unassigned_seconds": Decimal(120), "resolved_by": "agent", "resolution_type": "closed:automatic",
        "is_abandoned": False, "customer_satisfaction": Decimal("4.5"), "rated_agent_id": BOB,
        "ai_confidence_avg": Decimal("0.4"), "ai_fallback_messages": 1, "lead_qualified": True,
        "revenue_generated": Decimal("12.35"), "resolved_at": datetime(2024, 1, 9, 12, 50, tzinfo=UTC),
    }  # fmt: skip
    found = told.analytics()
    assert {name: found[name] for name in expected} == expected


def test_what_was_never_answered_has_no_durations(warehouse: Warehouse) -> None:
    told = warehouse.conversation(warehouse.tenant(), "2024-11-30T00:00:00Z")
    told.says("2024-11-30T00:00:00Z", "robot")
    told.says("2024-11-30T00:00:00Z", "customer")
    quiet_for_a_day_less = warehouse.conversation(told.tenant, "2024-11-30T00:00:01Z")
    warehouse.build()
    expected = {
        "opened_by": "unknown", "unknown_messages": 1, "waits": 1, "answered_waits": 0, "wait_seconds_total": None,
        "first_response_at": None, "first_response_seconds": None, "resolved_by": None, "resolution_type": None,
        "requester_wait_seconds": None, "unassigned_seconds": None, "agent_switches": 0, "handoff_count": 0,
        "ai_confidence_count": 0, "ai_fallback_messages": None, "active_seconds": Decimal(86_400),
        "is_abandoned": False,
    }  # fmt: skip
    found = told.analytics()
    assert {name: found[name] for name in expected} == expected, "a day of silence is not yet longer than a day"
    assert quiet_for_a_day_less.analytics()["total_messages"] == 0


# Zone, instant, and the local day it belongs to: the last of a day, and the first of the next.
BOUNDARIES = (
    ("Asia/Kolkata", "2024-01-09T18:29:59.999Z", date(2024, 1, 9)),
    ("Asia/Kolkata", "2024-01-09T18:30:00Z", date(2024, 1, 10)),
    ("Europe/Berlin", "2024-03-30T23:00:00Z", date(2024, 3, 31)),
    ("Europe/Berlin", "2024-03-31T21:59:59Z", date(2024, 3, 31)),
    ("Europe/Berlin", "2024-03-31T22:00:00Z", date(2024, 4, 1)),
    ("Europe/Berlin", "2024-10-26T22:00:00Z", date(2024, 10, 27)),
    ("Europe/Berlin", "2024-10-27T22:59:59Z", date(2024, 10, 27)),
    ("Europe/Berlin", "2024-10-27T23:00:00Z", date(2024, 10, 28)),
)


def test_days_are_the_tenants_own_also_those_of_23_and_25_hours(warehouse: Warehouse) -> None:
    tenants = {zone: warehouse.tenant(zone) for zone, _, _ in BOUNDARIES}
    expected: dict[tuple[uuid.UUID, date], int] = {}
    for zone, instant, day in BOUNDARIES:
        warehouse.conversation(tenants[zone], instant).says(instant, "customer")
        expected[tenants[zone], day] = expected.get((tenants[zone], day), 0) + 1
    twice_the_same_hour = warehouse.conversation(tenants["Europe/Berlin"], "2024-10-27T00:30:00Z")
    twice_the_same_hour.says("2024-10-27T00:30:00Z", "customer")
    twice_the_same_hour.says("2024-10-27T01:30:00Z", "agent")
    expected[tenants["Europe/Berlin"], date(2024, 10, 27)] += 1
    warehouse.build()
    days = warehouse.rows(
        "select tenant_id, date, sum(total_conversations) as started, sum(happened_customer_messages) as said "
        "from marts.daily_metrics group by tenant_id, date"
    )
    assert {(day["tenant_id"], day["date"]): day["started"] for day in days} == expected
    assert {(day["tenant_id"], day["date"]): day["said"] for day in days} == expected
    assert twice_the_same_hour.analytics()["first_response_seconds"] == 3600


def test_a_day_tells_what_began_from_what_happened(warehouse: Warehouse) -> None:
    """Two conversations of nobody's are one row; the day on which one of them ended has a row of its own."""
    tenant = warehouse.tenant("America/New_York")
    one = warehouse.conversation(tenant, "2024-01-10T02:00:00Z")
    one.says("2024-01-10T02:00:00Z", "customer")
    one.says("2024-01-10T02:00:10Z", "ai")
    one.becomes("2024-01-10T02:00:00Z", "active")
    one.becomes("2024-01-10T06:00:00Z", "resolved")
    two = warehouse.conversation(tenant, "2024-01-09T20:00:00Z", lead_qualified=False)
    two.says("2024-01-09T20:00:00Z", "customer")
    two.says("2024-01-09T20:00:31Z", "ai")
    warehouse.build()
    begun, ended = warehouse.rows("select * from marts.daily_metrics order by date")
    assert (begun["date"], begun["agent_id"]) == (date(2024, 1, 9), None)
    assert (begun["total_conversations"], begun["ai_resolved_conversations"], begun["resolution_count"]) == (2, 1, 1)
    assert begun["avg_first_response_time_seconds"] == Decimal("20.500")
    assert (begun["first_response_seconds_total"], begun["first_response_count"]) == (Decimal(41), 2)
    assert (begun["leads_generated"], begun["lead_known_conversations"], begun["happened_resolutions"]) == (0, 1, 0)
    assert (ended["date"], ended["total_conversations"]) == (date(2024, 1, 10), 0)
    assert (ended["happened_resolutions"], ended["happened_resolved_conversations"]) == (1, 1)
    assert (ended["handoff_rate"], ended["avg_resolution_time_seconds"], ended["revenue_attributed"]) == (None,) * 3
