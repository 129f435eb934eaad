"""Sections that the application's contract names: tables and what stands behind them, conversations, agents, kinds of chart.

Belongs here: what they hold, in every format. Not here: key figures (`test_figures.py`), and how they look (`test_pictures.py`).
"""

import csv
import io
import json
import re
import uuid
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from psycopg.types.json import Jsonb

from reports import chart, mail_body, render_data, render_excel, render_pdf
from reports.document import Document
from reports.errors import ReportError
from reports.sections import CHART_KINDS, Conversations
from tests.reports.conftest import SUNDAY, SUNDAYS, Desk, Outbox
from tests.reports.test_rendering import cells, pdf_text, read

ADA, BEN = (uuid.UUID(int=number << 96) for number in (0xADA, 0xBE))


def flat(content: Document) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_data.csv_bytes(content).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(("template", "heading"), [("default", "By channel"), ("comparison", "By channel, and before")])
def test_every_value_of_a_table_says_what_it_stands_on(
    desk: Desk, acme: uuid.UUID, template: str, heading: str
) -> None:
    """By hand: of three conversations in the web chat two were answered, and two resolved."""
    desk.add_report(acme, template=template)
    content = read(desk)
    found = {(row["item"], row["metric"]): row["observations"] for row in flat(content) if row["section"] == heading}
    assert found["web_chat", "median_first_response_seconds"] == "2" and found["web_chat", "resolution_rate"] == "3"
    values = json.loads(render_data.json_bytes(content))["values"]
    table = pq.read_table(io.BytesIO(render_data.parquet_bytes(content))).to_pylist()
    for rows in (values, table):
        assert [row["observations"] for row in rows if row["section"] == heading] == [int(n) for n in found.values()]
    headings, *rows = cells(render_excel.render(content))["Channels"]
    [chat] = [row for row in rows if row[0] == "web_chat"]
    assert chat[headings.index("First response, median (s)") :][:2] == [15, 2]
    assert chat[headings.index("Resolved") :][:2] == [pytest.approx(2 / 3), 3]
    said = pdf_text(render_pdf.render(content))
    assert f"15 s \N{MINUS SIGN}70.0 % {'2 ' if template == 'default' else 'n = 2'}" in said


def add_agents(desk: Desk, tenant: uuid.UUID, *names: str) -> None:
    for key, name in zip((ADA, BEN), names, strict=True):
        desk.insert("public.profiles", {"id": key, "tenant_id": tenant, "full_name": name, "role": "agent"})
        desk.add_conversations(tenant, SUNDAY, [{**SUNDAYS[0], "agent_id": key}])


def test_figures_by_agent_have_their_names(desk: Desk, acme: uuid.UUID) -> None:
    add_agents(desk, acme, "Zoë", "Ёлка")
    desk.add_report(acme, report_type="custom", filters={"metrics": ["total_conversations"], "dimensions": ["agent"]})
    [by_agent, _] = read(desk).tables
    assert [(name, row[0].value) for name, row in by_agent.rows] == [("Zoë", 1), ("Ёлка", 1), ("nobody", 5)]


def test_two_of_one_name_are_two(desk: Desk, acme: uuid.UUID) -> None:
    add_agents(desk, acme, "Ada", "Ada")
    desk.add_report(acme, template="comparison", filters={"dimensions": ["agent"]})
    [by_agent] = read(desk).tables
    assert [name for name, _ in by_agent.rows] == ["Ada (000000be)", "Ada (00000ada)", "nobody"]


def test_another_tenants_agents_are_nobody(desk: Desk, acme: uuid.UUID) -> None:
    """Neither does one of the same name there make ours two, nor can a report choose one and see that there is such a name."""
    add_agents(desk, acme, "Ada", "Ben")
    canary = desk.add_tenant("canary", name="Canary")
    for name in ("Ada", "Nemo"):
        desk.insert("public.profiles", {"id": uuid.uuid4(), "tenant_id": canary, "full_name": name, "role": "agent"})
    desk.add_report(acme, template="comparison", filters={"dimensions": ["agent"]})
    [by_agent] = read(desk).tables
    assert [name for name, _ in by_agent.rows] == ["Ada", "Ben", "nobody"]
    desk.execute("update public.scheduled_reports set filters = %s", Jsonb({"agents": ["Nemo"]}))
    with pytest.raises(ReportError, match='nobody is called "Nemo"'):
        read(desk)


@pytest.mark.parametrize("chosen", ["Zoë", str(ADA)])
def test_a_report_of_some_agents(desk: Desk, acme: uuid.UUID, chosen: str) -> None:
    add_agents(desk, acme, "Zoë", "Ёлка")
    desk.add_report(acme, filters={"agents": [chosen]})
    content = read(desk)
    assert content.figures[0].value == 1 and f"Only conversations that {chosen} has now." in content.notes


@pytest.mark.parametrize(
    ("filters", "said"),
    [({"agents": ["Nemo"]}, 'nobody is called "Nemo"'), ({"chartType": "donut"}, "line, bar, area, scatter, pie")],
)
def test_what_is_not_known_is_refused(desk: Desk, acme: uuid.UUID, filters: dict[str, object], said: str) -> None:
    desk.add_report(acme, filters=filters)
    with pytest.raises(ReportError, match=said):
        read(desk)


