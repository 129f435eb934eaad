"""A chart: drawn once, as vectors for the PDF and as a picture for the mail.

Belongs here: the drawing and its picture. Not here: what a PDF is drawn with (`test_pdf.py`).
"""

import re
import struct
import uuid
from typing import Any

import pytest
import vl_convert

from reports import chart, mail_body, render_pdf
from tests.reports.conftest import Desk
from tests.reports.test_rendering import read


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_the_mails_picture_is_the_pdfs_drawing(desk: Desk, acme: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = vl_convert.vegalite_to_svg

    def counting(*arguments: Any, **named: Any) -> str:
        drawn.append(draw(*arguments, **named))
        return drawn[-1]

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", counting)
    desk.add_report(acme)
    # A colour in which nothing was drawn before.
    desk.set(acme, "report_branding", {"colors": {"primary": f"#{uuid.uuid4().hex[:6]}"}})
    content = read(desk)
    render_pdf.render(content)
    picture = mail_body.chart_picture(content)
    [vectors] = drawn
    width, height = map(int, re.findall(r'^<svg [^>]*width="(\d+)" height="(\d+)"', vectors)[0])
    assert picture is not None and size(picture) == (2 * width, 2 * height)
    # A tenth of what the drawing library made of it: it travels with every mail.
    assert 2_000 < len(picture) < 30_000


def test_a_picture_shows_the_tenants_colour_and_is_the_same_again(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report(acme)
    [shown] = read(desk).charts
    blue, red = (chart.png(shown, accent=accent) for accent in ("#0000ff", "#ff0000"))
    assert blue != red and blue == chart.png(shown, accent="#0000ff")
