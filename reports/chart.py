"""The charts of a report: a metric by day or by group.

Belongs here: the Vega-Lite specification, its drawing, and a picture of that. Not here: the data (`sections.py`). The
specification is plain data: a library that builds such dictionaries would only cost its start.
"""

import json
from datetime import date
from functools import lru_cache
from typing import Any

import typst
import vl_convert

from reports.catalog import Metric
from reports.fonts import fonts
from reports.sections import Bar, Chart

BESIDE, LABEL = "#adb5bd", "#495057"
WIDTH, HEIGHT = 530, 150
MOST_LABELS = 14
FONT, FONT_OF_MAILS = "Libertinus Serif", "Noto Sans"
# Two dots for each of a screen's, which has 96 in an inch.
DOTS_PER_INCH = 2 * 96
_PICTURE = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(sys.inputs.chart))
"""
_FORMATS = {"count": ",d", "share": ".0%", "score": ".1f"}
_DURATION = (
    "datum.value < 120 ? datum.value + ' s' : datum.value < 7200 ? format(datum.value / 60, '~r') + ' min' : "
    "format(datum.value / 3600, '.2~r') + ' h'"
)


def svg(chart: Chart, *, accent: str) -> str:
    """The chart as vectors."""
    return _drawn(json.dumps(_specification(chart, accent=accent)))


def png(chart: Chart, *, accent: str) -> bytes:
    """The chart as a picture, for mail readers that show no vectors: the same drawing, in letters like those of the mail."""
    drawn = svg(chart, accent=accent).replace(f'"{FONT}"', f'"{FONT_OF_MAILS}"')
    # Typst's picture is a tenth of vl-convert's, made in a third of the time, and looks the same on every machine.
    picture: bytes = typst.compile(
        _PICTURE, sys_inputs={"chart": drawn}, format="png", ppi=DOTS_PER_INCH, font_paths=fonts()
    )
    return picture


@lru_cache(maxsize=8)
def _drawn(specification: str) -> str:
    """Drawn once for the PDF and the mail."""
    drawn: str = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
    return drawn


def _specification(chart: Chart, *, accent: str) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH,
        "height": HEIGHT,
        "padding": 2,
        "background": "transparent",
        "data": {"values": [_value(bar) for bar in chart.bars]},
        "encoding": {"x": _places(chart), "y": _scale(chart.metric)},
        "layer": _bars(accent, paired=_is_paired(chart)) if chart.metric.unit == "count" else _lines(accent, chart),
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {"gridColor": "#e9ecef", "domainColor": "#ced4da", "labelColor": LABEL, "labelFontSize": 10},
        },
    }


def _value(bar: Bar) -> dict[str, Any]:
    name = bar.name.isoformat() if isinstance(bar.name, date) else bar.name
    value = None if bar.value is None else float(bar.value)
    return {"place": name, "value": value, "when": "before" if bar.beside else "in the period"}


def _is_paired(chart: Chart) -> bool:
    """Whether places stand twice: the period over the one before."""
    return len({bar.name for bar in chart.bars}) < len(chart.bars)


def _places(chart: Chart) -> dict[str, Any]:
    """One label in so many days that they do not run into each other; the last day has one."""
    names = list(dict.fromkeys(_value(bar)["place"] for bar in chart.bars))
    step = -(-len(names) // MOST_LABELS)
    axis: dict[str, Any] = {
        "title": None,
        "labelAngle": 0,
        "values": names[::-step],
        "grid": False,
        "ticks": False,
        "labelPadding": 6,
    }
    if chart.is_by_day:
        axis["labelExpr"] = "timeFormat(toDate(datum.value), '%-d %b')"
    return {"field": "place", "type": "ordinal", "sort": None, "axis": axis}


def _scale(metric: Metric) -> dict[str, Any]:
    looks = {"labelExpr": _DURATION} if metric.unit == "seconds" else {"format": _FORMATS[metric.unit]}
    axis = {"title": None, "tickCount": 4, "grid": True, "domain": False, "ticks": False, **looks}
    scale: dict[str, Any] = {"domain": [1, 5]} if metric.unit == "score" else {"zero": True}
    return {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}


def _bars(accent: str, *, paired: bool) -> list[dict[str, Any]]:
    side_by_side = {"xOffset": {"field": "when", "sort": ["before", "in the period"]}} if paired else {}
    return [{"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {"color": _when(accent), **side_by_side}}]


def _lines(accent: str, chart: Chart) -> list[dict[str, Any]]:
    points = {"mark": {"type": "point", "filled": True, "opacity": 1, "size": 36}, "encoding": {"color": _when(accent)}}
    if not chart.is_by_day:
        return [points]
    detail = {"detail": {"field": "when"}} if _is_paired(chart) else {}
    return [{"mark": {"type": "line", "color": BESIDE, "strokeWidth": 1.5}, "encoding": detail}, points]


def _when(accent: str) -> dict[str, Any]:
    scale = {"domain": ["before", "in the period"], "range": [BESIDE, accent]}
    return {"field": "when", "type": "nominal", "scale": scale, "legend": None}
