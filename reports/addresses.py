"""E-mail addresses as people type them, and text that is to stand in a header.

Belongs here: what may stand in a header of a mail. Not here: the rest of the mail (`mail.py`).
"""

import re
from email.headerregistry import Address

from reports.errors import ReportError

# C0 and C1 controls, and what some readers take for a line's end.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# A word longer than a line of a mail can be is not folded by anybody.
LONGEST_NAME = 320
_NAMED = re.compile(r"(?P<name>[^<>@]*)<(?P<spec>[^<>]*)>")
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)


def one_line(text: str) -> str:
    """The text with each run of control characters and line breaks as one space: it cannot begin another header."""
    return _CONTROLS.sub(" ", text).strip()


def address(text: str) -> Address:
    """An address, with or without a name: `Ada <ada@example.com>`. Raises ReportError if it is none."""
    # email.utils.parseaddr takes the first of several addresses and is silent about the rest.
    named = _NAMED.fullmatch(text.strip())
    name, spec = (named["name"].strip(' "'), named["spec"]) if named else ("", text.strip())
    local, _, domain = spec.rpartition("@")
    if (
        len(name) > LONGEST_NAME
        or _CONTROLS.search(text)
        or not _LOCAL.fullmatch(local)
        or not _DOMAIN.fullmatch(domain)
    ):
        raise ReportError(f'"{one_line(text)[:LONGEST_NAME]}" is no e-mail address: write it as name@example.com')
    return Address(display_name=name, username=local, domain=domain)
