"""What a scheduled report narrows or chooses: its `filters`, as the application writes them.

Belongs here: the keys that there are and what they may hold. Not here: what they do to a report (`document.py`).
"""

from dataclasses import dataclass

from reports.errors import ReportError
from reports.sections import CHART_KINDS, ChartKind

# The application's own names of three figures, beside those of the catalogue.
ALIASES = {
    "conversations": "total_conversations",
    "responseTime": "median_first_response_seconds",
    "satisfaction": "avg_satisfaction",
}
LISTS = ("metrics", "includeMetrics", "dimensions", "channels", "departments", "agents")
SWITCHES = ("includeCharts", "includeComments", "rawText")
KNOWN = ("dateRange", "chartType", *LISTS, *SWITCHES)


@dataclass(frozen=True)
class Filters:
    """Empty lists mean all that there is; agents are named as they are called, or by their key."""

    date_range: object = None
    metrics: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    chart_kind: ChartKind | None = None
    charts: bool = True
    comments: bool = False
    raw_text: bool = False


def parse(entered: object) -> Filters:
    """Read the filters of a report. Raises ReportError for a key or a value that would be ignored in silence."""
    if not isinstance(entered, dict):
        raise ReportError("filters are not an object of names and values")
    if unknown := sorted(str(key) for key in entered.keys() - set(KNOWN)):
        raise ReportError(f"unknown filter {', '.join(unknown)}: known are {', '.join(KNOWN)}")
    lists = {name: _texts(name, entered.get(name, [])) for name in LISTS}
    switches = {name: entered.get(name) for name in SWITCHES}
    if wrong := [name for name, value in switches.items() if value not in (None, True, False)]:
        raise ReportError(f"filter {', '.join(wrong)} is neither true nor false")
    return Filters(
        date_range=entered.get("dateRange"),
        metrics=tuple(ALIASES.get(name, name) for name in (*lists["metrics"], *lists["includeMetrics"])),
        dimensions=lists["dimensions"],
        channels=lists["channels"],
        departments=lists["departments"],
        agents=lists["agents"],
        chart_kind=_chart_kind(entered.get("chartType")),
        charts=switches["includeCharts"] is not False,
        comments=switches["includeComments"] is True,
        raw_text=switches["rawText"] is True,
    )


def _chart_kind(value: object) -> ChartKind | None:
    if value is None:
        return None
    if found := [kind for kind in CHART_KINDS if kind == value]:
        return found[0]
    raise ReportError(f"filter chartType is none of {', '.join(CHART_KINDS)}")


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ReportError(f"filter {name} is not a list of texts")
    return tuple(value)
