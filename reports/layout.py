"""Which sections a report has, by its type and its template.

Belongs here: the choice and order of sections, of their metrics and dimensions. Not here: what a metric means (`catalog.py`), and
the values (`reading.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.catalog import BY_NAME, Metric
from reports.dimensions import BY_NAME as DIMENSIONS
from reports.dimensions import Dimension
from reports.errors import ReportError

MOST_COLUMNS = 4
FEW_FIGURES = 4

Part = Literal["tiles", "comparison", "insights", "chart", "charts", "groups", "compared_groups", "days", "recent"]


@dataclass(frozen=True)
class Layout:
    """The parts in their order, the key figures, the columns of tables, the first of which the chart follows, and the groups."""

    parts: tuple[Part, ...]
    figures: list[Metric]
    columns: list[Metric]
    groups: list[Dimension]


@dataclass(frozen=True)
class _Type:
    figures: tuple[str, ...]
    columns: tuple[str, ...]
    groups: tuple[str, ...]
    more_groups: tuple[str, ...]
    lists: bool = False


_TYPES = {
    "performance": _Type(
        ("total_conversations", "resolution_rate", "median_first_response_seconds", "p90_first_response_seconds",
         "avg_first_human_response_seconds", "avg_resolution_seconds", "ai_resolution_rate", "abandoned_rate"),
        ("total_conversations", "resolution_rate", "median_first_response_seconds", "avg_resolution_seconds"),
        ("channel",), ("department", "agent", "weekday", "outcome"), lists=True,
    ),
    "satisfaction": _Type(
        ("avg_satisfaction", "rated_rate", "satisfied_rate", "dissatisfied_rate", "reopened_rate",
         "avg_first_response_seconds"),
        ("avg_satisfaction", "total_conversations", "rated_rate", "satisfied_rate"),
        ("rating", "channel"), ("department", "outcome"),
    ),
    "ai_analytics": _Type(
        ("ai_messages", "ai_confidence", "ai_fallback_rate", "ai_resolution_rate", "handoff_rate", "total_conversations"),
        ("ai_confidence", "ai_messages", "ai_resolution_rate", "handoff_rate"),
        ("confidence", "channel"), ("outcome", "department"),
    ),
}  # fmt: skip

TYPES = (*_TYPES, "custom")

_TEMPLATES: dict[str, tuple[Part, ...]] = {
    "default": ("tiles", "insights", "chart", "groups", "days"),
    "executive": ("tiles", "insights", "chart"),
    "detailed": ("tiles", "insights", "charts", "groups", "days"),
    "comparison": ("comparison", "insights", "chart", "compared_groups"),
}

# The templates in which a type that lists conversations lists them.
_WITH_DETAILS = ("default", "detailed")

# What says something of a group that is made of the very thing that the report measures.
_OF_GROUPS = {
    "rating": ("total_conversations", "median_first_response_seconds", "avg_resolution_seconds"),
    "outcome": ("total_conversations", "avg_satisfaction", "median_first_response_seconds", "avg_resolution_seconds"),
    "confidence": ("total_conversations", "avg_satisfaction", "ai_resolution_rate", "handoff_rate"),
}


def layout(report_type: str, template: str, *, metrics: Sequence[str], dimensions: Sequence[str]) -> Layout:
    """What a report shows; one that names its metrics or dimensions shows those instead of its type's own."""
    _refuse_unknown("metric", metrics, BY_NAME)
    _refuse_unknown("dimension", dimensions, DIMENSIONS)
    kind = _TYPES.get(report_type)
    if kind is None and not metrics:
        raise ReportError(f"a report of type {report_type} names its metrics: write them into filters.metrics")
    chosen = list(dict.fromkeys(metrics))
    figures = chosen or list(kind.figures if kind else ())
    if template == "executive":
        figures = figures[:FEW_FIGURES]
    columns = kind.columns if kind and not chosen else tuple(figures[:MOST_COLUMNS])
    groups = list(dict.fromkeys(dimensions)) or _groups(kind, template)
    return Layout(
        parts=(*_TEMPLATES[template], *(("recent",) if kind and kind.lists and template in _WITH_DETAILS else ())),
        figures=[BY_NAME[name] for name in figures],
        columns=[BY_NAME[name] for name in columns],
        groups=[DIMENSIONS[name] for name in groups],
    )


def columns_of(group: Dimension, columns: list[Metric]) -> list[Metric]:
    """The columns of a group's table: those of the report, unless the group itself is made of what they measure."""
    own = _OF_GROUPS.get(group.name)
    return columns if own is None else [BY_NAME[name] for name in own]


def _groups(kind: _Type | None, template: str) -> list[str]:
    if kind is None:
        return ["channel"]
    return [*kind.groups, *(kind.more_groups if template == "detailed" else ())]


def _refuse_unknown(what: str, names: Sequence[str], known: dict[str, Metric] | dict[str, Dimension]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise ReportError(f"unknown {what} {', '.join(unknown)}: known are {', '.join(known)}")
