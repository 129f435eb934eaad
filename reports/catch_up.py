"""Which slots of a report a run works on, after slots that nobody worked on.

Belongs here: the report's policy: skip, latest, all. Not here: what a slot is (`schedules.py`), and what was entered
(`ledger.py`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.report_rows import ReportRow
from reports.schedules import Slot

# A run that looks later than this at a slot has missed it.
GRACE = timedelta(hours=1)


@dataclass(frozen=True)
class Due:
    """The slots to be sent, and those that are passed over, oldest first."""

    slots: list[Slot]
    passed_over: list[Slot]


def due(report: ReportRow, at: datetime) -> Due:
    """What has come since the last slot that was entered. A report that never ran begins with the latest slot."""
    latest = report.schedule.latest(at)
    if latest is None or (report.last_run_at is not None and latest.at <= report.last_run_at):
        return Due([], [])
    missed = [latest] if report.last_run_at is None else report.schedule.between(report.last_run_at, at)
    chosen = _chosen(report, missed, at)
    return Due(chosen, [slot for slot in missed if slot not in chosen])


def _chosen(report: ReportRow, missed: list[Slot], at: datetime) -> list[Slot]:
    match report.catch_up:
        case "all":
            return missed[-report.catch_up_limit :]
        case "skip":
            return [slot for slot in missed[-1:] if at - slot.at <= GRACE]
        case _:
            return missed[-1:]
