"""Slots: wall times of a zone, through every change of clocks."""

from datetime import UTC, date, datetime

import pytest

from reports.errors import ReportError
from reports.periods import Period, period_of
from reports.schedules import Schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fired(cron: str, zone: str, after: str, until: str) -> list[tuple[str, str]]:
    slots = Schedule(cron, zone).between(at(after), at(until))
    return [(slot.local.isoformat(sep=" ", timespec="minutes"), slot.at.strftime("%m-%d %H:%M")) for slot in slots]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "until", "expected"),
    [
        # Berlin, 29 March 2026: 02:00 becomes 03:00; 02:30 does not exist.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-30T12:00",
         [("2026-03-29 03:00", "03-29 01:00"), ("2026-03-30 02:30", "03-30 00:30")]),
        # Berlin, 25 October 2026: 02:30 comes twice.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-26T12:00",
         [("2026-10-25 02:30", "10-25 00:30"), ("2026-10-26 02:30", "10-26 01:30")]),
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00", "2026-11-02T12:00",
         [("2026-11-01 01:30", "11-01 05:30"), ("2026-11-02 01:30", "11-02 06:30")]),
        # Half an hour in Lord Howe.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00", "2026-10-04T20:00",
         [("2026-10-04 02:30", "10-03 15:30"), ("2026-10-05 02:15", "10-04 15:15")]),
        ("0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00", "2026-01-02T00:00", [("2026-01-01 09:00", "01-01 03:30")]),
        ("0 9 29 2 *", "UTC", "2026-01-01T00:00", "2028-12-31T00:00", [("2028-02-29 09:00", "02-29 09:00")]),
        ("0 0 31 * *", "UTC", "2026-01-31T12:00", "2026-06-01T00:00",
         [("2026-03-31 00:00", "03-31 00:00"), ("2026-05-31 00:00", "05-31 00:00")]),
        # Day of month or day of week, when both are given.
        ("0 9 15 * MON", "UTC", "2026-06-13T00:00", "2026-06-16T00:00", [("2026-06-15 09:00", "06-15 09:00")]),
        ("0 9 1 JAN,APR,JUL,OCT *", "UTC", "2026-02-01T00:00", "2026-08-01T00:00",
         [("2026-04-01 09:00", "04-01 09:00"), ("2026-07-01 09:00", "07-01 09:00")]),
    ],
)  # fmt: skip
def test_slots(cron: str, zone: str, after: str, until: str, expected: list[tuple[str, str]]) -> None:
    assert fired(cron, zone, after, until) == expected


def test_preview_is_what_happens_and_latest_is_its_last() -> None:
    schedule = Schedule("30 2 * * *", "Europe/Berlin")
    preview = schedule.preview(at("2026-03-27T12:00"), 4)
    assert preview == schedule.between(at("2026-03-27T12:00"), preview[-1].at)
    assert schedule.latest(preview[-1].at) == preview[-1]


@pytest.mark.parametrize(
    ("cron", "zone"),
    [("61 * * * *", "UTC"), ("* * * *", "UTC"), ("0 9 * * FUNDAY", "UTC"), ("", "UTC"), ("0 9 * * * *", "UTC"),
     ("0 9 * * *", "Mars/Olympus"), ("0 9 * * *", "../etc")],
)  # fmt: skip
def test_what_cannot_be_evaluated_is_refused(cron: str, zone: str) -> None:
    with pytest.raises(ReportError):
        Schedule(cron, zone)


@pytest.mark.parametrize(
    ("cron", "date_range", "first", "end"),
    [
        ("0 9 * * *", None, "2026-03-01", "2026-03-02"),
        ("0 9 * * MON-FRI", None, "2026-03-01", "2026-03-02"),
        ("0 9 * * MON", None, "2026-02-23", "2026-03-02"),
        ("0 9 1 * *", None, "2026-02-01", "2026-03-01"),
        ("0 9 1 1,4,7,10 *", None, "2025-12-01", "2026-03-01"),
        ("0 9 1 */3 *", None, "2025-12-01", "2026-03-01"),
        ("0 9 * * *", "lastMonth", "2026-02-01", "2026-03-01"),
        ("0 9 * * *", "lastWeek", "2026-02-23", "2026-03-02"),
        ("0 9 * * MON", "last30days", "2026-01-31", "2026-03-02"),
    ],
)
def test_the_period_of_a_slot(cron: str, date_range: str | None, first: str, end: str) -> None:
    period = period_of(Schedule(cron, "UTC"), datetime(2026, 3, 2, 9), date_range=date_range)  # noqa: DTZ001
    assert (period.first, period.end) == (date.fromisoformat(first), date.fromisoformat(end))


def test_a_month_is_compared_with_the_month_before_and_a_day_with_the_day_before() -> None:
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    assert march.previous() == Period(date(2026, 2, 1), date(2026, 3, 1))
    day = Period(date(2026, 3, 1), date(2026, 3, 2))
    assert day.previous() == Period(date(2026, 2, 28), date(2026, 3, 1))


def test_a_period_ends_at_local_midnight() -> None:
    assert Period(date(2026, 3, 28), date(2026, 3, 29)).ends_at("Asia/Kolkata") == at("2026-03-28T18:30")
    assert Period(date(2026, 3, 29), date(2026, 3, 30)).ends_at("Europe/Berlin") == at("2026-03-29T22:00")
