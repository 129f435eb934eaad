"""Slots that nobody worked on: each policy does exactly what it says (D11–D13)."""

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from reports import rate, schedules, turn
from reports.by_hand import list_reports
from reports.due import due_slots
from tests.reports.conftest import MONDAY, Desk, Outbox

LATER = MONDAY + timedelta(days=3)


def slots(desk: Desk, state: str = "sent") -> list[int]:
    return [slot.day for slot, each in desk.ledger("slot_local, state") if each == state]


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
    assert len(slots(away, "skipped")) == done.states["skipped"] == passed_over
    assert [line.split()[1] for line in done.passed_over] == ([str(passed_over)] if passed_over else [])
    again = away.run(at, by=outbox)
    assert (again.total, again.passed_over, slots(away)) == (0, [], sent)


def test_a_run_that_only_passed_slots_over_did_not_go_well(away: Desk, outbox: Outbox) -> None:
    """Nothing left, and whoever looks at runs must see it: that one is red, and its mails say why."""
    away.execute("update public.scheduled_reports set catch_up = 'skip'")
    noon = LATER + timedelta(hours=2)
    assert [slot.local.day for slot in due_slots(operational_url=away.operational, at=noon)] == [26]
    done = away.run(noon, by=outbox)
    assert done.sent_nothing and done.rows() == [("skipped", 3)]
    assert "3 slots passed over, 2026-11-24 09:00 to 2026-11-26 09:00" in str(done.trouble)
    reasons = away.execute("select distinct reason from public.report_deliveries where state = 'skipped'")
    assert reasons == [("passed over: no run looked in time, and catch_up = skip",)]
    assert due_slots(operational_url=away.operational, at=noon) == []
    again = away.run(noon, by=outbox)
    assert again.was_idle and again.trouble is None, "nothing due is nothing wrong"
    assert len(outbox.mails) == 1


def test_a_year_of_missed_slots_fills_no_ledger(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, schedule_cron="0 * * * *", last_run_at=MONDAY - timedelta(days=365))
    done = desk.run(by=outbox)
    assert done.rows() == [("sent", 1), ("skipped", turn.MOST_ENTERED)]
    # One is sent, and one hour of the year comes twice.
    assert done.passed_over[0].split()[1] == str(365 * 24 - 2)


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


@pytest.mark.parametrize(("policy", "sent"), [("latest", [26]), ("all", [24, 25, 26]), ("skip", [26])])
def test_a_warehouse_that_stood_still_for_days_does_not_send_all_of_them_at_once(
    away: Desk, outbox: Outbox, policy: str, sent: list[int]
) -> None:
    """D11. The scheduler ran, and held each day; catching up is what the report says, whoever was away."""
    away.execute("update public.scheduled_reports set catch_up = %s, catch_up_limit = 3", policy)
    away.publish(MONDAY - timedelta(days=9))
    for days in (1, 2, 3):
        assert away.run(MONDAY + timedelta(days=days), by=outbox).rows()[0][0] == "held"
    away.publish(LATER)
    done = away.run(LATER, by=outbox)
    assert [row[0].day for row in away.ledger("slot_local, state") if row[1] == "sent"] == [23, *sent]
    passed = away.execute("select reason from public.report_deliveries where state = 'skipped'")
    assert len(passed) == 3 - len(sent) == done.states["skipped"]
    if passed:
        assert done.passed_over == [
            f"acme/daily: 2 slots passed over, 2026-11-24 09:00 to 2026-11-25 09:00, as catch_up = {policy} says"
        ]


def test_of_what_was_held_no_more_than_the_limit_is_caught_up(away: Desk, outbox: Outbox) -> None:
    away.execute("update public.scheduled_reports set catch_up = 'all', catch_up_limit = 2")
    away.publish(MONDAY - timedelta(days=9))
    for days in (1, 2, 3):
        away.run(MONDAY + timedelta(days=days), by=outbox)
    away.publish(LATER)
    away.run(LATER, by=outbox)
    assert [row[0].day for row in away.ledger("slot_local, state") if row[1] == "sent"] == [23, 25, 26]


@pytest.mark.parametrize(("policy", "hours"), [("latest", [12]), ("all", [9, 10, 11, 12]), ("skip", [12])])
def test_three_hours_away(desk: Desk, acme: uuid.UUID, outbox: Outbox, policy: str, hours: list[int]) -> None:
    """D11: an hourly report, and a scheduler that was down from nine to noon."""
    eight = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    desk.add_report(acme, schedule_cron="0 * * * *", last_run_at=eight, catch_up=policy)
    done = desk.run(eight + timedelta(hours=4, minutes=5), by=outbox)
    assert [slot.hour for slot, state in desk.ledger("slot_local, state") if state == "sent"] == hours
    said = "acme/daily: 3 slots passed over, 2026-11-23 09:00 to 2026-11-23 11:00, as catch_up ="
    assert [line.startswith(said) for line in done.passed_over] == ([] if policy == "all" else [True])


