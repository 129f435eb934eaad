"""Figures, held against what a hand computes from the rows of the desk."""

import re
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from reports import figures, query
from reports.catalog import BY_NAME, METRICS
from reports.periods import Period
from reports.query import Cell, Figure, Rows
from tests.reports.conftest import Desk
from tests.reports.test_rendering import read as read_report

SUNDAY = Period(date(2026, 11, 22), date(2026, 11, 23))
CONTRACT = Path("dbt_project/models/marts/conversation_analytics.yml")


def read(desk: Desk, rows: Rows) -> dict[str, Figure]:
    with query.marts(desk.warehouse) as marts:
        return {figure.metric.name: figure for figure in query.figures(marts, rows, list(METRICS))}


# Value, observations, and value of the day before.
BY_HAND: dict[str, tuple[float, int, float | None]] = {
    "total_conversations": (5, 5, 4),
    "resolution_rate": (3 / 5, 5, 1 / 4),
    "ai_resolution_rate": (2 / 3, 3, 0),
    "abandoned_rate": (1 / 5, 5, 0),
    "avg_first_response_seconds": (40, 4, 50),
    "median_first_response_seconds": (25, 4, 50),
    "p90_first_response_seconds": (79, 4, 50),
    "avg_first_human_response_seconds": (80, 2, None),
    "avg_resolution_seconds": (1200, 3, None),
    "handoff_rate": (1 / 5, 5, 0),
    "reopened_rate": (1 / 3, 3, 0),
    "avg_satisfaction": (11.5 / 3, 3, 3),
    "rated_rate": (3 / 5, 5, 1 / 4),
    "satisfied_rate": (2 / 3, 3, 0),
    "dissatisfied_rate": (0, 3, 0),
    "ai_messages": (4, 5, 0),
    "ai_confidence": (0.9, 3, None),
    "ai_fallback_rate": (1 / 3, 3, None),
}


def test_each_figure_equals_the_hand_computation(desk: Desk, acme: uuid.UUID) -> None:
    found = {
        name: (float(figure.value or 0), figure.sample, None if figure.before is None else float(figure.before))
        for name, figure in read(desk, Rows(acme, SUNDAY)).items()
    }
    assert found == {
        name: (pytest.approx(value), sample, before if before is None else pytest.approx(before))
        for name, (value, sample, before) in BY_HAND.items()
    }


def test_what_lies_on_a_boundary_counts(desk: Desk, acme: uuid.UUID) -> None:
    rated = [{"customer_satisfaction": score} for score in ("1", "2", "2.1", "3.9", "4")]
    # Ended before any answer, went idle without one, both, neither.
    unanswered = [
        {"resolved_by": "abandoned"},
        {"is_abandoned": True},
        {"resolved_by": "abandoned", "is_abandoned": True},
    ]
    desk.add_conversations(acme, "2026-03-02", [*rated, *unanswered, {"handoff_count": 2, "resolved_by": "agent"}, {}])
    found = read(desk, Rows(acme, Period(date(2026, 3, 2), date(2026, 3, 3))))
    shares = ("satisfied_rate", "dissatisfied_rate", "abandoned_rate", "handoff_rate", "resolution_rate")
    assert [(float(found[name].value or 0), found[name].sample) for name in shares] == [
        (1 / 5, 5), (2 / 5, 5), (3 / 10, 10), (1 / 10, 10), (3 / 10, 10),
    ]  # fmt: skip


def test_where_nothing_happened_there_is_no_figure(desk: Desk, acme: uuid.UUID) -> None:
    empty = read(desk, Rows(acme, Period(date(2026, 1, 1), date(2026, 1, 2))))
    assert {name for name, figure in empty.items() if figure.value is not None} == {
        "total_conversations",
        "ai_messages",
    }
    assert figures.text(empty["avg_satisfaction"].value, "score") == "no data"
    assert figures.change(empty["avg_satisfaction"]) == ""


def test_another_tenants_rows_never_count(desk: Desk, acme: uuid.UUID) -> None:
    alone = read(desk, Rows(acme, SUNDAY))
    other = desk.add_tenant("canary", name="Canary")
    desk.add_conversations(other, "2026-11-22", [{"first_response_seconds": 9999, "channel_type": "canary"}] * 7)
    assert read(desk, Rows(acme, SUNDAY)) == alone
    assert read(desk, Rows(other, SUNDAY))["total_conversations"].value == 7


