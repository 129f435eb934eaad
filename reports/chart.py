"""The charts of a report: a metric by day or by group.

Belongs here: the Vega-Lite specification, its drawing, and a picture of that. Not here: the data (`sections.py`). The
specification is plain data: a library that builds such dictionaries would only cost its start.
"""

import json
from datetime import date
from functools import lru_cache
from math import ceil
from typing import Any

import typst
import vl_convert

from reports.fonts import fonts
from reports.sections import Bar, Chart

BESIDE, LABEL = "#adb5bd", "#495057"
WIDTH, HEIGHT = 530, 150
PIE_AT = WIDTH // 5
MOST_LABELS, MOST_SLICES, MOST_MARKS = 14, 6, 5
FONT, FONT_OF_MAILS = "Libertinus Serif", "Noto Sans"
# Two dots for each of a screen's, which has 96 in an inch.
DOTS_PER_INCH = 2 * 96
_PICTURE = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(sys.inputs.chart))
"""
_FORMATS = {"count": ",d", "share": ".0%", "score": ".1f"}
_DURATION = (
    "datum.value < 120 ? datum.value + ' s' : datum.value < 7200 ? datum.value / 60 + ' min' : "
    "datum.value < 172800 ? datum.value / 3600 + ' h' : datum.value / 86400 + ' d'"
)
# Between the marks of an axis of durations: tenths of a thousand seconds are no minutes.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800)


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
    is_pie = chart.kind == "pie"
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH,
        "height": HEIGHT,
        "padding": {"left": 2, "right": 2, "bottom": 2, "top": 6},  # half a label stands over the highest mark
        "background": "transparent",
        "data": {"values": _slices(chart) if is_pie else [_value(bar) for bar in chart.bars]},
        "encoding": _shares(accent) if is_pie else {"x": _places(chart), "y": _scale(chart)},
        "layer": [{"mark": {"type": "arc", "innerRadius": 30, "stroke": "#ffffff"}}]
        if is_pie
        else _marks(accent, chart),
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


def _scale(chart: Chart) -> dict[str, Any]:
    metric = chart.metric
    looks = (
        {"labelExpr": _DURATION, "values": _marked_seconds(chart)}
        if metric.unit == "seconds"
        else {"format": _FORMATS[metric.unit]}
    )
    axis = {"title": None, "tickCount": 4, "grid": True, "domain": False, "ticks": False, **looks}
    scale: dict[str, Any] = {"domain": [1, 5]} if metric.unit == "score" else {"zero": True}
    return {"field": "value", "type": "quantitative", "scale": scale, "axis": axis, "stack": None}


def _marked_seconds(chart: Chart) -> list[int]:
    """From nothing to the longest, in whole seconds, minutes, hours or days."""
    longest = max((float(bar.value) for bar in chart.bars if bar.value is not None), default=0)
    step = next((each for each in _STEPS if longest / each <= MOST_MARKS), 86_400 * ceil(longest / 86_400 / MOST_MARKS))
    return list(range(0, ceil(longest) + 1, step))


def _bars(accent: str, *, paired: bool) -> list[dict[str, Any]]:
    side_by_side = {"xOffset": {"field": "when", "sort": ["before", "in the period"]}} if paired else {}
    return [{"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {"color": _when(accent), **side_by_side}}]


def _marks(accent: str, chart: Chart) -> list[dict[str, Any]]:
    kind = chart.kind or ("bar" if chart.metric.unit == "count" else "line")
    if kind == "bar":
        return _bars(accent, paired=_is_paired(chart))
    points = {"mark": {"type": "point", "filled": True, "opacity": 1, "size": 36}, "encoding": {"color": _when(accent)}}
    if kind == "scatter":
        return [points]
    detail = {"detail": {"field": "when"}} if _is_paired(chart) else {}
    line = {"mark": {"type": "line", "color": BESIDE, "strokeWidth": 1.5}, "encoding": detail}
    area = {"mark": {"type": "area", "opacity": 0.25}, "encoding": {**detail, "color": _when(accent)}}
    return [area, line, points] if kind == "area" else [line, points]


def _slices(chart: Chart) -> list[dict[str, Any]]:
    """The largest parts, and the others together; the words beside them say how many each is."""
    parts = sorted(((str(bar.name), float(bar.value or 0)) for bar in chart.bars), key=lambda part: -part[1])
    if len(parts) > MOST_SLICES:
        others = parts[MOST_SLICES - 1 :]
        parts = [*parts[: MOST_SLICES - 1], (f"{len(others)} others", sum(count for _, count in others))]
    whole = sum(count for _, count in parts) or 1
    return [
        {"place": f"{name}: {count:,.0f} ({count / whole:.0%})", "value": count, "rank": rank}
        for rank, (name, count) in enumerate(parts)
    ]


def _shares(accent: str) -> dict[str, Any]:
    place = {"orient": "none", "legendX": PIE_AT + HEIGHT, "legendY": 16}
    words = {"labelLimit": WIDTH - PIE_AT - HEIGHT - 20, "labelFontSize": 11, "labelColor": LABEL, "rowPadding": 5}
    legend = {"title": None, "symbolType": "square", **place, **words}
    shades = {"range": [accent, BESIDE], "interpolate": "rgb", "type": "ordinal"}
    return {
        "x": {"value": PIE_AT},
        "theta": {"field": "value", "type": "quantitative", "stack": True},
        "order": {"field": "rank", "type": "quantitative"},
        "color": {"field": "place", "type": "ordinal", "sort": {"field": "rank"}, "scale": shades, "legend": legend},
    }


def _when(accent: str) -> dict[str, Any]:
    scale = {"domain": ["before", "in the period"], "range": [BESIDE, accent]}
    return {"field": "when", "type": "nominal", "scale": scale, "legend": None}
