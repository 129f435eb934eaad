"""Which marts the application reads in its own database, and how their columns are called there.

Belongs here: the list, and nothing that runs. Not here: how rows get there (`application.py`). What the application's
tables cannot hold is null there: one tenant's odd value must not keep every tenant's figures back.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mirror:
    """A mart and the operational table of the same name.

    `table` is where the mart's rows are, and `key` its uuid that names a row; `held_by` is the operational column that
    keeps it, and `cell` are the columns by which a row of ours replaces one that the database itself wrote. `where` says
    which rows the application has a place for.
    """

    mart: str
    table: tuple[str, str]
    key: str
    held_by: str
    cell: tuple[str, ...]
    columns: dict[str, str]
    where: str = "true"


def _between(column: str, least: int, most: int) -> str:
    return f"case when {column} between {least} and {most} then {column} end"


DAYS = Mirror(
    mart="daily_metrics",
    table=("marts", "daily_metrics"),
    key="daily_metrics_id",
    held_by="id",
    cell=("tenant_id", "date", "channel_type", "department", "agent_id"),
    columns={
        "total_conversations": "total_conversations::integer",
        "ai_resolved_conversations": "ai_resolved_conversations::integer",
        "human_resolved_conversations": "human_resolved_conversations::integer",
        "abandoned_conversations": "abandoned_conversations::integer",
        "avg_first_response_time_seconds": "avg_first_response_time_seconds",
        "avg_resolution_time_seconds": "avg_resolution_time_seconds",
        "total_ratings": "total_ratings::integer",
        "avg_satisfaction_score": _between("avg_satisfaction_score", 1, 5),
        "ai_confidence_avg": _between("ai_confidence_avg", 0, 1),
        "ai_accuracy_rate": "ai_accuracy_rate",
        "handoff_rate": "handoff_rate",
        "leads_generated": "leads_generated::integer",
        "sales_qualified_leads": "sales_qualified_leads::integer",
        "revenue_attributed": "revenue_attributed",
    },
    where="total_conversations > 0",
)

CONVERSATIONS = Mirror(
    mart="conversation_analytics",
    table=("facts", "conversation_analytics"),
    key="conversation_id",
    held_by="conversation_id",
    cell=("tenant_id", "conversation_id"),
    columns={
        "started_at": "started_at",
        "first_response_at": "first_response_at",
        "resolved_at": "resolved_at",
        "total_duration_seconds": "total_duration_seconds",
        "total_messages": "total_messages::integer",
        "customer_messages": "customer_messages::integer",
        "ai_messages": "ai_messages::integer",
        "agent_messages": "agent_messages::integer",
        "resolved_by": "resolved_by",
        "resolution_type": "resolution_type",
        "handoff_count": "handoff_count::integer",
        "agent_switches": "agent_switches::integer",
        "customer_satisfaction": _between("customer_satisfaction", 1, 5),
        "ai_accuracy_score": "ai_accuracy_score",
        "knowledge_items_used": "knowledge_items_used::integer",
        "lead_qualified": "lead_qualified",
        "revenue_generated": "revenue_generated",
        "follow_up_required": "follow_up_required",
    },
)

MIRRORS = (DAYS, CONVERSATIONS)
