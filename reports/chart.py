"""The chart of a report: its metric by day.

Belongs here: the Vega-Lite specification and its two renderings. Not here: the data (`document.py`). The specification is
plain data: a library that builds such dictionaries would only cost its start.
"""

from typing import Any

import vl_convert

from reports.document import Document

ACCENT, BESIDE = "#3b5bdb", "#adb5bd"
WIDTH, HEIGHT = 520, 170
_FORMATS = {"count": ",d", "share": ".0%", "score": ".1f", "seconds": "~s"}


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
    metric = document.chart_metric
    values = [
        {
            "day": day.isoformat(),
            "value": None if value is None else float(value),
            "when": "in the period" if day >= document.period.first else "before",
        }
        for day, value in document.chart
    ]
    axis = {"grid": False, "labelColor": "#495057", "titleColor": "#495057", "labelFontSize": 9, "tickColor": "#ced4da"}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH,
        "height": HEIGHT,
        "background": "transparent",
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadiusEnd": 2} if metric.unit == "count" else {"type": "line", "point": True},
        "encoding": {
            "x": {
                "field": "day",
                "type": "ordinal" if metric.unit == "count" else "temporal",
                "timeUnit": None if metric.unit == "count" else "utcyearmonthdate",
                "axis": axis
                | {"title": None, "labelAngle": -40, "labelExpr": "timeFormat(toDate(datum.value), '%-d %b')"},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "scale": {"zero": metric.unit in ("count", "seconds")},
                "axis": axis | {"title": metric.label, "format": _FORMATS[metric.unit], "tickCount": 4, "grid": True},
            },
            "color": {
                "field": "when",
                "type": "nominal",
                "scale": {"domain": ["before", "in the period"], "range": [BESIDE, ACCENT]},
                "legend": None,
            }
            if metric.unit == "count"
            else {"value": ACCENT},
        },
        "config": {"font": font, "view": {"stroke": None}, "axis": {"gridColor": "#e9ecef", "domainColor": "#ced4da"}},
    }
