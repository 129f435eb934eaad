"""Text that a spreadsheet program would take for a formula.

Belongs here: making such text harmless in CSV. Not here: Excel files, whose cells have a type (`render_excel.py`).
"""

import unicodedata

# What programs take for the beginning of a formula, also in its full-width form, and what they skip before it.
_BEGINNINGS = frozenset("=+-@\t\r\n|")


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a program would run it, and before each line of it that it would."""
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    shown = unicodedata.normalize("NFKC", line).lstrip()
    dangerous = shown[:1] in _BEGINNINGS or line[:1] in _BEGINNINGS
    return f"'{line}" if dangerous and line else line
