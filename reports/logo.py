"""A tenant's logo: a picture that Typst can draw, or none.

Belongs here: reading it from the setting, and refusing what could not be drawn. Not here: where it is put (`render_pdf.py`).
"""

import base64
import binascii
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import typst

from reports.errors import ReportError

MOST_BYTES = 200_000
# A small file can unfold to gigabytes.
MOST_PIXELS = 4_000_000
_SUFFIXES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_JPEG_SEGMENT = re.compile(rb"\xff([\xc0-\xfe])(..)", re.DOTALL)
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Logo:
    """A picture and the ending of its kind."""

    content: bytes
    suffix: str


def read_logo(entered: object, setting: str) -> Logo:
    """A picture in the setting itself: fetched from an address, it would tell a server who renders what, and when."""
    head, _, encoded = str(entered).partition(";base64,")
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        content = b""
    suffix = next((suffix for start, suffix in _SUFFIXES.items() if content.startswith(start)), None)
    if not head.startswith("data:image/") or suffix is None or len(content) > MOST_BYTES:
        raise ReportError(
            f"setting {setting}: the logo is no PNG or JPEG of at most {MOST_BYTES:,} bytes, "
            "written as data:image/png;base64,…"
        )
    logo = Logo(content, suffix)
    if not 0 < _pixels(logo) <= MOST_PIXELS or not _can_be_drawn(logo):
        raise ReportError(
            f"setting {setting}: the logo cannot be drawn: take a whole picture of at most {MOST_PIXELS:,} pixels"
        )
    return logo


def _pixels(logo: Logo) -> int:
    """As its head says; 0 where it says nothing."""
    content = logo.content
    if logo.suffix == "png":
        return int.from_bytes(content[16:20], "big") * int.from_bytes(content[20:24], "big")
    place = 2
    while segment := _JPEG_SEGMENT.match(content, place):
        if segment[1][0] in _JPEG_FRAMES:
            start = segment.end() + 1
            return int.from_bytes(content[start : start + 2], "big") * int.from_bytes(
                content[start + 2 : start + 4], "big"
            )
        place = segment.end() + int.from_bytes(segment[2], "big") - 2
    return 0


def _can_be_drawn(logo: Logo) -> bool:
    with tempfile.TemporaryDirectory(prefix="romashka-logo-") as name:
        folder = Path(name)
        (folder / f"logo.{logo.suffix}").write_bytes(logo.content)
        (folder / "logo.typ").write_text(f'#image("logo.{logo.suffix}")', encoding="utf-8")
        try:
            typst.compile(str(folder / "logo.typ"), root=name, format="pdf", ignore_system_fonts=True)
        except RuntimeError:
            return False
    return True
