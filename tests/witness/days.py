"""What the days of `daily_metrics` must add up to.

Belongs here: sums over conversations by the local day on which they started. Not here: single conversations
(`witness.py`). A total of values that no conversation has is None; a count is 0.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tests.witness.beside import whole_statement_of

Day = tuple[str, date, str]
# Column of the day, and the column of the conversation that it adds up.
TOTALS = {
    "first_response_seconds_total": "first_response_seconds",
    "first_human_response_seconds_total": "first_human_response_seconds",
    "resolution_seconds_total": "full_resolution_seconds",
    "ratings_sum": "customer_satisfaction",
    "ai_confidence_sum": "ai_confidence_sum",
    "revenue_attributed": "revenue_generated",
}
# Column of the day, and the column of the conversation whose values it counts.
COUNTS = {
    "first_response_count": "first_response_seconds",
    "first_human_response_count": "first_human_response_seconds",
    "resolution_count": "full_resolution_seconds",
    "total_ratings": "customer_satisfaction",
    "lead_known_conversations": "lead_qualified",
}
ADDED = (
    "ai_confidence_count", "total_messages", "customer_messages", "ai_messages", "agent_messages", "ai_answers_marked",
    "ai_answers_helpful",
)  # fmt: skip


def days_of(
    records: Iterable[dict[str, Any]], *, zones: dict[str, str], data_as_of: datetime, by: str = "channel_type"
) -> dict[Day, dict[str, Any]]:
    """Sums by (tenant, local day of the beginning, channel or department); a tenant without a zone lives in UTC."""
    started: dict[Day, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        tenant = record["tenant"]
        said = whole_statement_of(record, timezone=zones.get(tenant, "UTC"), data_as_of=data_as_of)
        started[tenant, said["started_on"], said[by]].append(said)
    return {day: sums_of(conversations) for day, conversations in started.items()}


def sums_of(conversations: list[dict[str, Any]]) -> dict[str, Any]:
    def stated(column: str) -> list[Decimal]:
        return [said[column] for said in conversations if said[column] is not None]

    return {
        "total_conversations": len(conversations),
        "ai_resolved_conversations": sum(said["resolved_by"] == "ai" for said in conversations),
        "human_resolved_conversations": sum(said["resolved_by"] == "agent" for said in conversations),
        "abandoned_conversations": sum(
            said["resolved_by"] == "abandoned" or said["is_abandoned"] for said in conversations
        ),
        "handed_off_conversations": sum(said["handoff_count"] > 0 for said in conversations),
        "reopened_conversations": sum(said["reopen_count"] > 0 for said in conversations),
        "leads_generated": sum(said["lead_qualified"] is True for said in conversations),
        "sales_qualified_leads": sum(
            said["lead_qualified"] is True and said["follow_up_required"] is True for said in conversations
        ),
        **{name: sum(stated(column)) if stated(column) else None for name, column in TOTALS.items()},
        **{name: len(stated(column)) for name, column in COUNTS.items()},
        **{name: sum(said[name] for said in conversations) for name in ADDED},
    }
