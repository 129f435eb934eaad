"""Columns of what leaves the operational database, and how each is written down.

Belongs here: the form of a column, and how what must not leave as it is is read. Not here: which ones there are (`tables.py`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of `raw`: its name, its PostgreSQL type there, and the expression that reads it at the source."""

    name: str
    type: str
    expression: str


def columns_of(*lines: str) -> tuple[Column, ...]:
    """Columns of lines that each read `name type`, or `name type = expression`."""
    columns = []
    for line in lines:
        head, _, expression = line.partition(" = ")
        name, _, kind = head.partition(" ")
        columns.append(Column(name, kind, expression or name))
    return tuple(columns)


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
