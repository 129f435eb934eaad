"""What one sees without sending: slots that are due, previews, the list."""

import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from reports.by_hand import deliveries, following, list_reports, preview
from reports.deliver import Outcome
from reports.due import due_slots
from reports.errors import ReportError
from tests.reports.conftest import MONDAY, TUESDAY, Desk, Outbox

NINE = datetime(2026, 11, 23, 8, tzinfo=UTC)
ADA, BEN = "ada@acme.example", "ben@acme.example"


def test_the_slots_that_are_due_are_those_that_a_run_sends(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    report = desk.add_report(acme, ADA)
    [due] = due_slots(operational_url=desk.operational, at=NINE + timedelta(minutes=14))
    assert due.key == f"{report}/2026-11-23T09:00:00"
    desk.publish(datetime(2026, 11, 20, tzinfo=UTC))
    desk.run(by=outbox)
    looks = [due_slots(operational_url=desk.operational, at=MONDAY + timedelta(minutes=each)) for each in (0, 14, 15)]
    keys = [slot.key for [slot] in looks]
    assert keys[0] == keys[1] != keys[2], "a held slot is looked at again every quarter of an hour"
    desk.publish(TUESDAY)
    desk.run(by=outbox)
    assert due_slots(operational_url=desk.operational, at=MONDAY) == []


@pytest.mark.parametrize(
    ("slug", "suffix", "start"),
    [("daily", ".pdf", b"%PDF"), ("acme/daily", ".xlsx", b"PK"), ("acme", ".html", b"<!doctype html>")],
)
def test_a_preview_writes_a_file_and_sends_nothing(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, slug: str, suffix: str, start: bytes
) -> None:
    desk.add_report(acme)
    to = tmp_path / "deep" / f"look{suffix}"
    preview(operational_url=desk.operational, warehouse_url=desk.warehouse, slug=slug, to=to, at=MONDAY)
    assert to.read_bytes().startswith(start) and [file.name for file in to.parent.iterdir()] == [to.name]
    assert desk.ledger() == []


@pytest.mark.parametrize(
    ("slug", "suffix", "said"),
    [
        ("nothing", ".pdf", "acme/daily, acme/weekly"),
        ("acme", ".pdf", "names 2 reports"),
        ("daily", ".doc", "is no format"),
    ],
)
def test_a_preview_of_nothing_says_what_there_is(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, slug: str, suffix: str, said: str
) -> None:
    desk.add_report(acme)
    desk.add_report(acme, slug="weekly", schedule_cron="0 9 * * MON")
    to = tmp_path / f"look{suffix}"
    with pytest.raises(ReportError, match=said):
        preview(operational_url=desk.operational, warehouse_url=desk.warehouse, slug=slug, to=to, at=MONDAY)


def test_the_list_shows_when_and_how_it_went(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report_of_before(acme, ADA, "nobody")
    desk.add_report_of_before(acme, BEN, slug="wrong", schedule_cron="0 9 * *")
    assert "acme/wrong" in desk.run(by=outbox).wrong[0]
    rows = list_reports(desk.operational, at=MONDAY)
    assert rows[0] == (
        "acme", "daily", "performance", "0 9 * * *", "Europe/Berlin", "2026-11-24 09:00", "1 sent, 1 skipped",
    )  # fmt: skip
    assert "five fields" in rows[1][5]


def keys(desk: Desk, at: datetime) -> list[str]:
    return [slot.key.partition("/")[2] for slot in due_slots(operational_url=desk.operational, at=at)]


def test_a_slot_whose_run_died_before_it_was_entered_is_asked_for_again(desk: Desk, acme: uuid.UUID) -> None:
    """A key that a scheduler has seen is never run again: one key for good loses the slot with its first run."""
    desk.add_report(acme, ADA)
    assert [keys(desk, NINE + timedelta(minutes=each)) for each in (0, 14)] == [["2026-11-23T09:00:00"]] * 2
    later = [keys(desk, NINE + timedelta(minutes=each)) for each in (15, 29, 30)]
    assert later == [
        ["2026-11-23T09:00:00/2026-11-23T08:15Z"],
        ["2026-11-23T09:00:00/2026-11-23T08:15Z"],
        ["2026-11-23T09:00:00/2026-11-23T08:30Z"],
    ]


def test_a_mail_that_was_left_behind_is_looked_at_again(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """Its worker died with the last mail of the slot: nothing waits, and still somebody must be told."""
    desk.add_report(acme, ADA)

    def die(message: EmailMessage, recipient: str) -> Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.run(by=die)
    assert keys(desk, MONDAY) == ["2026-11-23T09:00:00/2026-11-23T09:00Z"]
    assert desk.run(by=outbox).rows() == [("unknown", 1)]
    later = MONDAY + timedelta(minutes=15)
    assert keys(desk, later) == ["2026-11-23T09:00:00/2026-11-23T09:15Z"], "nobody has been told yet"


def test_the_look_at_a_schedule_keeps_its_next_slot(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    """Also after an edit: else whoever watches for overdue reports sees none."""
    desk.add_report(acme, ADA, last_run_at=MONDAY)
    for cron, day in (("0 9 * * *", 24), ("30 10 * * WED", 25), ("0 9 * * *", 24)):
        desk.execute("update public.scheduled_reports set schedule_cron = %s", cron)
        desk.execute("update public.scheduled_reports set last_run_at = %s", MONDAY)
        assert keys(desk, MONDAY) == []
        [(next_run_at,)] = desk.execute("select next_run_at from public.scheduled_reports")
        assert next_run_at.day == day
    desk.execute("update public.scheduled_reports set next_run_at = null")
    desk.run(by=outbox)
    assert desk.execute("select next_run_at is not null from public.scheduled_reports") == [(True,)]


@pytest.mark.parametrize(
    ("cron", "begin"),
    [
        ("30 1-3 * * *", datetime(2026, 10, 24, 12, tzinfo=UTC)),  # 02:30 comes twice
        ("30 1-3 * * *", datetime(2027, 3, 27, 12, tzinfo=UTC)),  # and does not come at all
        ("*/30 2 * * SUN", datetime(2027, 3, 27, 12, tzinfo=UTC)),
    ],
)
def test_what_comes_next_is_what_comes(desk: Desk, acme: uuid.UUID, outbox: Outbox, cron: str, begin: datetime) -> None:
    """D10, from one end to the other: the slots of the ledger are those that were shown before."""
    desk.add_report(acme, ADA, schedule_cron=cron, additional_formats=[], last_run_at=begin)
    hours = 40
    shown = following(desk.operational, "acme/daily", count=20, at=begin)
    desk.publish(begin + timedelta(hours=hours))
    for half in range(2 * hours + 1):
        desk.run(begin + timedelta(minutes=30 * half), by=outbox)
    came = desk.ledger("slot_at, slot_local")
    assert came == [(slot.at, slot.local) for slot in shown if slot.at <= begin + timedelta(hours=hours)]
    assert {state for _, state in desk.ledger()} == {"sent"} and len(came) == len(outbox.mails) > 0
    assert following(desk.operational, "daily", count=3, at=begin) == shown[len(came) : len(came) + 3]


def test_the_mails_of_a_report_can_be_read_with_their_reasons(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    desk.add_report(acme, ADA, "eve@evil.example")
    desk.run(by=outbox)
    desk.publish(TUESDAY)
    desk.run(TUESDAY, by=outbox)
    (slot, recipient, state, attempts, reason, left), refused = deliveries(desk.operational, "acme/daily")
    assert (slot, recipient, state, attempts, reason) == ("2026-11-24 09:00", ADA, "sent", "1", "") and left
    assert refused[1:3] == ("eve@evil.example", "skipped") and "not a member" in refused[4]
    assert len(deliveries(desk.operational, "daily", every=True)) == 4
