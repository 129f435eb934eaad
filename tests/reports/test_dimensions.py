"""What figures are split by: each conversation in the group that a hand puts it in.

Belongs here: the groups and their order. Not here: the figures (`test_figures.py`), and what agents are called
(`test_contents.py`).
"""

import uuid
from datetime import date
from typing import Any

import pytest

from reports import query
from reports.catalog import BY_NAME
from reports.dimensions import BY_NAME as DIMENSIONS
from reports.periods import Period
from reports.query import Rows
from tests.reports.conftest import Desk

# From a Monday to the Monday after.
EIGHT_DAYS = Period(date(2026, 3, 2), date(2026, 3, 10))
WEDNESDAY = "2026-03-04"


def groups(desk: Desk, tenant: uuid.UUID, name: str) -> list[tuple[str, int]]:
    with query.marts(desk.warehouse) as marts:
        found = query.by_group(marts, Rows(tenant, EIGHT_DAYS), DIMENSIONS[name], [BY_NAME["total_conversations"]])
    return [(group, cell.sample) for group, [cell] in found]


def test_days_by_their_weekday_from_monday(desk: Desk, acme: uuid.UUID) -> None:
    for day in (8, 2, 9, 7, 7, 4):
        desk.add_conversations(acme, f"2026-03-{day:02}", [{}])
    assert groups(desk, acme, "weekday") == [("Monday", 2), ("Wednesday", 1), ("Saturday", 2), ("Sunday", 1)]


def of_confidence(total: str, messages: int) -> dict[str, Any]:
    return {"ai_confidence_sum": total, "ai_confidence_count": messages}


@pytest.mark.parametrize(
    ("name", "rows", "expected"),
    [
        (
            "outcome",
            [{}, {"resolved_by": "abandoned"}, {"resolved_by": "agent"}, {"resolved_by": "ai"}, {}],
            [("AI", 1), ("an agent", 1), ("nobody: never answered", 1), ("not resolved", 2)],
        ),
        (
            "rating",
            [{"customer_satisfaction": score} for score in ("1", "2.9", "2", "4.999999", "5")] + [{}],
            [("5", 1), ("4", 1), ("2", 2), ("1", 1)],
        ),
        (
            "confidence",
            [
                of_confidence("0", 1), of_confidence("0.59", 3), of_confidence("0.60", 3), of_confidence("0.39", 1),
                of_confidence("1.20", 3), of_confidence("1.80", 3), of_confidence("2.40", 3), of_confidence("1", 1),
                of_confidence("0", 0), {},
            ],
            [("below 20 %", 2), ("20 to 40 %", 2), ("40 to 60 %", 1), ("60 to 80 %", 1), ("80 % and above", 2)],
        ),
    ],
)  # fmt: skip
def test_each_conversation_is_in_its_group(
    desk: Desk, acme: uuid.UUID, name: str, rows: list[dict[str, Any]], expected: list[tuple[str, int]]
) -> None:
    desk.add_conversations(acme, WEDNESDAY, rows)
    assert groups(desk, acme, name) == expected
