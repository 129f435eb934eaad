"""What leaves the operational database: each table, its columns, and how each is read there.

Belongs here: the list, and nothing that runs. Text, names, addresses and secrets never leave: from text come
numbers, of customers a keyed pseudonym, of settings the keys named here. Not here: how rows are read
(`snapshot.py`) or landed (`landing.py`).
"""

from dataclasses import dataclass

from orchestration.extraction.expressions import PSEUDONYM, known_reason, typed_json

EXTRACTED_SETTINGS = (
    "ai_confidence_threshold",
    "chatbot_handoff_threshold",
    "conversation_auto_close_time",
    "rating_scale",
    "sla_business_hours",
    "sla_first_response_seconds",
    "sla_resolution_seconds",
)


@dataclass(frozen=True)
class Column:
    """A column of `raw`: its name, its PostgreSQL type there, and the expression that reads it at the source."""

    name: str
    type: str
    expression: str


@dataclass(frozen=True)
class Table:
    """A table of `raw`, fed by the operational table of the same name.

    `key` turns a source row's id into the landed id; `where` limits which rows leave.
    """

    name: str
    columns: tuple[Column, ...]
    key: str = "{id}"
    where: str = "true"

    @property
    def source_key(self) -> str:
        """Expression of the landed id over a row of the source table."""
        return self.key.format(id="id", tenant_id="tenant_id")

    @property
    def logged_key(self) -> str:
        """Expression of the landed id over a row of the change log."""
        return self.key.format(id="key", tenant_id="tenant_id")


def _columns(*lines: str) -> tuple[Column, ...]:
    """Each line reads `name type`, or `name type = expression`."""
    columns = []
    for line in lines:
        head, _, expression = line.partition(" = ")
        name, _, kind = head.partition(" ")
        columns.append(Column(name, kind, expression or name))
    return tuple(columns)


TABLES = (
    Table(
        "tenants",
        _columns(
            "id uuid",
            "slug text",
            "name text",
            "timezone text",
            "status text",
            "created_at timestamptz",
        ),
    ),
    Table("tenant_business_schedules", _columns("id uuid", "tenant_id uuid", "valid_from date")),
    Table(
        "tenant_business_hours",
        _columns(
            "id uuid",
            "tenant_id uuid",
            "schedule_id uuid",
            "weekday smallint",
            "opens_at time",
            "closes_at time",
        ),
    ),
    Table("tenant_special_days", _columns("id uuid", "tenant_id uuid", "day date", "opens_at time", "closes_at time")),
    Table(
        "profiles",
        _columns("id uuid", "tenant_id uuid", "role text", "is_active boolean", "created_at timestamptz"),
    ),
    Table(
        "customer_profiles",
        _columns(
            f"id uuid = {PSEUDONYM.format(tenant_id='tenant_id', id='id')}",
            "tenant_id uuid",
            "language text",
            "status text",
            "created_at timestamptz",
        ),
        key=PSEUDONYM,
    ),
    Table(
        "conversations",
        _columns(
            "id uuid",
            "tenant_id uuid",
            f"customer_key uuid = {PSEUDONYM.format(tenant_id='tenant_id', id='customer_id')}",
            "assigned_agent_id uuid",
            "status text",
            "priority text",
            "channel_type text",
            "department text",
            "language text",
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
        _columns(
            "id uuid",
            "tenant_id uuid",
            "conversation_id uuid",
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
        _columns(
            "id uuid",
            "tenant_id uuid",
            "conversation_id uuid",
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
        "conversation_notes",
        _columns(
            "id uuid",
            "tenant_id uuid",
            "conversation_id uuid",
            "agent_id uuid",
            "is_internal boolean",
            "note_type text",
            "created_at timestamptz",
        ),
    ),
    Table(
        "conversation_transfers",
        _columns(
            "id uuid",
            "tenant_id uuid",
            "conversation_id uuid",
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
        "knowledge_items",
        _columns(
            "id uuid", "tenant_id uuid", "category_id uuid", "language text", "status text", "created_at timestamptz"
        ),
    ),
    Table(
        "knowledge_analytics",
        _columns(
            "id uuid",
            "tenant_id uuid",
            "knowledge_item_id uuid",
            "conversation_id uuid",
            "was_helpful boolean",
            "usage_context text",
            "created_at timestamptz",
        ),
    ),
    Table(
        "system_settings",
        _columns("id uuid", "tenant_id uuid", "setting_key text", "setting_value text = setting_value #>> '{}'"),
        where=f"setting_key in ({', '.join(repr(key) for key in EXTRACTED_SETTINGS)})",
    ),
    Table(
        "scheduled_reports",
        _columns(
            "id uuid",
            "tenant_id uuid",
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
        _columns(
            "id uuid",
            "tenant_id uuid",
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