def test_away_over_a_change_of_the_clock(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D11: the hour that came twice is one slot; half past two is not skipped with the hour that never was."""
    for spring, first, last, expected in (
        (False, "2026-10-24T22:30", "2026-10-25T03:30", ["01:00", "02:00", "03:00", "04:00"]),
        (True, "2026-03-28T23:30", "2026-03-29T02:30", ["01:00", "03:00", "04:00"]),
    ):
        desk.execute("delete from public.report_deliveries; delete from public.scheduled_reports")
        begin, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (first, last))
        desk.add_report(acme, schedule_cron="0 * * * *", last_run_at=begin, catch_up="all")
        desk.run(end, by=outbox)
        assert [f"{row[0]:%H:%M}" for row in desk.ledger("slot_local")] == expected, spring


def test_a_tenant_sends_no_more_than_its_mails_of_an_hour(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D11: no storm. The others wait, and go when the hour is over. Another tenant's mails, sent before, are not among them."""
    aaa = desk.add_tenant("aaa")
    desk.add_report(aaa, "tweety@aaa.example", "silvester@aaa.example")
    desk.set(acme, rate.SETTING, 3)
    people = [f"p{number}@acme.example" for number in range(5)]
    desk.add_report(acme, *people)
    desk.add_report(acme, *people, slug="other")
    assert desk.run(by=outbox).rows() == [("queued", 7), ("sent", 3 + 2)]
    assert "mails of this hour are used up" in {reason for (reason,) in desk.ledger("reason") if reason}.pop()
    assert desk.run(MONDAY + timedelta(minutes=14), by=outbox).total == 0
    desk.execute("update public.report_deliveries set sent_at = sent_at - interval '2 hours' where state = 'sent'")
    assert desk.run(MONDAY + timedelta(minutes=16), by=outbox).rows() == [("queued", 4), ("sent", 3)]
    assert set(desk.execute("select attempts from public.report_deliveries where state = 'queued'")) == {(0,)}


def test_rules_of_a_zone_that_change_move_the_slots_to_come_and_not_those_that_were(
    desk: Desk, acme: uuid.UUID, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D12: a government abolishes the clock change; new tzdata come, and nine stays nine."""
    desk.add_report(acme)
    desk.run(by=outbox)
    was = desk.execute("select slot_local, slot_at from public.report_deliveries")
    [(eight_utc,)] = desk.execute("select next_run_at from public.scheduled_reports")
    monkeypatch.setattr(schedules, "ZoneInfo", lambda name: ZoneInfo("Europe/Moscow"))
    assert due_slots(operational_url=desk.operational, at=MONDAY + timedelta(hours=1)) == []
    assert desk.execute("select next_run_at from public.scheduled_reports") == [(eight_utc - timedelta(hours=2),)]
    desk.publish(MONDAY + timedelta(days=1))
    desk.run(MONDAY + timedelta(days=1), by=outbox)
    assert desk.execute("select slot_local, slot_at from public.report_deliveries order by slot_at")[:1] == was
    assert [f"{row[0]:%d %H:%M}" for row in desk.ledger("slot_local")] == ["23 09:00", "24 09:00"]


@pytest.mark.parametrize(
    "edit",
    ["schedule_cron = '0 7 * * *'", "timezone = 'Asia/Tokyo'", "is_active = true", "schedule_cron = '0 9 * * MON'"],
)
def test_an_edit_sends_nothing_from_before_it(desk: Desk, acme: uuid.UUID, outbox: Outbox, edit: str) -> None:
    """D13. The edit is made now, by the clock of the database; what its schedule would have sent until then is over."""
    now = datetime.now(UTC)
    desk.publish(now)
    desk.add_report(acme, last_run_at=now - timedelta(days=60), is_active="is_active" not in edit)
    desk.execute(f"update public.scheduled_reports set {edit}")
    assert desk.run(datetime.now(UTC), by=outbox).total == 0
    [(next_run_at, last_run_at)] = desk.execute("select next_run_at, last_run_at from public.scheduled_reports")
    assert last_run_at >= now and next_run_at > now


def test_a_report_of_before_the_rule_can_be_switched_off_and_not_on(desk: Desk, acme: uuid.UUID) -> None:
    desk.add_report_of_before(acme, schedule_cron="61 * * * *")
    desk.execute("update public.scheduled_reports set is_active = false")
    with pytest.raises(psycopg.errors.CheckViolation):
        desk.execute("update public.scheduled_reports set is_active = true")


def test_an_edit_at_nine_for_nine_sends_once(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D13: moved at nine sharp, from half past eight, and from nine to ten and back."""
    nine = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    desk.add_report(acme, schedule_cron="30 8 * * *")
    desk.run(nine, by=outbox)
    for cron in ("0 9 * * *", "0 10 * * *", "0 9 * * *"):
        desk.execute("update public.scheduled_reports set schedule_cron = %s", cron)
        desk.execute("update public.scheduled_reports set last_run_at = %s", nine - timedelta(seconds=1))
        desk.run(nine, by=outbox)
    assert [f"{row[0]:%H:%M}" for row in desk.ledger("slot_local")] == ["08:30", "09:00"]
    assert len(outbox.mails) == 2


def test_what_is_previewed_is_what_happens(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """D10: the next times that are shown, and the slots that a scheduler which looks every minute then enters."""
    begin = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    desk.add_report(acme, schedule_cron="30 2,14 * * *", last_run_at=begin)
    previewed = schedules.Schedule("30 2,14 * * *", "Europe/Berlin").preview(begin, 4)
    [listed] = list_reports(desk.operational, at=begin)
    assert listed[5] == f"{previewed[0].local:%Y-%m-%d %H:%M}"
    for slot in previewed:
        desk.publish(slot.at)
        for minutes in (-1, 0, 1):
            desk.run(slot.at + timedelta(minutes=minutes), by=outbox)
    assert desk.execute("select slot_local, slot_at from public.report_deliveries order by 2") == [
        (slot.local, slot.at) for slot in previewed
    ]
