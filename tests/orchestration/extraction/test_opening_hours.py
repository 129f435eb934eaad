"""Open time by running totals, against the witness that looks at the clock minute by minute."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.extraction.opening_hours import DAY_MS, Calendar, Stretch, stretches
from tests.witness.business_time import EPOCH, WEEKDAYS, Hours, Ranges

ZONES = (
    "UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "Asia/Tehran",
)  # fmt: skip
SINCE, UNTIL = datetime(2010, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
# Where clocks changed: Berlin and New York both ways, Lord Howe by half an hour, São Paulo at midnight, a day that Samoa skipped.
EVENTFUL = (
    "2016-03-27", "2016-10-30", "2016-11-06", "2017-03-12", "2017-04-02", "2017-10-01", "2018-11-04", "2011-12-30",
    "2018-06-14", "2018-02-18",
)  # fmt: skip


def seconds_of(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def calendar_of(hours: Hours) -> Calendar:
    def ranges(stated: Ranges) -> list[tuple[int, int]]:
        return [(seconds_of(opens), seconds_of(closes)) for opens, closes in stated]

    first = date(1970, 1, 1)
    return Calendar(
        hours.timezone,
        {
            (since - first).days: {WEEKDAYS.index(day) + 1: ranges(stated) for day, stated in week.items()}
            for since, week in hours.weeks.items()
        },
        {(date.fromisoformat(day) - first).days: ranges(stated) for day, stated in hours.special_days.items()},
    )


def open_ms(made: list[Stretch], instant: datetime) -> int:
    """As the warehouse does it: one lookup of the stretch, and what passed of it."""
    at = (instant - EPOCH) // timedelta(milliseconds=1)
    found = made[bisect_right(made, at, key=lambda stretch: stretch.from_ms) - 1]
    assert found.from_ms <= at < found.until_ms
    return found.opened_ms + (at - found.from_ms if found.is_open else 0)


def instant_ms(made: list[Stretch], opened: int) -> int:
    """The other way round: the first millisecond by which that much open time has passed."""
    (found,) = [each for each in made if each.is_open and 0 < opened - each.opened_ms <= each.until_ms - each.from_ms]
    return found.from_ms + opened - found.opened_ms


@st.composite
def ranges(draw: st.DrawFn) -> Ranges:
    def clock(minute: int) -> str:
        return f"{minute // 60:02}:{minute % 60:02}"

    cuts = draw(st.lists(st.integers(0, 1440), max_size=6, unique=True).filter(lambda cuts: len(cuts) % 2 == 0))
    edges = iter(sorted(cuts))
    return [[clock(opens), clock(closes)] for opens, closes in zip(edges, edges, strict=True)]


weeks = st.dictionaries(st.sampled_from(WEEKDAYS), ranges())
days = st.dates(date(2011, 12, 20), date(2019, 1, 10))


@st.composite
def hours(draw: st.DrawFn) -> tuple[Hours, datetime, datetime]:
    """A tenant's hours, changed once or twice, and two instants near a day on which some clock changed."""
    near = date.fromisoformat(draw(st.sampled_from(EVENTFUL)))
    around = st.integers(-4, 4).map(lambda distance: near + timedelta(days=distance))
    stated = draw(st.dictionaries(st.one_of(st.just(date.min), around), weeks, min_size=1, max_size=3))
    special = draw(st.dictionaries(around.map(date.isoformat), ranges(), max_size=3))
    begin = datetime(near.year, near.month, near.day, tzinfo=UTC) + timedelta(
        seconds=draw(st.integers(-4 * 86_400, 2 * 86_400)), milliseconds=draw(st.integers(0, 999))
    )
    end = begin + timedelta(milliseconds=draw(st.integers(0, 6 * 86_400_000)))
    return Hours(draw(st.sampled_from(ZONES)), stated, special), begin, end


def stretches_of(stated: Hours, since: datetime, until: datetime) -> list[Stretch]:
    made = list(stretches(calendar_of(stated), since=since, until=until))
    assert all(one.until_ms == other.from_ms for one, other in pairwise(made)), "a gap"
    assert all(each.from_ms // DAY_MS == (each.until_ms - 1) // DAY_MS for each in made), "over midnight"
    assert all(
        each.opened_ms // DAY_MS == (each.opened_ms + each.until_ms - each.from_ms - 1) // DAY_MS
        for each in made
        if each.is_open
    )
    return made


@given(hours())
@settings(max_examples=150, deadline=None)
def test_open_time_equals_the_witness(case: tuple[Hours, datetime, datetime]) -> None:
    stated, begin, end = case
    since, until = (
        (begin - timedelta(days=3)).replace(microsecond=0),
        (end + timedelta(days=3)).replace(microsecond=0),
    )
    made = stretches_of(stated, since, until)
    passed = open_ms(made, end) - open_ms(made, begin)
    assert passed == stated.open_milliseconds(begin, end)
    if passed:
        due = EPOCH + timedelta(milliseconds=instant_ms(made, open_ms(made, end)))
        assert due <= end
        assert stated.open_milliseconds(begin, due) == passed
        assert stated.open_milliseconds(due - timedelta(milliseconds=1), due) == 1, "not the first"


@pytest.mark.parametrize("zone", ZONES)
def test_no_length_is_too_long(zone: str) -> None:
    """Ten years of a week with a break, in one lookup, are what the months add up to."""
    stated = Hours(zone, {date.min: {"mon": [["08:00", "12:30"], ["13:30", "18:00"]], "sun": [["00:00", "24:00"]]}})
    made = stretches_of(stated, SINCE, UNTIL + timedelta(days=1))
    months = [datetime(year, month, 1, tzinfo=UTC) for year in range(2010, 2020) for month in range(1, 13)] + [UNTIL]
    assert open_ms(made, UNTIL) == sum(open_ms(made, end) - open_ms(made, begin) for begin, end in pairwise(months))
    a_month = datetime(2016, 10, 1, tzinfo=UTC), datetime(2016, 11, 15, tzinfo=UTC)
    assert open_ms(made, a_month[1]) - open_ms(made, a_month[0]) == stated.open_milliseconds(*a_month)


def test_day_and_night_is_open_time_without_a_break() -> None:
    always = Hours("Europe/Berlin", {date.min: {day: [["00:00", "24:00"]] for day in WEEKDAYS}})
    made = stretches_of(always, SINCE, UNTIL)
    assert all(each.is_open for each in made)
    assert len(made) == (UNTIL - SINCE).days


def test_a_tenant_that_never_opens_has_no_open_time() -> None:
    assert not any(each.is_open for each in stretches(Calendar("UTC", {-700_000: {}}), since=SINCE, until=UNTIL))
