"""The chart of a report: its metric by day.

Belongs here: the Vega-Lite specification and its two renderings. Not here: the data (`document.py`). The specification is
plain data: a library that builds such dictionaries would only cost its start.
"""

from typing import Any

import vl_convert

from reports.catalog import Metric
from reports.document import Document

ACCENT, BESIDE, LABEL = "#3b5bdb", "#adb5bd", "#495057"
WIDTH, HEIGHT = 530, 150
MOST_LABELS = 14
_FORMATS = {"count": ",d", "share": ".0%", "score": ".1f"}
_DURATION = (
    "datum.value < 120 ? datum.value + ' s' : datum.value < 7200 ? format(datum.value / 60, '~r') + ' min' : "
    "format(datum.value / 3600, '.2~r') + ' h'"
)


def svg(document: Document) -> str:
    """The chart as vectors."""
    drawn: str = vl_convert.vegalite_to_svg(_specification(document, font="Libertinus Serif"), allowed_base_urls=[])
    return drawn


def png(document: Document) -> bytes:
    """The chart as a picture, for mail readers that show no vectors."""
    drawn: bytes = vl_convert.vegalite_to_png(
        _specification(document, font="sans-serif"), scale=2, allowed_base_urls=[]
    )
    return drawn


def _specification(document: Document, *, font: str) -> dict[str, Any]:
    values = [
        {
            "day": day.isoformat(),
            "value": None if value is None else float(value),
            "when": "in the period" if day >= document.period.first else "before",
        }
        for day, value in document.chart
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH,
        "height": HEIGHT,
        "padding": 2,
        "background": "transparent",
        "data": {"values": values},
        "encoding": {"x": _days([day.isoformat() for day, _ in document.chart]), "y": _scale(document.chart_metric)},
        "layer": _bars() if document.chart_metric.unit == "count" else _line(),
        "config": {
            "font": font,
            "view": {"stroke": None},
            "axis": {"gridColor": "#e9ecef", "domainColor": "#ced4da", "labelColor": LABEL, "labelFontSize": 10},
        },
    }


def _days(days: list[str]) -> dict[str, Any]:
    """One label in so many days that they do not run into each other; the last day has one."""
    step = -(-len(days) // MOST_LABELS)
    axis = {
        "title": None,
        "labelAngle": 0,
        "labelExpr": "timeFormat(toDate(datum.value), '%-d %b')",
        "values": days[::-step],
        "grid": False,
        "ticks": False,
        "labelPadding": 6,
    }
    return {"field": "day", "type": "ordinal", "axis": axis}


def _scale(metric: Metric) -> dict[str, Any]:
    looks = {"labelExpr": _DURATION} if metric.unit == "seconds" else {"format": _FORMATS[metric.unit]}
    axis = {"title": None, "tickCount": 4, "grid": True, "domain": False, "ticks": False, **looks}
    scale: dict[str, Any] = {"domain": [1, 5]} if metric.unit == "score" else {"zero": True}
    return {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}


def _bars() -> list[dict[str, Any]]:
    return [{"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {"color": _when()}}]


def _line() -> list[dict[str, Any]]:
    return [
        {"mark": {"type": "line", "color": BESIDE, "strokeWidth": 1.5}},
        {"mark": {"type": "point", "filled": True, "opacity": 1, "size": 36}, "encoding": {"color": _when()}},
    ]


def _when() -> dict[str, Any]:
    scale = {"domain": ["before", "in the period"], "range": [BESIDE, ACCENT]}
    return {"field": "when", "type": "nominal", "scale": scale, "legend": None}