def test_days_without_a_conversation_are_there(desk: Desk, acme: uuid.UUID) -> None:
    three = Rows(acme, Period(date(2026, 11, 20), date(2026, 11, 23)))
    with query.marts(desk.warehouse) as marts:
        rows = query.by_day(marts, three, [BY_NAME["total_conversations"], BY_NAME["avg_satisfaction"]])
    assert [(day.day, count, score.value is None, score.sample) for day, (count, score) in rows] == [
        (20, Cell(0, 0), True, 0),
        (21, Cell(4, 4), False, 1),
        (22, Cell(5, 5), False, 3),
    ]


def test_filters_narrow_and_bind(desk: Desk, acme: uuid.UUID) -> None:
    hostile = "email'; drop schema marts cascade; --"
    assert read(desk, Rows(acme, SUNDAY, channels=("email",)))["total_conversations"].value == 2
    assert read(desk, Rows(acme, SUNDAY, channels=(hostile,)))["total_conversations"].value == 0
    assert read(desk, Rows(acme, SUNDAY, departments=("sales",)))["total_conversations"].value == 0


def test_a_report_asks_the_marts_for_nothing_twice_and_for_no_column_in_vain(
    desk: Desk, acme: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []
    execute = psycopg.Connection.execute

    def listening(marts: query.Connection, statement: Any, values: Any = None, **more: Any) -> Any:
        asked.append((str(statement), repr(values)))
        return execute(marts, statement, values, **more)

    desk.add_report(acme)
    monkeypatch.setattr(psycopg.Connection, "execute", listening)
    read_report(desk)
    of_rows = [each for each in asked if "conversation_analytics as c" in each[0]]
    assert len(of_rows) == len(set(of_rows)) > 5
    # A condition on a column that nobody chose would keep PostgreSQL from counting days in their index alone.
    [counted, *_] = [
        statement for statement, _ in of_rows if "select c.started_on, count(*), count(*) from" in statement
    ]
    assert "channel_type" not in counted and "department" not in counted


def test_the_catalogue_reads_columns_that_the_mart_promises() -> None:
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    promised = {column["name"] for column in contract["models"][0]["columns"]}
    read = {name for metric in METRICS for name in re.findall(r"\bc\.(\w+)", metric.value + metric.sample)}
    assert read <= promised


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.44, "0.4 s"), (45.4, "45 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (3599.7, "1 h 0 min"),
     (7500, "2 h 5 min"), (86_400 * 3 + 4 * 3600, "3 d 4 h")],
)  # fmt: skip
def test_durations_are_said_in_two_units(seconds: float, said: str) -> None:
    assert figures.duration(seconds) == said


@pytest.mark.parametrize(
    ("name", "value", "before", "said", "tone"),
    [
        ("total_conversations", 5, 4, "+25.0 %", "plain"),
        ("total_conversations", 5, 0, "from 0", "plain"),
        ("avg_resolution_seconds", 50, 100, "−50.0 %", "good"),
        ("resolution_rate", 0.5, 0.6, "−10.0 points", "bad"),
        ("avg_satisfaction", 4.25, 4.0, "+0.25", "good"),
        ("avg_satisfaction", 4.0, 4.0, "no change", "plain"),
        ("avg_satisfaction", 4.0, None, "no data before", "plain"),
    ],
)
def test_a_change_says_how_much_and_whether_it_is_welcome(
    name: str, value: float, before: float | None, said: str, tone: str
) -> None:
    figure = Figure(BY_NAME[name], value, before, 5)
    assert (figures.change(figure), figures.tone(figure)) == (said, tone)


def test_a_figure_is_read_in_one_generation_of_the_marts(desk: Desk, acme: uuid.UUID) -> None:
    with query.marts(desk.warehouse) as marts, marts.transaction():
        query.data_as_of(marts)
        desk.add_conversations(acme, "2026-11-22", [{}])
        desk.publish(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
        assert query.data_as_of(marts).hour == 7
        assert query.figures(marts, Rows(acme, SUNDAY), [BY_NAME["total_conversations"]])[0].value == 5
