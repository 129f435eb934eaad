"""What one sees without sending: slots that are due, previews, the list."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.errors import ReportError
from reports.run import due_slots, list_reports, preview
from tests.reports.conftest import MONDAY, TUESDAY, Desk, Outbox

ADA, BEN = "ada@acme.example", "ben@acme.example"


def test_the_slots_that_are_due_are_those_that_a_run_sends(desk: Desk, acme: uuid.UUID, outbox: Outbox) -> None:
    report = desk.add_report(acme, ADA)
    [due] = due_slots(operational_url=desk.operational, at=MONDAY)
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
    desk.add_report(acme, ADA, "nobody")
    desk.add_report_of_before(acme, BEN, slug="wrong", schedule_cron="0 9 * *")
    with pytest.raises(ReportError):
        desk.run(by=outbox)
    rows = list_reports(desk.operational, at=MONDAY)
    assert rows[0] == (
        "acme", "daily", "performance", "0 9 * * *", "Europe/Berlin", "2026-11-24 09:00", "1 sent, 1 skipped",
    )  # fmt: skip
    assert "five fields" in rows[1][5]
