"""What leaves the operational database: each table, its columns, and how each is read there.

Belongs here: the list, and nothing that runs. Text, names, addresses and secrets never leave: from text come
numbers, of customers a keyed pseudonym, of settings the keys named here. Not here: how rows are read
(`snapshot.py`) or landed (`landing.py`).
"""

from orchestration.extraction.expressions import (
    CONVERSATION_OF_MESSAGE,
    EXTRACTED_SETTINGS,
    LANGUAGE,
    PSEUDONYM,
    SETTING_VALUE,
    known_reason,
    typed_json,
)
from orchestration.extraction.table import Table, columns

OF_TENANT = ("id uuid", "tenant_id uuid")
OF_CONVERSATION = (*OF_TENANT, "conversation_id uuid")

TABLES = (
    Table(
        "tenants",
        columns(
            "id uuid",
            "slug text",
            "name text",
            "timezone text",
            "status text",
            "created_at timestamptz",
        ),
    ),
    Table("tenant_business_schedules", columns(*OF_TENANT, "valid_from date")),
    Table(
        "tenant_business_hours",
        columns(*OF_TENANT, "schedule_id uuid", "weekday smallint", "opens_at time", "closes_at time"),
    ),
    Table("tenant_special_days", columns(*OF_TENANT, "day date", "opens_at time", "closes_at time")),
    Table("profiles", columns(*OF_TENANT, "role text", "is_active boolean", "created_at timestamptz")),
    Table(
        "customer_profiles",
        columns(
            f"id uuid = {PSEUDONYM.format(tenant_id='tenant_id', id='id')}",
            "tenant_id uuid",
            LANGUAGE,
            "status text",
            "created_at timestamptz",
        ),
        key=PSEUDONYM,
    ),
    Table(
        "conversations",
        columns(
            *OF_TENANT,
            f"customer_key uuid = {PSEUDONYM.format(tenant_id='tenant_id', id='customer_id')}",
            "assigned_agent_id uuid",
            "status text",
            "priority text",
            "channel_type text",
            "department text",
            LANGUAGE,
            "sentiment text",
            "ai_confidence numeric",
            "satisfaction_score numeric",
            f"lead_qualified boolean = {typed_json('lead_qualified', 'boolean', 'boolean')}",
            f"revenue_generated numeric = {typed_json('revenue_generated', 'number', 'numeric')}",
            f"follow_up_required boolean = {typed_json('follow_up_required', 'boolean', 'boolean')}",
            f"handoff_reason text = {known_reason('handoff_reason')}",
            "created_at timestamptz",
        ),
    ),
    Table(
        "messages",
        columns(
            *OF_CONVERSATION,
            "ordinal bigint",
            "sender_type text",
            "agent_id uuid = sender_id",
            "is_internal boolean",
            "message_type text",
            "confidence_score numeric",
            "processing_time_ms integer",
            "tokens_used integer",
            "content_length integer = char_length(content)",
            "word_count integer = regexp_count(content, '\\S+')",
            "has_link boolean = content ~* 'https?://'",
            "created_at timestamptz",
        ),
    ),
    Table(
        "conversation_events",
        columns(
            *OF_CONVERSATION,
            "ordinal bigint",
            "event_type text",
            "from_status text",
            "to_status text",
            "from_agent_id uuid",
            "to_agent_id uuid",
            "score numeric",
            "actor_id uuid",
            "is_automatic boolean",
            "occurred_at timestamptz",
        ),
    ),
    Table(
        "conversation_transfers",
        columns(
            *OF_CONVERSATION,
            "from_agent_id uuid",
            "to_agent_id uuid",
            "transfer_type text",
            f"reason text = {known_reason('transfer_reason')}",
            "status text",
            "transfer_time timestamptz",
            "accepted_at timestamptz",
            "rejected_at timestamptz",
        ),
    ),
    Table(
        "conversation_notes",
        columns(
            *OF_CONVERSATION,
            "agent_id uuid",
            "is_internal boolean",
            "note_type text",
            "note_length integer = char_length(note)",
            "created_at timestamptz",
        ),
    ),
    Table(
        "sla_tracking",
        columns(
            *OF_CONVERSATION,
            "sla_type text",
            "target_time_seconds integer",
            "actual_time_seconds integer",
            "status text",
            "created_at timestamptz",
            "completed_at timestamptz",
        ),
    ),
    Table(
        "message_delivery_tracking",
        columns(
            *OF_TENANT,
            f"conversation_id uuid = {CONVERSATION_OF_MESSAGE}",
            "message_id uuid",
            "channel_type text",
            "delivery_status text",
            "delivery_timestamp timestamptz",
            "read_timestamp timestamptz",
            "retry_count integer",
            "created_at timestamptz",
        ),
        read_along="message_id",
    ),
    Table(
        "agent_availability",
        columns(
            *OF_TENANT,
            "agent_id uuid",
            "is_online boolean",
            "status text",
            "max_concurrent_chats integer",
            "current_chat_count integer",
            "last_activity timestamptz",
        ),
    ),
    Table(
        "knowledge_items",
        columns(
            *OF_TENANT,
            "category_id uuid",
            "source_type text",
            LANGUAGE,
            "status text",
            "is_public boolean",
            "version integer",
            "usage_count integer",
            "confidence_score numeric",
            "effectiveness_score numeric",
            "content_length integer = char_length(content)",
            "created_at timestamptz",
        ),
    ),
    Table(
        "knowledge_analytics",
        columns(
            *OF_TENANT,
            "knowledge_item_id uuid",
            "conversation_id uuid",
            "was_helpful boolean",
            "has_feedback boolean = coalesce(feedback_text, '') <> ''",
            "usage_context text",
            "created_at timestamptz",
        ),
    ),
    Table(
        "workflow_executions",
        columns(
            *OF_TENANT,
            "workflow_id uuid",
            "conversation_id uuid",
            "status text",
            "steps_taken integer",
            "started_at timestamptz",
            "completed_at timestamptz",
        ),
    ),
    Table(
        "system_settings",
        columns(*OF_TENANT, "setting_key text", SETTING_VALUE),
        where=EXTRACTED_SETTINGS,
    ),
    Table(
        "scheduled_reports",
        columns(
            *OF_TENANT,
            "report_type text",
            "template text",
            "format text",
            "timezone text",
            "is_active boolean",
            "recipient_count integer = cardinality(recipients)",
            "created_at timestamptz",
        ),
    ),
    Table(
        "export_jobs",
        columns(
            *OF_TENANT,
            "type text",
            "format text",
            "status text",
            "row_count bigint",
            "file_size_bytes bigint",
            "created_at timestamptz",
            "completed_at timestamptz",
        ),
    ),
)
