"""Every figure of a table beside what it was in the period before, in every format.

Belongs here: groups and days, and which day stands for which. Not here: key figures (`test_figures.py`).
"""

import io
import json
import uuid
from datetime import date

import pyarrow.parquet as pq
import pytest

from reports import comparing, figures, query, render_data, render_excel, render_pdf
from reports.catalog import BY_NAME
from reports.dimensions import BY_NAME as DIMENSIONS
from reports.periods import Period
from reports.query import Rows
from tests.reports.conftest import SATURDAY, SUNDAYS, Desk
from tests.reports.test_contents import flat
from tests.reports.test_rendering import cells, pdf_text, read

SUNDAY = Period(date(2026, 11, 22), date(2026, 11, 23))
COUNTED, ANSWERED = BY_NAME["total_conversations"], BY_NAME["median_first_response_seconds"]
# By hand: of the web chat four on Saturday, answered once, after 50 s; on Sunday three, after 10 and 20 s. By mail none before.
CHANGES = {
    ("web_chat", "total_conversations"): ("-25.0 %", 3, 4, -1),
    ("web_chat", "median_first_response_seconds"): ("-70.0 %", 15, 50, -35),
    ("web_chat", "resolution_rate"): ("+41.7 points", pytest.approx(2 / 3), 0.25, pytest.approx(2 / 3 - 0.25)),
    ("email", "total_conversations"): ("from 0", 2, 0, 2),
    ("email", "median_first_response_seconds"): ("no data before", 65, None, None),
}


@pytest.mark.parametrize("template", ["default", "detailed", "comparison"])
def test_every_figure_of_a_group_has_its_change(desk: Desk, acme: uuid.UUID, template: str) -> None:
    desk.add_report(acme, template=template)
    content = read(desk)
    by_channel = content.tables[0]
    found = {
        (name, each.metric.name): (
            figures.change(each).replace("\N{MINUS SIGN}", "-"),
            *(None if value is None else float(value) for value in (each.value, each.before)),
        )
        for name, row in by_channel.rows
        for each in row
    }
    assert {key: found[key] for key in CHANGES} == {key: told[:3] for key, told in CHANGES.items()}
    said = pdf_text(render_pdf.render(content))
    for words, *_ in CHANGES.values():
        assert words.replace("-", "\N{MINUS SIGN}") in said


@pytest.mark.parametrize("template", ["default", "comparison"])
def test_so_it_has_in_files_of_data(desk: Desk, acme: uuid.UUID, template: str) -> None:
    desk.add_report(acme, template=template)
    content = read(desk)
    values = json.loads(render_data.json_bytes(content))["values"]
    table = pq.read_table(io.BytesIO(render_data.parquet_bytes(content))).to_pylist()
    heading = content.tables[0].heading
    for rows in (values, table):
        told = {
            (row["item"], row["metric"]): [row["value"], row["before"], row["change"]]
            for row in rows
            if row["section"] == heading
        }
        assert {key: told[key] for key in CHANGES} == {key: numbers for key, (_, *numbers) in CHANGES.items()}
    lines = {(row["item"], row["metric"]): row for row in flat(content) if row["section"] == heading}
    assert lines["email", "median_first_response_seconds"]["before"] == ""
    assert lines["web_chat", "total_conversations"]["change"] == "-1.0"
    [key] = [row for row in flat(content) if not row["item"] and row["metric"] == "resolution_rate"]
    assert (key["value"], key["before"], key["change"]) == ("0.6", "0.25", "0.35")


@pytest.mark.parametrize("template", ["default", "comparison"])
def test_so_it_has_in_excel(desk: Desk, acme: uuid.UUID, template: str) -> None:
    desk.add_report(acme, template=template)
    book = cells(render_excel.render(read(desk)))
    headings, *rows = book["Channels"]
    assert headings[:4] == ["Channel", "Conversations", "before", "change"]
    [chat] = [row for row in rows if row[0] == "web_chat"]
    assert chat[1:4] == [3, 4, "\N{MINUS SIGN}25.0 %"]
    first = headings.index("First response, median (s)")
    assert headings[first : first + 5] == ["First response, median (s)", "n", "before (s)", "n before", "change"]
    assert chat[first : first + 5] == [15, 2, 50, 1, "\N{MINUS SIGN}70.0 %"]
    [email] = [row for row in rows if row[0] == "email"]
    assert email[first : first + 5] == [65, 2, "no data", 0, "no data before"]
    [summary] = [row for row in book["Summary"] if row[0] == "Resolved"]
    assert summary[1:] == [0.6, 0.25, "+35.0 points", 5]


