"""Text that a spreadsheet program would take for a formula.

Belongs here: making such text harmless in CSV. Not here: Excel files, whose cells have a type (`render_excel.py`).
"""

import re

# What programs take for the beginning of a formula, also in the forms that they read as if it were plain; what they skip before
# it; and where a cell begins, which a program that cuts at its own country's separator also sees within the text. Written so that
# Python and PostgreSQL (`exports/columns.py`) read it alike.
_SKIPPED = r"[ \t\r\x0b\x0c\x1c-\x1f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*"
_BEGINNING = r"[=+@|⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠｜-]"
FORMULA = rf"(^|(?<=[\n\r\t;|]))(?={_SKIPPED}{_BEGINNING})|^(?=[\t\r])"
MARK = "'"
_FORMULA = re.compile(FORMULA)


def harmless(text: str) -> str:
    """The text, with an apostrophe wherever a program would otherwise begin to run it."""
    return _FORMULA.sub(MARK, text)
