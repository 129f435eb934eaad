"""What each type of report shows.

Belongs here: the choice of figures. Not here: what they mean (`catalog.py`), and their values (`query.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.catalog import BY_NAME, Metric
from reports.errors import ReportError

TABLE_COLUMNS = 4


@dataclass(frozen=True)
class Content:
    """The key figures, the one that the chart follows by day, and the columns of the tables; the chart's is among them."""

    figures: list[Metric]
    chart: Metric
    table: list[Metric]


# Key figures, and columns of the tables; the chart follows the first column.
_TYPES = {
    "performance": (
        ("total_conversations", "resolution_rate", "median_first_response_seconds", "p90_first_response_seconds",
         "avg_first_human_response_seconds", "avg_resolution_seconds", "ai_resolution_rate", "abandoned_rate"),
        ("total_conversations", "resolution_rate", "median_first_response_seconds", "avg_resolution_seconds"),
    ),
    "satisfaction": (
        ("avg_satisfaction", "rated_rate", "satisfied_rate", "dissatisfied_rate", "reopened_rate",
         "avg_first_response_seconds"),
        ("avg_satisfaction", "total_conversations", "rated_rate", "satisfied_rate"),
    ),
    "ai_analytics": (
        ("ai_messages", "ai_confidence", "ai_fallback_rate", "ai_resolution_rate", "handoff_rate", "total_conversations"),
        ("ai_confidence", "ai_messages", "ai_resolution_rate", "handoff_rate"),
    ),
}  # fmt: skip


def content(report_type: str, chosen: Sequence[str]) -> Content:
    """What a report of this type shows; one that names its metrics shows those instead of its type's figures."""
    if unknown := [name for name in chosen if name not in BY_NAME]:
        raise ReportError(f"unknown metric {', '.join(unknown)}: known are {', '.join(BY_NAME)}")
    if report_type not in _TYPES and not chosen:
        raise ReportError(f"a report of type {report_type} names its metrics: write them into filters.metrics")
    chosen = list(dict.fromkeys(chosen))
    figures, columns = _TYPES.get(report_type, (chosen, chosen[:TABLE_COLUMNS]))
    table = [BY_NAME[name] for name in columns]
    return Content([BY_NAME[name] for name in chosen or figures], table[0], table)
