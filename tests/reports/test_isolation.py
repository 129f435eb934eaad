"""Whatever a report or an export shows, it shows of its own tenant: canaries in every column of another one."""

import io
import itertools
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reports import files, mail_body, query, reading
from reports.catalog import METRICS
from reports.dimensions import DIMENSIONS
from reports.exports import export_now
from reports.exports.jobs import SUFFIXES
from reports.layout import TYPES
from reports.report_rows import ReportRow, active_reports
from reports.sections import CHART_KINDS
from tests.reports.conftest import MONDAY, SUNDAY, SUNDAYS, Desk
from tests.reports.test_rendering import cells, pdf_text

CANARY = "kanarienvogel"
TEMPLATES = ("detailed", "comparison", "default", "executive")
OURS, THEIRS = uuid.UUID(int=1 << 120), uuid.UUID(int=2 << 120)
REPORTS = st.fixed_dictionaries(
    {
        "report_type": st.sampled_from(TYPES),
        "template": st.sampled_from(TEMPLATES),
        "format": st.sampled_from(sorted(files.FORMATS)),
        "filters": st.fixed_dictionaries(
            {},
            optional={
                "metrics": st.lists(st.sampled_from([metric.name for metric in METRICS]), max_size=3),
                "dimensions": st.lists(st.sampled_from([dimension.name for dimension in DIMENSIONS]), max_size=2),
                "channels": st.lists(st.sampled_from(["email", "web_chat", CANARY]), max_size=2),
                "agents": st.lists(st.sampled_from([str(OURS), str(THEIRS)]), max_size=2),
                "chartType": st.sampled_from(CHART_KINDS),
                "dateRange": st.sampled_from(["yesterday", "lastWeek", "last30days", "lastMonth"]),
            },
        ),
    }
)


def each_of(chosen: Iterable[dict[str, Any]]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Each of them as an example that is always tried."""

    def marked(test: Callable[..., None]) -> Callable[..., None]:
        for each in chosen:
            test = example(each)(test)
        return test

    return marked


def said(form: str, content: bytes) -> str:
    if form == "pdf":
        return pdf_text(content)
    if form == "parquet":
        table = pq.read_table(io.BytesIO(content))
        return f"{table.to_pylist()} {table.schema.metadata}"
    return str(cells(content)) if form == "excel" else content.decode()


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

    # What is drawn by chance is beside every type in every format, with the figures of its own.
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(REPORTS)
    @each_of(
        {"report_type": kind, "template": template, "format": form, "filters": {}}
        for (kind, form), template in zip(itertools.product(TYPES, sorted(files.FORMATS)), itertools.cycle(TEMPLATES))
    )
    def alone(chosen: dict[str, Any]) -> None:
        desk.execute("delete from marts.conversation_analytics where channel_type = %s", CANARY, warehouse=True)
        desk.execute("delete from public.scheduled_reports")
        filters = chosen["filters"]
        if chosen["report_type"] == "custom" and not filters.get("metrics"):
            filters = {**filters, "metrics": ["total_conversations"]}
        desk.add_report(acme, additional_formats=[], **{**chosen, "filters": filters})
        report = own_report(desk)
        before = rendered(desk, report)
        desk.add_conversations(canary, "2026-11-22", birds * 3)
        after = rendered(desk, report)
        assert after == before
        assert CANARY not in after.replace(f"Only channels {CANARY}", "").replace(f", {CANARY}", "").replace(
            f"{CANARY}, ", ""
        )

    canary = desk.add_tenant("canary", name=CANARY)
    birds = [{**row, "channel_type": CANARY, "department": CANARY, "agent_id": THEIRS} for row in SUNDAYS]
    for tenant, key, name in ((acme, OURS, "Ada"), (canary, THEIRS, CANARY)):
        desk.insert("public.profiles", {"id": key, "tenant_id": tenant, "full_name": name, "role": "agent"})
    alone()


EXPORTS = st.fixed_dictionaries(
    {},
    optional={
        "channels": st.lists(st.sampled_from(["email", "web_chat", CANARY]), max_size=2),
        "departments": st.lists(st.sampled_from(["sales", CANARY]), max_size=2),
        "from": st.sampled_from(["2026-11-21", SUNDAY]),
        "to": st.sampled_from([SUNDAY, "2026-11-23"]),
        "dateFormat": st.sampled_from(["iso", "local", "unix"]),
        "rawText": st.booleans(),
        "includeHeaders": st.booleans(),
    },
)


def add_rows(desk: Desk, tenant: uuid.UUID, customer: uuid.UUID, *, channel: str, department: str) -> None:
    """Rows of every kind that is exported: with the customer's key in each conversation, and a day."""
    names = {"channel_type": channel, "department": department}
    desk.add_conversations(tenant, SUNDAY, [{**row, **names, "customer_key": customer} for row in SUNDAYS])
    day = {"tenant_id": tenant, "date": SUNDAY, **names, "total_conversations": 5}
    desk.insert("marts.daily_metrics", day, warehouse=True)


def test_no_export_holds_another_tenants_rows(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    """Read as the tables that they are: in a compressed file nobody finds a word."""
    canary = desk.add_tenant("canary", name=CANARY)
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    add_rows(desk, acme, ours, channel="email", department="sales")

    def exported(kind: str, form: str, filters: dict[str, Any]) -> str:
        to = tmp_path / "rows"
        export_now(desk.warehouse, tenant="acme", kind=kind, form=form, filters=filters, to=to)
        return said(form, to.read_bytes())

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(["conversations", "analytics", "customers"]), st.sampled_from(sorted(SUFFIXES)), EXPORTS)
    @example("conversations", "parquet", {})
    @example("analytics", "parquet", {})
    @example("customers", "parquet", {})
    @example("customers", "excel", {})
    @example("analytics", "csv", {})
    def alone(kind: str, form: str, filters: dict[str, Any]) -> None:
        for table in ("conversation_analytics", "daily_metrics"):
            desk.execute(f"delete from marts.{table} where tenant_id = %s", canary, warehouse=True)
        before = exported(kind, form, filters)
        add_rows(desk, canary, theirs, channel=CANARY, department=CANARY)
        after = exported(kind, form, filters)
        assert after == before and CANARY not in after and str(theirs) not in after and str(canary) not in after
        assert filters or {"conversations": "sales", "analytics": "sales", "customers": str(ours)}[kind][:8] in after

    alone()
