"""How a figure looks to a reader.

Belongs here: numbers to text, one way for mail, PDF and Excel. Not here: where numbers come from (`query.py`).
"""

from reports.catalog import Unit
from reports.query import Figure, Value

NO_DATA = "no data"


def text(value: Value, unit: Unit) -> str:
    """`1,234`, `12.3 %`, `4.25`, `3 min 20 s`; "no data" where there is none."""
    if value is None:
        return NO_DATA
    if unit == "count":
        return f"{int(value):,}"
    if unit == "share":
        return f"{float(value) * 100:.1f} %"
    if unit == "score":
        return f"{float(value):.2f}"
    return duration(float(value))


def duration(seconds: float) -> str:
    """The two largest units, rounded: `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = round(seconds / 3600)
    return f"{hours // 24} d {hours % 24} h"


def change(figure: Figure) -> str:
    """Against the period before: `+12.3 %` of a number, `+1.5 points` of a share, empty where one of both is missing."""
    if figure.value is None or figure.before is None:
        return ""
    now, before = float(figure.value), float(figure.before)
    if figure.metric.unit == "share":
        return f"{(now - before) * 100:+.1f} points"
    if figure.metric.unit == "score":
        return f"{now - before:+.2f}"
    return f"{(now / before - 1) * 100:+.1f} %" if before else ""


def tone(figure: Figure) -> str:
    """`good`, `bad` or `plain`: whether the change is welcome."""
    if figure.value is None or figure.before is None or figure.metric.better is None:
        return "plain"
    now, before = float(figure.value), float(figure.before)
    if now == before:
        return "plain"
    return "good" if (now > before) == (figure.metric.better == "more") else "bad"
