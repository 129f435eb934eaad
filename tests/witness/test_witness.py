"""The witness on little histories whose figures were worked out by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.witness.days import days_of
from tests.witness.witness import statement_of

AS_OF = datetime(2024, 1, 20, 12, tzinfo=UTC)
Event = dict[str, Any]


def at(clock: str, *, day: str = "2024-01-09") -> str:
    return f"{day}T{clock}+00:00"


def said(clock: str, sender: str, **more: Any) -> Event:
    return {"at": at(clock), "type": "message", "sender": sender, "text": "", **more}


def became(clock: str, status: str) -> Event:
    return {"at": at(clock), "type": "status", "status": status}


def given(clock: str, agent: str | None) -> Event:
    return {"at": at(clock), "type": "assign", "agent": agent}


def rated(clock: str, score: float) -> Event:
    return {"at": at(clock), "type": "rating", "score": score}


def told(*events: Event, **more: Any) -> dict[str, Any]:
    return {"tenant": "acme", "conversation_id": "x", "created_at": at("12:00:00"), "events": list(events), **more}


def statement(*events: Event, **more: Any) -> dict[str, Any]:
    return statement_of(told(*events, **more), timezone="America/New_York", data_as_of=AS_OF)


# Each row: what happened, and what follows from it.
CASES: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "nothing was said": (
        [],
        {
            "opened_by": None, "total_messages": 0, "waits": 0, "wait_seconds_total": None, "touch": "none",
            "first_response_at": None, "resolved_by": None, "resolved_at": None, "requester_wait_seconds": None,
            "ai_confidence_avg": None, "ai_fallback_messages": None, "is_abandoned": True, "agent_switches": 0,
        },
    ),
    "an answer within a minute": (
        [said("12:00:00", "customer"), said("12:00:59.9995", "agent")],
        {
            "opened_by": "customer", "first_response_seconds": Decimal("59.999"), "waits": 1, "answered_waits": 1,
            "first_human_response_seconds": Decimal("59.999"), "first_ai_response_at": None, "is_abandoned": False,
            "longest_wait_seconds": Decimal("59.999"), "agent_touches": 1, "touch": "one", "handoff_count": 0,
        },
    ),
    "milliseconds are cut from each instant, not from the difference": (
        [said("12:00:00.0009", "customer"), said("12:00:01.0001", "agent")],
        {"first_response_seconds": Decimal("1.000")},
    ),
    "in one instant the place in the file decides": (
        [said("12:00:00", "agent"), said("12:00:00", "customer"), said("12:00:00", "ai")],
        {
            "opened_by": "agent", "first_response_seconds": Decimal(0), "first_human_response_at": None,
            "first_ai_response_seconds": Decimal(0), "human_waits": 1, "human_answered_waits": 0,
        },
    ),
    "an agent calls first: the clock starts when the customer writes": (
        [said("12:00:00", "agent"), said("13:00:00", "customer"), said("13:00:10", "agent")],
        {"opened_by": "agent", "first_response_seconds": Decimal(10), "waits": 1, "touch": "two"},
    ),
    "several messages in a row are one wait; the last wait has no answer": (
        [
            said("12:00:00", "customer"), said("12:00:30", "customer"), said("12:01:00", "ai"),
            said("12:02:00", "customer"), said("12:05:00", "agent"), said("12:06:00", "customer"),
        ],
        {
            "waits": 3, "answered_waits": 2, "wait_seconds_total": Decimal(240), "longest_wait_seconds": Decimal(180),
            "human_waits": 2, "human_answered_waits": 1, "human_wait_seconds_total": Decimal(300),
            "human_longest_wait_seconds": Decimal(300), "handoff_count": 1, "customer_messages": 4,
        },
    ),
    "a note and a system message are no reply": (
        [said("12:00:00", "customer"), said("12:01:00", "agent", public=False), said("12:02:00", "system")],
        {
            "first_response_at": None, "waits": 1, "answered_waits": 0, "wait_seconds_total": None,
            "internal_notes": 1, "total_messages": 2, "system_messages": 1, "agent_touches": 0, "is_abandoned": True,
        },
    ),
    "an agent before the ai is no handoff": (
        [said("12:00:00", "customer"), said("12:01:00", "agent"), said("12:02:00", "ai")],
        {"handoff_count": 0},
    ),
    "many touches": ([said("12:00:00", "agent")] * 3, {"touch": "many", "agent_messages": 3}),
    "every second has one status, up to the last end": (
        [
            said("12:00:00", "customer"), became("12:10:00", "pending"), became("12:30:00", "escalated"),
            said("12:31:00", "ai"), became("12:40:00", "resolved"), became("13:00:00", "closed"),
            became("14:00:00", "active"), said("14:05:00", "agent"), became("14:30:00", "closed"),
        ],
        {
            "status": "closed", "first_resolution_seconds": Decimal(2_400), "full_resolution_seconds": Decimal(9_000),
            "reopen_count": 1, "active_seconds": Decimal(600 + 1_800), "pending_seconds": Decimal(1_200),
            "escalated_seconds": Decimal(600), "resolved_seconds": Decimal(4_800), "agent_wait_seconds": Decimal(1_200),
            "requester_wait_seconds": Decimal(3_000), "resolved_by": "agent", "resolution_type": "closed:manual",
        },
    ),
    "from resolved to closed is no second end": (
        [became("12:10:00", "resolved"), became("13:00:00", "closed")],
        {"full_resolution_seconds": Decimal(600), "reopen_count": 0, "resolution_type": "closed:manual"},
    ),
    "open again: nothing is resolved, and time runs to the data's instant": (
        [became("12:10:00", "resolved"), became("12:20:00", "pending")],
        {
            "resolved_at": None, "resolved_by": None, "resolution_type": None, "full_resolution_seconds": None,
            "first_resolution_seconds": Decimal(600), "reopen_count": 1, "resolved_seconds": Decimal(600),
            "pending_seconds": Decimal(11 * 86_400 - 1_200), "requester_wait_seconds": None,
        },
    ),
    "who answers after the end did not resolve it": (
        [said("12:00:00", "customer"), said("12:01:00", "ai"), became("12:02:00", "resolved"), said("12:02:00", "agent")],
        {"resolved_by": "ai"},
    ),
    "ended without an answer": (
        [said("12:00:00", "customer"), became("12:02:00", "closed")],
        {"resolved_by": "abandoned", "is_abandoned": True},
    ),
    "changes to what is already are none": (
        [became("12:01:00", "active"), became("12:02:00", "resolved"), became("12:03:00", "resolved")],
        {"reopen_count": 0, "resolved_at": datetime(2024, 1, 9, 12, 2, tzinfo=UTC)},
    ),
    "hands": (
        [given("12:01:00", "A"), given("12:02:00", "A"), given("12:03:00", None), given("12:04:00", "B"), given("12:05:00", "A")],
        {"agent_switches": 2, "unassigned_seconds": Decimal(60), "agent": "A"},
    ),
    "without assignments the writers tell, where they are named": (
        [said(f"12:0{n}:00", "agent", sender_id=name) for n, name in enumerate(("A", "A", None, "B", "A"))],
        {"agent_switches": 2, "unassigned_seconds": None, "first_assigned_at": None, "agent": None},
    ),
    "a rating is credited to the assignee of that moment": (
        [
            given("12:01:00", "A"), said("12:02:00", "agent", sender_id="B"), rated("12:03:00", 2), rated("12:04:00", 4.5),
            given("12:05:00", "C"),
        ],
        {"customer_satisfaction": Decimal("4.5"), "rated_agent": "A", "rated_at": datetime(2024, 1, 9, 12, 4, tzinfo=UTC)},
    ),
    "else to who last wrote before it": (
        [
            given("12:01:00", "A"), given("12:01:30", None), said("12:02:00", "agent", sender_id="B"),
            said("12:02:30", "agent"), rated("12:03:00", 3), said("12:04:00", "agent", sender_id="C"),
        ],
        {"rated_agent": "B"},
    ),
    "confidence of public answers; below the half is a fallback": (
        [
            said("12:01:00", "ai", confidence=0.5), said("12:02:00", "ai", confidence=0.49), said("12:03:00", "ai"),
            said("12:04:00", "ai", confidence=0.01, public=False), said("12:05:00", "ai", confidence=1),
        ],
        {
            "ai_confidence_count": 3, "ai_confidence_sum": Decimal("1.99"), "ai_confidence_min": Decimal("0.49"),
            "ai_confidence_avg": Decimal("0.663333"), "ai_fallback_messages": 1,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "expected"), CASES.values(), ids=CASES.keys())
def test_what_follows_from_a_history(events: list[Event], expected: dict[str, Any]) -> None:
    found = statement(*events)
    assert {name: found[name] for name in expected} == expected


def test_the_file_need_not_be_in_order() -> None:
    events = [said("12:05:00", "agent"), became("12:09:00", "resolved"), said("12:00:00", "customer")]
    assert statement(*events) == statement(*sorted(events, key=lambda event: event["at"]))


def test_statuses_fill_the_time_to_the_millisecond() -> None:
    found = statement(
        became("12:00:00.0015", "pending"), became("12:00:00.0024", "active"), became("12:00:01.9999", "closed")
    )
    parts = [found[f"{name}_seconds"] for name in ("active", "pending", "escalated", "resolved")]
    assert parts == [Decimal("1.998"), Decimal("0.001"), 0, 0]
    assert sum(parts) == found["full_resolution_seconds"]


@pytest.mark.parametrize(("last", "abandoned"), [("11:59:59", True), ("12:00:00", False)])
def test_silence_longer_than_a_day_is_abandonment(last: str, abandoned: bool) -> None:
    early = {"at": at("12:00:00"), "type": "message", "sender": "customer", "text": ""}
    late = {**early, "at": at(last, day="2024-01-19")}
    assert statement(early, late)["is_abandoned"] is abandoned
    assert statement(early, said("12:01:00", "ai"))["is_abandoned"] is False


def test_days_are_the_tenant_s_own_and_add_up() -> None:
    late = at("04:59:00", day="2024-01-10")
    records = [
        told(said("12:00:00", "customer"), said("12:00:10", "ai", confidence=0.4), became("12:01:00", "resolved")),
        told(
            said("12:00:00", "customer"), said("12:01:30", "agent"), became("12:02:00", "closed"), rated("13:00:00", 5)
        ),
        told(said("12:00:00", "customer"), became("12:03:00", "closed"), channel="sms"),
        told(created_at=late, events=[]),
    ]
    found = days_of(records, zones={"acme": "America/New_York"}, data_as_of=AS_OF)
    ninth = date(2024, 1, 9)
    assert set(found) == {("acme", ninth, "website"), ("acme", ninth, "sms")}
    assert found["acme", ninth, "website"] == {
        "total_conversations": 3, "ai_resolved_conversations": 1, "human_resolved_conversations": 1,
        "abandoned_conversations": 1, "handed_off_conversations": 0, "reopened_conversations": 0,
        "first_response_seconds_total": Decimal(100), "first_response_count": 2,
        "first_human_response_seconds_total": Decimal(90), "first_human_response_count": 1,
        "resolution_seconds_total": Decimal(180), "resolution_count": 2, "ratings_sum": Decimal(5), "total_ratings": 1,
        "ai_confidence_sum": Decimal("0.4"), "ai_confidence_count": 1, "total_messages": 4, "customer_messages": 2,
        "ai_messages": 1, "agent_messages": 1, "leads_generated": 0, "sales_qualified_leads": 0,
        "lead_known_conversations": 0, "revenue_attributed": None, "ai_answers_marked": 0, "ai_answers_helpful": 0,
    }  # fmt: skip
    assert found["acme", ninth, "sms"]["abandoned_conversations"] == 1
    assert found["acme", ninth, "sms"]["ratings_sum"] is None
    in_utc = days_of(records, zones={}, data_as_of=AS_OF)
    assert ("acme", date(2024, 1, 10), "website") in in_utc


def test_medium_is_another_word_for_normal() -> None:
    assert [statement(priority=word)["priority"] for word in ("medium", "normal", "high")] == [
        "normal",
        "normal",
        "high",
    ]
