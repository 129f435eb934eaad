"""Findings stand on their numbers, or are not there."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import insights
from reports.catalog import BY_NAME
from reports.insights import Rating
from reports.query import Figure

MONDAY = date(2026, 11, 16)


def figure(name: str, value: float | None, before: float | None, sample: int = 100, sample_before: int = 100) -> Figure:
    return Figure(BY_NAME[name], value, before, sample, sample_before)


def found(*figures: Figure, ratings: list[Rating] | None = None) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in insights.find(list(figures), ratings or [], [], MONDAY)]


def test_nothing_stands_out_where_nothing_happened() -> None:
    assert found(figure("resolution_rate", None, None, 0, 0), figure("total_conversations", 0, 0, 0, 0)) == []


@pytest.mark.parametrize(
    ("given_figure", "said"),
    [
        (figure("resolution_rate", 0.9, 0.6), ("trend", "Resolved: rose from 60.0 % to 90.0 % (n = 100 and 100).")),
        (figure("abandoned_rate", 0.3, 0.05),
         ("alert", "Never answered: rose from 5.0 % to 30.0 % (n = 100 and 100).")),
        (figure("total_conversations", 400, 200), ("trend", "Conversations: rose from 200 to 400.")),
        (figure("avg_satisfaction", 3.5, 3.6, 10),
         ("alert", "Satisfaction is 3.50 over 10 ratings, below 4.0.")),
        (figure("ai_resolution_rate", 0.95, 0.94), ("trend", "The AI alone resolved 95.0 % of 100 resolved conversations.")),
    ],
)  # fmt: skip
def test_what_is_unlikely_by_chance_is_said_with_its_numbers(given_figure: Figure, said: tuple[str, str]) -> None:
    assert found(given_figure) == [said]


@pytest.mark.parametrize(
    "given_figure",
    [
        figure("resolution_rate", 0.65, 0.60),
        figure("resolution_rate", 1.0, 0.0, 29, 29),
        figure("total_conversations", 212, 200),
        figure("avg_satisfaction", 3.5, 3.6, 9),
        figure("ai_resolution_rate", 0.85, 0.84, 29, 29),
        figure("ai_resolution_rate", 0.83, 0.83),
        figure("ai_confidence", 0.95, 0.4),
        figure("median_first_response_seconds", 10, 1000),
    ],
)
def test_what_chance_may_do_or_few_observations_show_is_not_said(given_figure: Figure) -> None:
    assert found(given_figure) == []


def test_channels_far_apart_are_named_worst_first() -> None:
    ratings = [Rating("sms", 1.0, 9), Rating("email", 3.1, 40), Rating("website", 4.2, 10), Rating("phone", 3.9, 12)]
    assert found(ratings=ratings) == [
        ("opportunity", "Customers on email rate 3.10 (n = 40), those on website 4.20 (n = 10).")
    ]
    assert found(ratings=[Rating("email", 3.8, 40), Rating("website", 4.2, 10)]) == []


def test_ratings_that_vary_say_nothing_by_their_mean() -> None:
    far = [Rating("email", 3.1, 40, 0.5), Rating("website", 4.2, 10, 0.5)]
    assert found(ratings=far) == [], "within what chance does to ten ratings that vary so much"
    assert found(ratings=[Rating("email", 2.1, 400, 0.5), Rating("website", 4.2, 100, 0.5)])
    low = figure("avg_satisfaction", 3.9, 3.9, 10)
    assert found(low, ratings=[Rating("email", 3.9, 10, 1.0)]) == []
    assert found(figure("avg_satisfaction", 3.9, 3.9, 2000), ratings=[Rating("email", 3.9, 2000, 1.0)])


def test_weeks_before_a_tenant_was_there_are_no_quiet_weeks() -> None:
    first = MONDAY - timedelta(days=28)
    days = [(first + timedelta(days=each), 40 if each >= 21 else 0) for each in range(35)]
    assert insights.find([], [], list(days), MONDAY) == []
    # Nor do they hide an unusual day: of four weeks, of which it was there for three, each had a hundred.
    days = [(first + timedelta(days=each), 200 if each == 30 else 100 if each >= 7 else 0) for each in range(35)]
    [unusual] = insights.find([], [], list(days), MONDAY)
    assert unusual.text.endswith(" had 200 conversations; a usual Wednesday had 100.")


def test_a_day_is_held_against_the_same_weekday() -> None:
    first = MONDAY - timedelta(days=28)
    days = [(first + timedelta(days=each), 100 if (each % 7) < 5 else 10) for each in range(35)]
    assert insights.find([], [], list(days), MONDAY) == []
    saturday = [(day, 60 if day == date(2026, 11, 21) else value) for day, value in days]
    [unusual] = insights.find([], [], list(saturday), MONDAY)
    assert (unusual.kind, unusual.text) == (
        "anomaly", "Sat 21 Nov 2026 had 60 conversations; a usual Saturday had 10.",
    )  # fmt: skip


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 400), st.integers(1, 400))
def test_a_share_never_breaks_and_says_what_it_was_given(now: int, before: int, sample: int, earlier: int) -> None:
    value, previous = min(now, sample) / sample, min(before, earlier) / earlier
    for kind, text in found(figure("satisfied_rate", value, previous, sample, earlier)):
        assert kind in ("trend", "alert")
        assert f"n = {sample:,} and {earlier:,}" in text and min(sample, earlier) >= insights.LEAST_SAMPLE
