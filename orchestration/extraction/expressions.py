"""How a column is read at the source where its bare value may not leave.

Belongs here: SQL expressions. Not here: which table has them (`tables.py`), and the functions of schema etl that they
call (`operational_schema/functions/change_log.sql`).
"""


def typed_json(field: str, kind: str, cast: str) -> str:
    """A field of business_context, or null where it is of another JSON type than it should be."""
    path = f"business_context -> '{field}'"
    return f"case when jsonb_typeof({path}) = '{kind}' then (business_context ->> '{field}')::{cast} end"


# Reasons are free text, in which people are named: what is none of the application's own words leaves as `other`.
REASONS = ("customer_request", "ai_confidence_low", "complex_issue", "sla_breach")


def known_reason(column: str) -> str:
    """A reason in the application's words, or `other`; null where none is given."""
    known = ", ".join(f"'{reason}'" for reason in REASONS)
    return f"case when {column} in ({known}) then {column} when {column} <> '' then 'other' end"


PSEUDONYM = "etl.pseudonym({tenant_id}, {id})"

# A delivery without its own would make every build join for it; of a moved message the log has the deliveries, too.
CONVERSATION_OF_MESSAGE = (
    "(select message.conversation_id from public.messages as message "
    "where message.tenant_id = message_delivery_tracking.tenant_id and message.id = message_id)"
)

# Columns that anybody can write anything into leave only as what they are meant for.
LANGUAGE = "language text = case when language ~ '^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$' then language end"
SETTING_VALUE = (
    "setting_value text = case when jsonb_typeof(setting_value) in ('number', 'boolean') "
    "or setting_value #>> '{}' ~ '^[0-9.]+$|^(true|false)$' then setting_value #>> '{}' end"
)

EXTRACTED_SETTINGS = (
    "setting_key in ("
    + ", ".join(
        repr(key)
        for key in (
            "ai_confidence_threshold",
            "chatbot_handoff_threshold",
            "conversation_auto_close_time",
            "rating_scale",
            "sla_business_hours",
            "sla_first_response_seconds",
            "sla_resolution_seconds",
        )
    )
    + ")"
)
