"""Findings that the numbers of a report support.

Belongs here: the rules, each with its threshold and its least sample. Not here: reading the numbers (`query.py`). A finding says
the numbers it stands on; where none stands, there is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import mean, pvariance
from typing import Literal

from reports import figures
from reports.query import Figure, Value

# Two-sided: one false finding in a hundred comparisons, and fewer of whole days, of which a report has many.
SURE, SURE_OF_A_DAY = 2.576, 3.3
LEAST_SAMPLE, LEAST_RATINGS, LEAST_WEEKS = 30, 10, 3
LEAST_CHANGE_OF_VOLUME = 0.1
LOW_SATISFACTION, WIDE_GAP, MANY_BY_AI = 4.0, 0.5, 0.8

Kind = Literal["alert", "opportunity", "trend", "anomaly"]


@dataclass(frozen=True)
class Insight:
    """A finding in a sentence, with its numbers in it."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Rating:
    """Mean satisfaction of a channel, how many ratings it stands on, and how they vary among themselves."""

    channel: str
    score: float
    ratings: int
    variance: float = 0.0

    @property
    def uncertainty(self) -> float:
        """The variance of the mean itself."""
        return self.variance / self.ratings


def find(
    key_figures: list[Figure], ratings: list[Rating], days: list[tuple[date, Value]], first: date
) -> list[Insight]:
    """All findings. `days` are conversations by day, from weeks before the period; the period begins at `first`."""
    by_name = {figure.metric.name: figure for figure in key_figures}
    return [
        *_low_satisfaction(by_name.get("avg_satisfaction"), ratings),
        *_gap_between_channels(ratings),
        *_resolved_by_ai(by_name.get("ai_resolution_rate")),
        *(found for figure in key_figures for found in _change(figure)),
        *_unusual_days(days, first),
    ]


def _low_satisfaction(figure: Figure | None, ratings: list[Rating]) -> Iterator[Insight]:
    if not figure or figure.value is None or figure.sample < LEAST_RATINGS:
        return
    value = float(figure.value)
    squares = sum(each.ratings * (each.variance + (each.score - value) ** 2) for each in ratings)
    if value + SURE * sqrt(squares) / figure.sample < LOW_SATISFACTION:
        text = (
            f"Satisfaction is {float(figure.value):.2f} over {figure.sample:,} ratings, below {LOW_SATISFACTION:.1f}."
        )
        yield Insight("alert", text)


def _gap_between_channels(ratings: list[Rating]) -> Iterator[Insight]:
    enough = sorted((each for each in ratings if each.ratings >= LEAST_RATINGS), key=lambda each: each.score)
    if len(enough) < 2:
        return
    worst, best = enough[0], enough[-1]
    doubt = SURE * sqrt(worst.uncertainty + best.uncertainty)
    if best.score - worst.score - doubt > WIDE_GAP:
        yield Insight(
            "opportunity",
            f"Customers on {worst.channel} rate {worst.score:.2f} (n = {worst.ratings:,}), "
            f"those on {best.channel} {best.score:.2f} (n = {best.ratings:,}).",
        )


def _resolved_by_ai(figure: Figure | None) -> Iterator[Insight]:
    if not figure or figure.value is None or figure.sample < LEAST_SAMPLE:
        return
    value = float(figure.value)
    if value - SURE * sqrt(value * (1 - value) / figure.sample) > MANY_BY_AI:
        share = figures.text(figure.value, "share")
        yield Insight("trend", f"The AI alone resolved {share} of {figure.sample:,} resolved conversations.")


def _change(figure: Figure) -> Iterator[Insight]:
    """A difference to the period before that chance alone would rarely make."""
    if figure.value is None or figure.before is None or not _is_sure(figure):
        return
    now, before = (figures.text(value, figure.metric.unit) for value in (figure.value, figure.before))
    counted = f" (n = {figure.sample:,} and {figure.sample_before:,})" if figure.metric.is_proportion else ""
    kind: Kind = "alert" if figures.tone(figure) == "bad" else "trend"
    direction = "rose" if figure.value > figure.before else "fell"
    yield Insight(kind, f"{figure.metric.label}: {direction} from {before} to {now}{counted}.")


def _is_sure(figure: Figure) -> bool:
    now, before = float(figure.value or 0), float(figure.before or 0)
    if figure.metric.name == "total_conversations":
        # Arrivals vary by about the root of their number.
        return (
            now + before >= LEAST_SAMPLE
            and abs(now - before) >= SURE * sqrt(now + before)
            and abs(now - before) >= LEAST_CHANGE_OF_VOLUME * before
        )
    if not figure.metric.is_proportion or min(figure.sample, figure.sample_before) < LEAST_SAMPLE:
        return False
    pooled = (now * figure.sample + before * figure.sample_before) / (figure.sample + figure.sample_before)
    spread = sqrt(pooled * (1 - pooled) * (1 / figure.sample + 1 / figure.sample_before))
    return spread > 0 and abs(now - before) >= SURE * spread


def _unusual_days(days: list[tuple[date, Value]], first: date) -> Iterator[Insight]:
    """Days of the period that differ from the same weekday of the weeks before."""
    known = {day: int(value or 0) for day, value in days}
    # Days before anything ever happened are no quiet days: the tenant was not there yet.
    began = min((day for day, count in known.items() if count), default=first)
    known = {day: count for day, count in known.items() if day >= began}
    for day in (day for day in known if day >= first):
        past = [
            known[day - timedelta(days=7 * week)] for week in range(1, 5) if day - timedelta(days=7 * week) in known
        ]
        if len(past) < LEAST_WEEKS or sum(past) < LEAST_SAMPLE:
            continue
        usual = mean(past)
        if abs(known[day] - usual) >= SURE_OF_A_DAY * sqrt(max(pvariance(past), usual)):
            text = f"{figures.name(day)} had {known[day]:,} conversations; a usual {day:%A} had {usual:,.0f}."
            yield Insight("anomaly", text)
