"""Slots: one evaluator, held against wall clocks that jump, stand still and disagree."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reports.errors import ReportError
from reports.schedules import Schedule

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots(cron: str, zone: str, after: str, until: str) -> list[tuple[str, str]]:
    """Local wall time and instant of each slot."""
    found = Schedule(cron, zone).between(instant(after), instant(until))
    return [(f"{slot.local:%m-%d %H:%M}", f"{slot.at:%m-%d %H:%M}") for slot in found]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "until", "expected"),
    [
        # A wall time that does not exist comes once, at the gap's end.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-30T12:00",
         [("03-29 03:00", "03-29 01:00"), ("03-30 02:30", "03-30 00:30")]),
        ("*/20 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00", [("03-29 03:00", "03-29 01:00")]),
        ("30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00",
         [("03-29 03:00", "03-29 01:00"), ("03-29 03:30", "03-29 01:30")]),
        ("30 2 * * *", "America/New_York", "2026-03-07T12:00", "2026-03-09T12:00",
         [("03-08 03:00", "03-08 07:00"), ("03-09 02:30", "03-09 06:30")]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00", "2026-10-04T16:00",
         [("10-04 02:30", "10-03 15:30"), ("10-05 02:15", "10-04 15:15")]),
        ("30 2 * * *", "Africa/Casablanca", "2026-03-21T12:00", "2026-03-23T12:00",
         [("03-22 03:00", "03-22 02:00"), ("03-23 02:30", "03-23 01:30")]),
        ("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00", "2018-11-05T12:00",
         [("11-04 01:00", "11-04 03:00"), ("11-05 00:00", "11-05 02:00")]),
        # A wall time that comes twice is one slot: the first.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-26T12:00",
         [("10-25 02:30", "10-25 00:30"), ("10-26 02:30", "10-26 01:30")]),
        ("0 * * * *", "Europe/Berlin", "2026-10-24T22:30", "2026-10-25T02:30",
         [("10-25 01:00", "10-24 23:00"), ("10-25 02:00", "10-25 00:00"), ("10-25 03:00", "10-25 02:00")]),
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00", "2026-11-02T12:00",
         [("11-01 01:30", "11-01 05:30"), ("11-02 01:30", "11-02 06:30")]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00", "2026-04-05T16:00",
         [("04-05 01:45", "04-04 14:45"), ("04-06 01:45", "04-05 15:15")]),
        ("30 2 * * *", "Africa/Casablanca", "2026-02-14T12:00", "2026-02-16T12:00",
         [("02-15 02:30", "02-15 01:30"), ("02-16 02:30", "02-16 02:30")]),
        # Zones off the full hour, and without changes.
        ("0 9 * * MON", "Asia/Kolkata", "2026-11-20T00:00", "2026-11-24T00:00", [("11-23 09:00", "11-23 03:30")]),
        ("0 9 * * *", "UTC", "2026-11-23T08:59", "2026-11-24T08:59", [("11-23 09:00", "11-23 09:00")]),
        # Calendars.
        ("0 9 29 2 *", "UTC", "2026-01-01T00:00", "2029-01-01T00:00", [("02-29 09:00", "02-29 09:00")]),
        ("0 0 31 * *", "UTC", "2026-01-01T00:00", "2026-06-01T00:00",
         [("01-31 00:00", "01-31 00:00"), ("03-31 00:00", "03-31 00:00"), ("05-31 00:00", "05-31 00:00")]),
        ("0 9 1 * MON", "UTC", "2026-05-31T00:00", "2026-06-09T00:00",
         [("06-01 09:00", "06-01 09:00"), ("06-08 09:00", "06-08 09:00")]),
        ("0 9 1 JAN,APR,JUL,OCT *", "Europe/Berlin", "2026-01-02T00:00", "2026-12-31T00:00",
         [("04-01 09:00", "04-01 07:00"), ("07-01 09:00", "07-01 07:00"), ("10-01 09:00", "10-01 07:00")]),
        ("0 8-10/2 * * FRI-SAT", "UTC", "2026-11-19T00:00", "2026-11-22T00:00",
         [("11-20 08:00", "11-20 08:00"), ("11-20 10:00", "11-20 10:00"), ("11-21 08:00", "11-21 08:00"),
          ("11-21 10:00", "11-21 10:00")]),
    ],
)  # fmt: skip
def test_slots(cron: str, zone: str, after: str, until: str, expected: list[tuple[str, str]]) -> None:
    assert slots(cron, zone, after, until) == expected


@given(
    cron=some.sampled_from(("30 2 * * *", "*/20 1-3 * * *", "0 * * * *", "15,45 0,2 * * SUN", "0 3 1 * *")),
    zone=some.sampled_from(ZONES),
    start=some.integers(min_value=0, max_value=60 * 24 * 334),
    cut=some.integers(min_value=0, max_value=60 * 24 * 90),
)
@settings(deadline=None)
def test_slots_do_not_depend_on_where_one_begins_to_look(cron: str, zone: str, start: int, cut: int) -> None:
    schedule = Schedule(cron, zone)
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    middle, end = begin + timedelta(minutes=cut), begin + timedelta(days=90)
    whole = schedule.between(begin, end)
    assert whole == schedule.between(begin, middle) + schedule.between(middle, end)
    assert len({slot.local for slot in whole}) == len(whole), "a wall time came twice"


@pytest.mark.parametrize("zone", ZONES)
def test_a_preview_shows_what_will_happen(zone: str) -> None:
    schedule = Schedule("30 2 * * *", zone)
    previewed = schedule.preview(instant("2026-01-01T00:00"), 365)
    assert previewed == schedule.between(instant("2026-01-01T00:00"), previewed[-1].at)
    assert [schedule.latest(slot.at) for slot in previewed[:100]] == previewed[:100]


@pytest.mark.parametrize("cron", ["0 9 29 2 *", "0 9 * * MON", "0 0 31 12 *", "* * * * *"])
def test_the_latest_slot_is_found_however_long_ago(cron: str) -> None:
    schedule, until = Schedule(cron, "Europe/Berlin"), instant("2027-02-28T12:34")
    latest = schedule.latest(until)
    assert latest is not None and latest.at <= until
    assert schedule.between(latest.at, until) == []


@pytest.mark.parametrize(
    ("cron", "zone", "said"),
    [
        ("61 * * * *", "UTC", "bad minute"),
        ("0 25 * * *", "UTC", "bad hour"),
        ("0 9 30 2 *", "UTC", "bad day-of-month"),
        ("0 9 * * FOO", "UTC", "bad day-of-week"),
        ("*/0 * * * *", "UTC", "bad minute"),
        ("0 9 * *", "UTC", "five fields"),
        ("0 0 9 * * *", "UTC", "five fields"),
        ("@daily", "UTC", "five fields"),
        ("0 9 * * *", "Mars/Olympus", "no time zone"),
        ("0 9 * * *", "../etc/passwd", "no time zone"),
        ("0 9 * * *", "Europe", "no time zone"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_one_line(cron: str, zone: str, said: str) -> None:
    with pytest.raises(ReportError, match=said) as refused:
        Schedule(cron, zone)
    assert "\n" not in str(refused.value)
