"""What a PDF is drawn with: vectors and fonts, no pictures of them.

Belongs here: how its charts are drawn. Not here: what it says (`test_rendering.py`).
"""

import io
import uuid

import pypdf
import pytest

from reports import render_pdf
from tests.reports.conftest import Desk
from tests.reports.test_branding import LOGO
from tests.reports.test_rendering import read


def pictures(content: bytes) -> int:
    return sum(len(page.images) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("template", ["detailed", "comparison"])
def test_charts_are_vectors_and_the_logo_is_the_only_picture(desk: Desk, acme: uuid.UUID, template: str) -> None:
    desk.add_report(acme, template=template)
    content = read(desk)
    assert content.charts and pictures(render_pdf.render(content)) == 0
    assert (
        content.charts[0].metric.label
        in pypdf.PdfReader(io.BytesIO(render_pdf.render(content))).pages[0].extract_text()
    )
    desk.set(acme, "report_branding", {"logo": LOGO})
    assert pictures(render_pdf.render(read(desk))) == 1
