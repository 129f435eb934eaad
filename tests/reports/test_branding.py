"""How a tenant's reports look: what the setting may hold, and that it is seen."""

import base64
import io
import uuid
from typing import Any

import pypdf
import pytest
import vl_convert

from reports import branding, mail_body, render_pdf
from reports.errors import ReportError
from tests.reports.conftest import Desk
from tests.reports.test_rendering import pdf_text, read

# A picture of one pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
LOGO = f"data:image/png;base64,{PIXEL}"


def test_name_logo_colour_and_contact_are_seen(desk: Desk, acme: uuid.UUID) -> None:
    chosen = {
        "logo": LOGO,
        "colors": {"accent": "#AB12CD"},
        "companyName": "Acme & Co",
        "contactInfo": "help@acme.example",
    }
    desk.set(acme, branding.SETTING, chosen)
    desk.add_report(acme)
    content = read(desk)
    page = mail_body.page(content).decode()
    assert "#AB12CD" in page and "Acme &amp; Co" in page and "help@acme.example" in page
    rendered = render_pdf.render(content)
    assert "Questions: help@acme.example" in pdf_text(rendered)
    assert len(pypdf.PdfReader(io.BytesIO(rendered)).pages[0].images) == 1


def test_without_the_setting_the_house_s_colour_is_used(desk: Desk, acme: uuid.UUID) -> None:
    """Also where another tenant has chosen one."""
    desk.set(desk.add_tenant("canary", name="Canary"), branding.SETTING, {"companyName": "Canary"})
    desk.add_report(acme)
    assert read(desk).branding == branding.Branding()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "is not an object"),
        ({"color": "#fff"}, "unknown color"),
        ({"colors": {"accent": "red; } </style>"}}, "is no colour"),
        ({"colors": []}, None),
        ({"colors": ["red"]}, "not an object of names and colours"),
        ({"logo": "https://evil.example/logo.png"}, "no PNG or JPEG"),
        ({"logo": "data:image/svg+xml;base64," + base64.b64encode(b"<svg/>").decode()}, "no PNG or JPEG"),
        (
            {"logo": "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(200_000)).decode()},
            "200,000",
        ),
        ({"companyName": 5}, "is no text"),
        *(
            ({"logo": f"data:image/{kind};base64," + base64.b64encode(content).decode()}, "cannot be drawn")
            for kind, content in (
                ("png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
                ("png", base64.b64decode(PIXEL)[:40]),
                ("png", base64.b64decode(PIXEL)[:16] + b"\x00\x00\xff\xff" * 2 + base64.b64decode(PIXEL)[24:]),
                ("jpeg", b"\xff\xd8\xff" + bytes(50)),
            )
        ),
    ],
)
def test_what_would_be_ignored_is_refused(value: Any, said: str | None) -> None:
    if said is None:
        assert branding.parse(value).accent == branding.ACCENT
        return
    with pytest.raises(ReportError, match=said):
        branding.parse(value)


def test_a_photograph_is_a_logo_too() -> None:
    drawn = vl_convert.vegalite_to_jpeg({"data": {"values": [{"a": 1}]}, "mark": "bar"}, allowed_base_urls=[])
    read_one = branding.parse({"logo": "data:image/jpeg;base64," + base64.b64encode(drawn).decode()})
    assert read_one.logo is not None and read_one.logo.suffix == "jpg"
