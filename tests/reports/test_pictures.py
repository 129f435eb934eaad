"""Reports to look at: pages and mails as pictures in build/pictures, and what of their look a program can tell.

Belongs here: that nothing runs over an edge, whatever stands there. Not here: what reports say (`test_rendering.py`). `make
pictures` draws these alone.
"""

import base64
import random
import tempfile
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typst
from playwright.sync_api import Browser

from reports import branding, mail_body, render_pdf
from reports.document import Document
from reports.fonts import fonts
from tests.reports.conftest import Desk
from tests.reports.test_branding import LOGO
from tests.reports.test_rendering import read

PICTURES = Path("build/pictures")
DOTS_PER_INCH = 96
# In dots; that of the template is 2 cm.
MARGIN = 70
LONG = "Отдел поддержки крупных клиентов Северо-Западного округа 🚀 قسم دعم العملاء"
WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung"


@dataclass(frozen=True)
class Case:
    """A report, and what its tenant is like."""

    columns: dict[str, Any]
    name: str = "Acme"
    channels: tuple[str, ...] = ("web_chat", "email", "whatsapp", "phone")
    days: int = 60
    look: dict[str, Any] = field(default_factory=dict)
    is_incomplete: bool = False


CASES = {
    "performance": Case(
        {"description": "For the Monday meeting."}, look={"logo": LOGO, "contactInfo": "help@acme.example"}
    ),
    "detailed": Case({"template": "detailed", "filters": {"dateRange": "last30days"}}),
    "executive": Case({"template": "executive", "filters": {"dateRange": "lastWeek", "chartType": "area"}}),
    "comparison": Case({"template": "comparison", "filters": {"dateRange": "lastMonth"}}),
    "satisfaction": Case({"report_type": "satisfaction", "filters": {"dateRange": "last7days"}}, is_incomplete=True),
    "ai": Case({"report_type": "ai_analytics", "filters": {"dateRange": "last7days", "chartType": "scatter"}}),
    "pie": Case(
        {
            "report_type": "custom",
            "filters": {"metrics": ["abandoned_rate"], "dimensions": ["agent", "channel"], "chartType": "pie"},
        }
    ),
    "long-names": Case(
        {"name": LONG, "template": "comparison", "filters": {"dateRange": "last7days"}},
        name=f"{LONG} {LONG}",
        channels=(LONG, WORD, "x" * 200, "שלום עולם", "电子邮件"),
        look={"colors": {"primary": "#ffe066"}},
    ),
    "empty": Case({"template": "detailed"}, days=0),
    "long-table": Case({"filters": {"dateRange": "last90days"}}, channels=tuple(f"channel {n}" for n in range(40))),
}


def fill(desk: Desk, tenant: uuid.UUID, case: Case) -> None:
    """Conversations like those of a small team: more on working days, faster by the AI, two agents of one name."""
    chance = random.Random(7)
    agents = [uuid.UUID(int=chance.getrandbits(128)) for _ in range(4)]
    for key, name in zip(agents, ("Ada Lovelace", "Ёлка Птичкина", "Ada Lovelace", ""), strict=True):
        desk.insert("public.profiles", {"id": key, "tenant_id": tenant, "full_name": name or None, "role": "agent"})
    last = date(2026, 11, 22)
    for day in (last - timedelta(days=number) for number in range(case.days)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        rows = []
        for _ in range(chance.randint(4, 9) + 8 * (day.weekday() < 5)):
            by = chance.choice(["ai", "ai", "agent", "agent", "abandoned", None])
            is_human = by == "agent"
            rows.append(
                {
                    "channel_type": chance.choice(case.channels),
                    "department": chance.choice(["support", "sales"]),
                    "agent_id": chance.choice(agents) if is_human else None,
                    "started_at": noon + timedelta(minutes=chance.randint(-300, 300)),
                    "customer_key": uuid.UUID(int=chance.getrandbits(128)),
                    "resolved_by": by,
                    "status": "resolved" if by else "active",
                    "first_resolved_at": noon + timedelta(hours=8) if by else None,
                    "first_response_seconds": chance.randint(2, 900) if by != "abandoned" else None,
                    "first_human_response_seconds": chance.randint(60, 5000) if is_human else None,
                    "full_resolution_seconds": chance.randint(300, 200_000) if by in ("ai", "agent") else None,
                    "customer_satisfaction": chance.randint(1, 5) if chance.random() < 0.3 else None,
                    "ai_messages": 3 * (by == "ai"),
                    "ai_confidence_sum": f"{chance.uniform(1.2, 2.8):.2f}" if by == "ai" else None,
                    "ai_confidence_count": 3 if by == "ai" else None,
                    "ai_fallback_messages": chance.randint(0, 1) if by == "ai" else None,
                    "handoff_count": int(is_human and chance.random() < 0.3),
                }
            )  # fmt: skip
        desk.add_conversations(tenant, day.isoformat(), rows)


@pytest.fixture(params=sorted(CASES))
def drawn(request: pytest.FixtureRequest, bare_desk: Desk) -> tuple[str, Document]:
    """A case's name and its report."""
    case = CASES[request.param]
    tenant = bare_desk.add_tenant(name=case.name)
    bare_desk.set(tenant, branding.SETTING, case.look)
    fill(bare_desk, tenant, case)
    bare_desk.publish(datetime(2026, 11, 22 if case.is_incomplete else 23, 7, tzinfo=UTC))
    bare_desk.add_report(tenant, **{"name": "Daily performance", **case.columns})
    return request.param, read(bare_desk).marked()


def pages(document: Document) -> list[bytes]:
    """The pages of the PDF as pictures, by the program that makes it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render_pdf.prepare(document, folder)
        source = str(folder / render_pdf.TEMPLATE)
        made = typst.compile(source, root=name, format="png", ppi=DOTS_PER_INCH, font_paths=fonts())
        return made if isinstance(made, list) else [made]


def keep(name: str, picture: bytes) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(picture)


INK_IN_MARGINS = """
    async ([source, margin]) => {
        const picture = new Image();
        picture.src = source;
        await picture.decode();
        const canvas = new OffscreenCanvas(picture.width, picture.height), context = canvas.getContext("2d");
        context.drawImage(picture, 0, 0);
        return [0, picture.width - margin].map(
            left => context.getImageData(left, 0, margin, picture.height).data.filter(value => value < 250).length
        );
    }
"""


def test_nothing_on_a_page_runs_into_its_margins(drawn: tuple[str, Document], browser: Browser) -> None:
    name, document = drawn
    page = browser.new_page()
    for number, picture in enumerate(pages(document), start=1):
        keep(f"{name}-{number}", picture)
        source = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        assert page.evaluate(INK_IN_MARGINS, [source, MARGIN]) == [0, 0], f"page {number}"
    page.close()


@pytest.mark.parametrize("width", [360, 640])
def test_a_mail_fits_the_screen(drawn: tuple[str, Document], browser: Browser, width: int) -> None:
    name, document = drawn
    page = browser.new_page(viewport={"width": width, "height": 600})
    page.set_content(mail_body.page(document).decode())
    keep(f"{name}-mail-{width}", page.screenshot(full_page=True))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
