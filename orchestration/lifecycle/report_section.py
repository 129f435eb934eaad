"""A part of the lifecycle report: a table under a heading.

Belongs here: its shape, and how instants and counts are written in it. Not here: what it says (`report*.py`), and the page
(`report_page.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Section:
    """A table under a heading, or what is said where there is nothing."""

    heading: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    otherwise: str


def instant(at: datetime) -> str:
    """As the page writes it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def counts(counted: Mapping[str, int]) -> str:
    """Names with how many each, but for none."""
    return ", ".join(f"{name} {rows:,}" for name, rows in sorted(counted.items()) if rows) or "nothing"
