"""How a figure looks to a reader.

Belongs here: numbers to text, one way for mail, PDF and Excel. Not here: where numbers come from (`query.py`).
"""

from datetime import date

from reports.catalog import Metric, Unit
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


def name(first: str | date) -> str:
    """The first cell of a row: a day as `Mon 23 Nov 2026`."""
    return first if isinstance(first, str) else f"{first:%a %-d %b %Y}"


def duration(seconds: float) -> str:
    """The two largest units, rounded: `2.4 s`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
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
    """Against the period before: `+12.3 %` of a number, `+1.5 points` of a share; in words where there is no such number."""
    if figure.value is None:
        return ""
    if figure.before is None:
        return "no data before"
    now, before = float(figure.value), float(figure.before)
    if now == before:
        return "no change"
    if figure.metric.unit == "share":
        return _signed((now - before) * 100, 1, " points")
    if figure.metric.unit == "score":
        return _signed(now - before, 2, "")
    return _signed((now / before - 1) * 100, 1, " %") if before else f"from {text(figure.before, figure.metric.unit)}"


def _signed(number: float, digits: int, unit: str) -> str:
    return f"{number:+.{digits}f}{unit}".replace("-", "\N{MINUS SIGN}")


def sample(figure: Figure) -> str:
    """How many observations stand behind a figure; nothing beside a count, which is its own."""
    return f"n = {figure.sample:,}" if has_sample(figure.metric) else ""


def has_sample(metric: Metric) -> bool:
    """Whether how many observations there are says more than the number itself does."""
    return metric.unit != "count"


def tone(figure: Figure) -> str:
    """`good`, `bad` or `plain`: whether the change is welcome."""
    if figure.value is None or figure.before is None or figure.metric.better is None:
        return "plain"
    now, before = float(figure.value), float(figure.before)
    if now == before:
        return "plain"
    return "good" if (now > before) == (figure.metric.better == "more") else "bad"
