"""What a history file cannot say, worked out by hand: transfers, notes, knowledge, promises, words that nobody knows."""

import uuid
from decimal import Decimal

import pytest

from tests.dbt_project.conftest import Warehouse

pytestmark = pytest.mark.usefixtures("every_server")

ANN, BOB, ITEM, OTHER = (uuid.UUID(int=number) for number in (0xA, 0xB, 0x1, 0x2))
DAY = "2024-01-09T12:00:00Z"


def of(told: object, **more: object) -> dict[str, object]:
    return {"tenant_id": told.tenant, "conversation_id": told.key, **more}


def test_handoffs_notes_and_knowledge(warehouse: Warehouse) -> None:
    """Handed over twice by record, passed on once between agents; a note; three uses of two items, two of them marked."""
    told = warehouse.conversation(warehouse.tenant(), DAY, handoff_reason="other")
    told.says(DAY, "customer")
    told.says("2024-01-09T12:00:10Z", "ai")
    told.says("2024-01-09T12:05:00Z", "agent", agent_id=ANN)
    for at, giver, reason, status in (
        ("2024-01-09T12:01:00Z", None, "ai_confidence_low", "accepted"),
        ("2024-01-09T12:02:00Z", ANN, None, "accepted"),
        ("2024-01-10T12:03:00Z", None, None, "accepted"),
        (None, None, "sla_breach", "pending"),
    ):
        warehouse.add(
            "conversation_transfers", **of(told, from_agent_id=giver, to_agent_id=BOB, reason=reason, status=status),
            accepted_at=at, transfer_time=DAY,
        )  # fmt: skip
    warehouse.add("conversation_notes", **of(told, is_internal=True, note_type="general", created_at=DAY))
    for item, helped in ((ITEM, True), (ITEM, False), (OTHER, None)):
        warehouse.add("knowledge_analytics", **of(told, knowledge_item_id=item, was_helpful=helped, created_at=DAY))
    silent = warehouse.conversation(told.tenant, DAY)
    warehouse.build()
    found = told.analytics()
    assert (found["handoff_count"], found["handoff_reason"], found["internal_notes"]) == (2, "other", 1)
    assert (found["knowledge_items_used"], found["ai_answers_marked"], found["ai_answers_helpful"]) == (2, 2, 1)
    assert found["ai_accuracy_score"] == Decimal("0.5")
    assert (silent.analytics()["ai_accuracy_score"], silent.analytics()["handoff_count"]) == (None, 0)
    days = warehouse.rows(
        "select happened_handoffs, handoff_rate, ai_accuracy_rate from marts.daily_metrics "
        "where tenant_id = %s order by date limit 2",
        told.tenant,
    )
    assert [day["happened_handoffs"] for day in days] == [1, 1]
    assert (days[0]["handoff_rate"], days[0]["ai_accuracy_rate"]) == (Decimal("0.5"), Decimal("0.5"))
    used = warehouse.rows("select happened_uses, happened_helpful_uses from marts.knowledge_daily order by 1")
    assert [tuple(row.values()) for row in used] == [(1, 0), (2, 1)]


def test_a_promise_of_open_time_is_broken_on_the_day_on_which_it_is_used_up(warehouse: Warehouse) -> None:
    """Open from nine to five in Berlin, Mondays to Fridays; asked on a Friday at 16:50, answered on Monday at 09:06."""
    tenant = warehouse.tenant("Europe/Berlin")
    schedule = warehouse.add("tenant_business_schedules", tenant_id=tenant, valid_from="0001-01-01")
    for weekday in range(1, 6):
        warehouse.add(
            "tenant_business_hours", tenant_id=tenant, schedule_id=schedule, weekday=weekday,
            opens_at="09:00", closes_at="17:00",
        )  # fmt: skip
    for key, value in (("sla_business_hours", "true"), ("sla_first_response_seconds", "900")):
        warehouse.add("system_settings", tenant_id=tenant, setting_key=key, setting_value=value)
    late = warehouse.conversation(tenant, "2024-01-05T15:50:00Z")
    late.says("2024-01-05T15:50:00Z", "customer")
    late.says("2024-01-08T08:06:00Z", "agent")
    kept = warehouse.conversation(tenant, "2024-01-05T15:50:00Z")
    kept.says("2024-01-05T15:50:00Z", "customer")
    kept.says("2024-01-08T08:05:00Z", "agent")
    silent = warehouse.conversation(tenant, "2024-01-05T15:45:00Z")
    silent.says("2024-01-05T15:45:00Z", "customer")
    warehouse.build()
    assert late.analytics()["first_response_business_seconds"] == 960
    assert (late.analytics()["sla_first_response_state"], kept.analytics()["sla_first_response_state"]) == (
        "breached",
        "met",
    )
    assert late.analytics()["sla_first_response_due_at"].isoformat() == "2024-01-08T08:05:00+00:00"
    assert silent.analytics()["sla_first_response_due_at"].isoformat() == "2024-01-05T16:00:00+00:00", "at closing time"
    broken = warehouse.rows(
        "select date::text, happened_sla_first_response_breaches as broken from marts.daily_metrics "
        "where tenant_id = %s and happened_sla_first_response_breaches > 0 order by date",
        tenant,
    )
    assert broken == [{"date": "2024-01-05", "broken": 1}, {"date": "2024-01-08", "broken": 1}]


def test_unknown_words_are_counted_and_dropped_from_nothing(warehouse: Warehouse) -> None:
    told = warehouse.conversation(warehouse.tenant(), DAY, status="lost", priority="whenever", channel_type="pigeon")
    told.says(DAY, "robot")
    told.becomes(DAY, "lost")
    warehouse.build()
    found = told.analytics()
    assert (found["status"], found["priority"], found["channel_type"]) == ("unknown", "unknown", "pigeon")
    words = warehouse.rows("select field, word, occurrences from marts.data_quality order by field")
    assert [tuple(row.values()) for row in words] == [
        ("conversation_events.to_status", "lost", 1),
        ("conversations.channel_type", "pigeon", 1),
        ("conversations.priority", "whenever", 1),
        ("conversations.status", "lost", 1),
        ("messages.sender_type", "robot", 1),
    ]
