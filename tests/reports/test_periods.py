"""Which days a slot reports on, and with which it compares them."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from reports.errors import ReportError
from reports.periods import Period, period_of
from reports.schedules import Schedule

NOVEMBER = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def period(cron: str, *, at: datetime = NOVEMBER, date_range: object = None) -> Period:
    schedule = Schedule(cron, "Europe/Berlin")
    slot = schedule.latest(at)
    assert slot is not None
    return period_of(schedule, slot, "Europe/Berlin", date_range=date_range)


def periods(
    cron: str, since: str, until: str, zone: str = "Europe/Berlin", cut_in: str = "Europe/Berlin"
) -> list[Period]:
    schedule = Schedule(cron, zone)
    begin, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (since, until))
    return [period_of(schedule, slot, cut_in) for slot in schedule.between(begin, end)]


@pytest.mark.parametrize("cron", ["0 9 31 * *", "0 9 30 * *", "0 9 29 * *", "0 9 1 * *", "0 9 15 JAN,MAR,AUG *"])
def test_every_month_is_reported_once(cron: str) -> None:
    """Also by a day that some months do not have."""
    found = periods(cron, "2026-01-01", "2029-01-01")
    assert [each.first for each in found[1:]] == [each.end for each in found[:-1]]
    assert {each.first.day for each in found} == {1}


@pytest.mark.parametrize(
    ("cron", "length"),
    [("0 9,17 * * MON", 7), ("0 9,17 1 JAN,APR,JUL,OCT *", None), ("0,30 9 * * *", 1), ("0 9,17 1 * *", None)],
)
def test_a_second_slot_on_a_day_covers_what_the_first_does(cron: str, length: int | None) -> None:
    found = periods(cron, "2026-02-01", "2026-12-31")
    assert [(each.first, each.end) for each in found[::2]] == [(each.first, each.end) for each in found[1::2]]
    assert min(each.days for each in found) >= 1 and (length is None or {each.days for each in found} == {length})


@pytest.mark.parametrize(
    ("zone", "cut_in"),
    [("Asia/Tokyo", "America/Los_Angeles"), ("America/Los_Angeles", "Asia/Tokyo"), ("UTC", "Asia/Kolkata")],
)
@pytest.mark.parametrize("cron", ["0 9 * * *", "0 9 * * MON-FRI", "0 21 1 * *", "30 0 * * *", "0 9,21 * * *"])
def test_a_period_is_over_when_its_slot_comes_wherever_its_clock_hangs(zone: str, cut_in: str, cron: str) -> None:
    """The report's zone says when, the tenant's which days: the period of a slot has no hour that is still to come."""
    schedule = Schedule(cron, zone)
    slots = schedule.between(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    found = [period_of(schedule, slot, cut_in) for slot in slots]
    assert all(each.ends_at(cut_in) <= slot.at for each, slot in zip(found, slots, strict=True))
    assert all(later.first in (earlier.end, earlier.first) for earlier, later in pairwise(found))


def days(first: str, end: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(end)


@pytest.mark.parametrize(
    ("cron", "covered", "before"),
    [
        ("0 9 * * *", days("2026-11-22", "2026-11-23"), days("2026-11-21", "2026-11-22")),
        ("0 * * * *", days("2026-11-22", "2026-11-23"), days("2026-11-21", "2026-11-22")),
        ("0 9 * * MON", days("2026-11-16", "2026-11-23"), days("2026-11-09", "2026-11-16")),
        ("0 9 * * MON-FRI", days("2026-11-20", "2026-11-23"), days("2026-11-17", "2026-11-20")),
        ("0 9 1 * *", days("2026-10-01", "2026-11-01"), days("2026-09-01", "2026-10-01")),
        ("0 9 5 * *", days("2026-10-01", "2026-11-01"), days("2026-09-01", "2026-10-01")),
        ("0 9 1 1,4,7,10 *", days("2026-07-01", "2026-10-01"), days("2026-04-01", "2026-07-01")),
        ("0 9 1 */3 *", days("2026-07-01", "2026-10-01"), days("2026-04-01", "2026-07-01")),
        ("0 9 1 JAN *", days("2025-01-01", "2026-01-01"), days("2024-01-01", "2025-01-01")),
        ("0 9 1,15 * *", days("2026-11-01", "2026-11-15"), days("2026-10-18", "2026-11-01")),
    ],
)
def test_the_schedule_says_which_days(cron: str, covered: tuple[date, date], before: tuple[date, date]) -> None:
    found = period(cron)
    assert (found.first, found.end) == covered
    assert (found.previous().first, found.previous().end) == before


@pytest.mark.parametrize(
    ("date_range", "covered"),
    [
        ("yesterday", days("2026-11-22", "2026-11-23")),
        ("last7days", days("2026-11-16", "2026-11-23")),
        ("last30days", days("2026-10-24", "2026-11-23")),
        ("last90days", days("2026-08-25", "2026-11-23")),
        ("lastWeek", days("2026-11-16", "2026-11-23")),
        ("lastMonth", days("2026-10-01", "2026-11-01")),
    ],
)
def test_a_range_that_is_asked_for_wins_over_the_schedule(date_range: str, covered: tuple[date, date]) -> None:
    found = period("0 9 * * *", date_range=date_range)
    assert (found.first, found.end) == covered


@pytest.mark.parametrize("date_range", ["tomorrow", "", 7, ["yesterday"], {}])
def test_an_unknown_range_is_refused(date_range: object) -> None:
    with pytest.raises(ReportError, match="use one of yesterday"):
        period("0 9 * * *", date_range=date_range)


@pytest.mark.parametrize(
    ("first", "end", "zone", "over_at"),
    [
        ("2026-11-22", "2026-11-23", "Europe/Berlin", datetime(2026, 11, 22, 23, 0, tzinfo=UTC)),
        ("2026-11-22", "2026-11-23", "America/New_York", datetime(2026, 11, 23, 5, 0, tzinfo=UTC)),
        ("2026-11-22", "2026-11-23", "Asia/Kolkata", datetime(2026, 11, 22, 18, 30, tzinfo=UTC)),
        # A day that begins at one, for midnight was skipped.
        ("2018-11-03", "2018-11-04", "America/Sao_Paulo", datetime(2018, 11, 4, 3, 0, tzinfo=UTC)),
    ],
)
def test_a_period_is_over_when_its_last_local_day_is(first: str, end: str, zone: str, over_at: datetime) -> None:
    assert Period(*days(first, end)).ends_at(zone) == over_at