def test_the_last_conversations_are_listed_in_every_format(desk: Desk, acme: uuid.UUID) -> None:
    desk.execute("delete from marts.conversation_analytics", warehouse=True)
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    keys = [uuid.UUID(int=(number + 1) << 100) for number in range(12)]
    for number, key in enumerate(keys):
        desk.add_conversations(
            acme,
            SUNDAY,
            [{"conversation_id": key, "started_at": noon + timedelta(minutes=number), "customer_key": key,
              "customer_satisfaction": 4 if number == 11 else None, "channel_type": f"=channel {number}"}],
        )  # fmt: skip
    desk.add_report(acme)
    content = read(desk)
    [listed] = [each for each in content.sections if isinstance(each, Conversations)]
    assert listed.heading == "Recent conversations: the last 10"
    assert [row.id for row in listed.rows] == keys[:1:-1]
    first = listed.rows[0]
    assert (first.began, first.channel, first.customer) == (datetime(2026, 11, 22, 13, 11), "=channel 11", keys[11])  # noqa: DTZ001
    sheet = cells(render_excel.render(content))["Recent conversations"]
    assert sheet[0] == ["ID", "Created at", "Channel", "Status", "Customer", "Agent", "Satisfaction"]
    assert sheet[1] == [str(keys[11]), first.began, "=channel 11", "resolved", str(keys[11]), None, 4]
    assert sheet[2][6] == "no data" and len(sheet) == 11
    said = {row["metric"]: row["text"] or row["value"] for row in flat(content) if row["item"] == str(keys[11])}
    assert said == {
        "created_at": "2026-11-22T13:11:00", "channel": "'=channel 11", "status": "resolved", "customer": str(keys[11]),
        "agent": "", "satisfaction": "4.0",
    }  # fmt: skip
    assert "22 Nov 2026, 13:11 =channel 11 resolved" in pdf_text(render_pdf.render(content))


def test_what_is_kept_names_the_customers_that_an_erasure_looks_for(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    """A PDF packs its words: whoever looks for a pseudonym in files would not find it there."""
    desk.add_conversations(acme, SUNDAY, [{"customer_key": BEN}])
    desk.add_report(acme)
    desk.run(by=outbox)
    [index] = desk.output.rglob("rendered.json")
    assert str(BEN) in index.read_text(encoding="utf-8")


MARKS = {"bar": "rect", "line": "line", "area": "area", "scatter": "symbol", "pie": "arc"}


@pytest.mark.parametrize("kind", CHART_KINDS)
@pytest.mark.parametrize("template", ["default", "comparison"])
def test_a_chart_is_of_the_kind_that_was_chosen(desk: Desk, acme: uuid.UUID, kind: str, template: str) -> None:
    desk.add_report(acme, template=template, filters={"chartType": kind, "dateRange": "last7days"})
    content = read(desk)
    drawn = chart.svg(content.charts[0], accent="#3b5bdb")
    # The groups of marks in the drawing, and not those of its axes and legend.
    marks = set(re.findall(r"mark-(rect|line|area|symbol|arc) role-mark", drawn))
    assert MARKS[kind] in marks and ("line" in marks) == (kind in ("line", "area"))
    assert "NaN" not in drawn and mail_body.chart_picture(content)


def test_a_pie_says_how_large_its_parts_are_and_gathers_the_small_ones(desk: Desk, acme: uuid.UUID) -> None:
    for number in range(9):
        desk.add_conversations(acme, SUNDAY, [{"channel_type": f"channel {number}"}] * (10 - number))
    desk.add_report(acme, filters={"chartType": "pie"})
    drawn = chart.svg(read(desk).charts[0], accent="#3b5bdb")
    # 59 of them: 54, and the five of the desk.
    assert "channel 0: 10 (17%)" in drawn and "6 others: 19 (32%)" in drawn and "channel 5" not in drawn


@pytest.mark.parametrize(
    ("seconds", "marks"), [(830, [0, 300, 600]), (0.4, [0, 1]), (3, [0, 1, 2, 3]), (150_000, [0, 43200, 86400, 129600])]
)
def test_durations_have_marks_that_people_count_in(
    desk: Desk, acme: uuid.UUID, seconds: float, marks: list[int]
) -> None:
    desk.execute("update marts.conversation_analytics set full_resolution_seconds = %s", seconds, warehouse=True)
    desk.add_report(acme, filters={"metrics": ["avg_resolution_seconds"]})
    [shown] = read(desk).charts
    assert chart._marked_seconds(shown) == marks


def test_a_chart_of_nothing_says_so(desk: Desk, acme: uuid.UUID) -> None:
    desk.execute("delete from marts.conversation_analytics", warehouse=True)
    desk.add_report(acme)
    content = read(desk)
    assert mail_body.chart_picture(content) is None and "<img" not in mail_body.page(content).decode()
    assert "Conversations by day (grey: before the period) no data" in pdf_text(render_pdf.render(content))
