"""How a tenant wants its reports to look: a logo, an accent colour, the name to be shown, whom to ask.

Belongs here: reading the setting `report_branding`. Not here: the picture (`logo.py`), and where it all is put (`render_pdf.py`,
`mail_body.py`).
"""

import re
from dataclasses import dataclass

from reports.addresses import one_line
from reports.errors import ReportError
from reports.logo import Logo, read_logo

SETTING = "report_branding"
ACCENT = "#3b5bdb"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_KNOWN = ("logo", "colors", "companyName", "contactInfo")


@dataclass(frozen=True)
class Branding:
    """A tenant without the setting has the house's colour and no logo."""

    accent: str = ACCENT
    logo: Logo | None = None
    company_name: str | None = None
    contact: str | None = None


def parse(entered: object) -> Branding:
    """Read the setting, as the application writes it. Raises ReportError for what would be ignored in silence."""
    if entered is None:
        return Branding()
    if not isinstance(entered, dict):
        raise ReportError(f"setting {SETTING} is not an object of names and values")
    if unknown := sorted(str(key) for key in entered.keys() - set(_KNOWN)):
        raise ReportError(f"setting {SETTING} has unknown {', '.join(unknown)}: known are {', '.join(_KNOWN)}")
    return Branding(
        accent=_accent(entered.get("colors") or {}),
        logo=read_logo(entered["logo"], SETTING) if entered.get("logo") else None,
        company_name=_text(entered, "companyName"),
        contact=_text(entered, "contactInfo"),
    )


def _accent(colours: object) -> str:
    if not isinstance(colours, dict):
        raise ReportError(f"setting {SETTING}: colors is not an object of names and colours")
    colour = colours.get("accent") or colours.get("primary") or ACCENT
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        raise ReportError(f'setting {SETTING}: "{one_line(str(colour))}" is no colour: write it as #3b5bdb')
    return colour


def _text(entered: dict[str, object], name: str) -> str | None:
    value = entered.get(name)
    if value is not None and not isinstance(value, str):
        raise ReportError(f"setting {SETTING}: {name} is no text")
    return one_line(value) or None if value else None
