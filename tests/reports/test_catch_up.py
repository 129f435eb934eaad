"""Slots that nobody worked on: each policy does exactly what it says (D11–D13)."""

import uuid
from datetime import datetime, timedelta

import pytest

from tests.reports.conftest import MONDAY, Desk, Outbox

LATER = MONDAY + timedelta(days=3)


def slots(desk: Desk) -> list[int]:
    return [row[0].day for row in desk.ledger("slot_local")]


@pytest.fixture
def away(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> Desk:
    """A daily report that ran on Monday the 23rd; then nobody was there until Thursday."""
    desk.add_report(acme)
    desk.run(by=outbox)
    desk.publish(LATER)
    return desk


@pytest.mark.parametrize(
    ("columns", "at", "sent", "passed_over"),
    [
        ("catch_up = 'latest'", LATER, [23, 26], 2),
        ("catch_up = 'all'", LATER, [23, 24, 25, 26], 0),
        ("catch_up = 'all', catch_up_limit = 2", LATER, [23, 25, 26], 1),
        ("catch_up = 'skip'", LATER, [23, 26], 2),
        ("catch_up = 'skip'", LATER + timedelta(hours=1), [23], 3),
    ],
)
def test_missed_slots_are_caught_up_as_the_report_says(
    away: Desk, outbox: Outbox, columns: str, at: datetime, sent: list[int], passed_over: int
) -> None:
    away.execute(f"update public.scheduled_reports set {columns}")
    done = away.run(at, by=outbox)
    assert slots(away) == sent
    assert [line.split()[1] for line in done.passed_over] == ([str(passed_over)] if passed_over else [])
    again = away.run(at, by=outbox)
    assert (again.total, again.passed_over, slots(away)) == (0, [], sent)


def test_a_report_that_never_ran_begins_with_the_latest_slot(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, catch_up="all")
    desk.run(by=outbox)
    assert slots(desk) == [23]


def test_an_edited_schedule_sends_at_most_once_at_that_time(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D13: moved to nine at nine; and back."""
    desk.add_report(acme)
    desk.run(by=outbox)
    desk.execute("update public.scheduled_reports set schedule_cron = '30 8 * * *'")
    desk.run(by=outbox)
    desk.execute("update public.scheduled_reports set schedule_cron = '0 9 * * *'")
    desk.run(by=outbox)
    assert len(outbox.mails) == 1


def test_a_clock_that_jumps_loses_and_doubles_nothing(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D12: back by an hour, then forward by a day."""
    desk.add_report(acme)
    for instant in (
        MONDAY,
        MONDAY - timedelta(hours=1),
        MONDAY + timedelta(days=1),
        MONDAY,
        MONDAY + timedelta(days=1),
    ):
        desk.publish(instant)
        desk.run(instant, by=outbox)
    assert slots(desk) == [23, 24] and len(outbox.mails) == 2
