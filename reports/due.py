"""What a run would work on now: for whoever starts runs.

Belongs here: looking at all reports, and keeping what their rows say of the next slot. Not here: the work (`run.py`).
"""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from reports import catch_up, ledger_reading, notices, run_times
from reports.errors import ReportError
from reports.report_rows import Connection, ReportRow, active_reports


@dataclass(frozen=True)
class DueSlot:
    """A slot with work, by its local time. `look` tells apart the looks at one that waits: a slot that was held is due again."""

    report: ReportRow
    local: datetime
    look: str = ""

    @property
    def key(self) -> str:
        """The same for the same report, slot and look."""
        return f"{self.report.id}/{self.local.isoformat()}{self.look}"


def due_slots(*, operational_url: str, at: datetime) -> list[DueSlot]:
    """What a run at that instant would work on.

    A slot that has just come is there once; everything else once every quarter of an hour: what waits, and what a run that died
    was to enter.
    """
    now = at.astimezone(UTC)
    quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    look = f"/{quarter:%Y-%m-%dT%H:%M}Z"
    found = []
    with psycopg.connect(operational_url, autocommit=True) as operational:
        untold = notices.open_notices(operational, at)
        for report in active_reports(operational):
            with contextlib.suppress(ReportError):  # the run itself tells it
                run_times.note_next(operational, report, at)
                due = catch_up.due(report, at)
                # What nobody gets any more has a run, too: without one nobody would hear of it.
                found += [
                    DueSlot(report, slot.local, look if slot.at < quarter else "")
                    for slot in due.slots or due.passed_over[-1:]
                ]
            found += [DueSlot(report, local, look) for local in _waiting(operational, report, at)]
            found += [DueSlot(report, each.slot_local, look) for each in untold if each.report_id == report.id]
    return list({slot.key: slot for slot in found}.values())


def _waiting(operational: Connection, report: ReportRow, at: datetime) -> list[datetime]:
    waiting = ledger_reading.waiting_slots(operational, report, at)
    return [slot.local for slot in [*waiting, *ledger_reading.unsettled_slots(operational, report)]]