def test_a_group_that_is_gone_is_told_last(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_conversations(acme, SATURDAY, [{**SUNDAYS[0], "channel_type": "a letter"}])
    with query.marts(desk.warehouse) as marts:
        found = comparing.groups(marts, Rows(acme, SUNDAY), DIMENSIONS["channel"], [COUNTED, ANSWERED])
    assert [name for name, _ in found] == ["email", "web_chat", "a letter"]
    counted, answered = found[-1][1]
    assert (counted.value, counted.before, figures.change(counted)) == (0, 1, "\N{MINUS SIGN}100.0 %")
    assert (answered.value, answered.before, answered.sample, answered.sample_before) == (None, 10, 0, 1)


def test_a_day_stands_beside_the_day_before(desk: Desk, acme: uuid.UUID) -> None:
    """Of a daily report; also the days that are shown before its own."""
    with query.marts(desk.warehouse) as marts:
        found = comparing.days(marts, Rows(acme, SUNDAY), SUNDAY.at_least(3), [COUNTED, ANSWERED])
    assert [(day.day, counted.value, counted.before) for day, (counted, _) in found] == [
        (20, 0, 0), (21, 4, 0), (22, 5, 4),
    ]  # fmt: skip
    assert [figures.change(counted) for _, (counted, _) in found] == ["no change", "from 0", "+25.0 %"]
    assert [figures.change(answered) for _, (_, answered) in found] == ["", "no data before", "\N{MINUS SIGN}50.0 %"]


def test_a_day_of_a_week_stands_beside_its_weekday(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_conversations(acme, "2026-11-15", [{}] * 10)
    week = Period(date(2026, 11, 16), date(2026, 11, 23))
    with query.marts(desk.warehouse) as marts:
        found = dict(comparing.days(marts, Rows(acme, week), week.at_least(14), [COUNTED]))
    assert len(found) == 14
    assert [found[date(2026, 11, day)][0].before for day in (15, 21, 22)] == [0, 0, 10]


def test_a_day_of_a_month_that_the_month_before_does_not_have_stands_alone(desk: Desk, acme: uuid.UUID) -> None:
    """The 29th of March, 28 days on from the 1st of February, would be held against the 1st of March."""
    for day in ("2026-02-28", "2026-03-01", "2026-03-28", "2026-03-29"):
        desk.add_conversations(acme, day, [{}] * 2)
    march = Period(date(2026, 3, 1), date(2026, 4, 1), months=1)
    with query.marts(desk.warehouse) as marts:
        found = dict(comparing.days(marts, Rows(acme, march), march, [COUNTED]))
    assert [(found[date(2026, 3, day)][0].before, found[date(2026, 3, day)][0].value) for day in (1, 28, 29, 31)] == [
        (0, 2), (2, 2), (None, 2), (None, 0),
    ]  # fmt: skip
    assert figures.change(found[date(2026, 3, 29)][0]) == "no data before"


def test_another_tenants_period_before_never_counts(desk: Desk, acme: uuid.UUID) -> None:
    other = desk.add_tenant("canary", name="Canary")
    desk.add_conversations(other, SATURDAY, [{"channel_type": "canary"}] * 7)
    with query.marts(desk.warehouse) as marts:
        groups = comparing.groups(marts, Rows(acme, SUNDAY), DIMENSIONS["channel"], [COUNTED])
        days = comparing.days(marts, Rows(acme, SUNDAY), SUNDAY, [COUNTED])
    assert "canary" not in dict(groups) and days[0][1][0].before == 4
