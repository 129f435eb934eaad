"""Whatever a report or an export shows, it shows of its own tenant: canaries in every column of another one."""

import uuid
from pathlib import Path
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import files, mail_body, query, reading
from reports.catalog import METRICS
from reports.dimensions import DIMENSIONS
from reports.exports import export_now
from reports.layout import TYPES
from reports.report_rows import ReportRow, active_reports
from tests.reports.conftest import MONDAY, SUNDAYS, Desk
from tests.reports.test_rendering import cells, pdf_text

CANARY = "kanarienvogel"
REPORTS = st.fixed_dictionaries(
    {
        "report_type": st.sampled_from(TYPES),
        "template": st.sampled_from(["default", "executive", "detailed", "comparison"]),
        "format": st.sampled_from(sorted(files.FORMATS)),
        "filters": st.fixed_dictionaries(
            {"metrics": st.lists(st.sampled_from([metric.name for metric in METRICS]), max_size=3)},
            optional={
                "dimensions": st.lists(st.sampled_from([dimension.name for dimension in DIMENSIONS]), max_size=2),
                "channels": st.lists(st.sampled_from(["email", "web_chat", CANARY]), max_size=2),
                "dateRange": st.sampled_from(["yesterday", "lastWeek", "last30days", "lastMonth"]),
            },
        ),
    }
)


def said(form: str, content: bytes) -> str:
    if form == "pdf":
        return pdf_text(content)
    return str(cells(content)) if form == "excel" else content.decode("utf-8", "replace")


def rendered(desk: Desk, report: ReportRow) -> str:
    slot = report.schedule.latest(MONDAY)
    assert slot is not None
    with query.marts(desk.warehouse) as marts:
        content = reading.read(marts, report, slot)
    texts = [said(report.formats[0], each.content) for each in files.render(content, report)]
    return "\n".join([*texts, mail_body.plain(content), mail_body.page(content).decode()])


def own_report(desk: Desk) -> ReportRow:
    with psycopg.connect(desk.operational, autocommit=True) as operational:
        [report] = [each for each in active_reports(operational) if each.tenant_slug == "acme"]
        return report


def test_no_report_shows_another_tenants_rows(desk: Desk, acme: uuid.UUID) -> None:
    """D9: the same rows a thousandfold at another tenant change nothing that ours shows."""
    desk.add_report(acme)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(REPORTS)
    def alone(chosen: dict[str, Any]) -> None:
        desk.execute("delete from marts.conversation_analytics where channel_type = %s", CANARY, warehouse=True)
        desk.execute("delete from public.scheduled_reports")
        if chosen["report_type"] == "custom" and not chosen["filters"]["metrics"]:
            chosen["filters"]["metrics"] = ["total_conversations"]
        desk.add_report(acme, additional_formats=[], **chosen)
        report = own_report(desk)
        before = rendered(desk, report)
        desk.add_conversations(canary, "2026-11-22", birds * 3)
        after = rendered(desk, report)
        assert after == before
        assert CANARY not in after.replace(f"Only channels {CANARY}", "").replace(f", {CANARY}", "").replace(
            f"{CANARY}, ", ""
        )

    canary = desk.add_tenant("canary", name=CANARY)
    birds = [{**row, "channel_type": CANARY, "department": CANARY} for row in SUNDAYS]
    alone()


def test_no_export_holds_another_tenants_rows(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    canary = desk.add_tenant("canary", name=CANARY)
    desk.add_conversations(
        canary, "2026-11-22", [{**row, "channel_type": CANARY, "department": CANARY} for row in SUNDAYS]
    )
    for form in ("csv", "json", "parquet", "pdf", "excel"):
        for kind in ("conversations", "analytics", "customers"):
            to = tmp_path / f"rows-{kind}-{form}"
            export_now(desk.warehouse, tenant="acme", kind=kind, form=form, filters={}, to=to)
            assert CANARY not in said(form, to.read_bytes())
