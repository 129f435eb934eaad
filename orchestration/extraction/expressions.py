"""Expressions that turn what may not leave the operational database into what may.

Belongs here: SQL over one row of a source table. Not here: which tables and columns leave (`tables.py`).
"""

PSEUDONYM = "etl.pseudonym({tenant_id}, {id})"


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
