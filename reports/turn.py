"""A report's turn in a run: its slots that have come are entered, and everything of it that waits is sent.

Belongs here: which slots leave, in which order, and which are passed over. Not here: the reports of a run (`run.py`), and how one
slot is sent (`send.py`).
"""

from reports import catch_up, ledger, ledger_reading, notices, recipients, run_times
from reports.errors import ReportError, in_words
from reports.recipients import Circle
from reports.report_rows import ReportRow
from reports.schedules import Slot
from reports.send import send
from reports.summary import RunSummary
from reports.way import Way

# Of what was passed over, so many slots are entered: a report of every five minutes has a hundred thousand in a year.
MOST_ENTERED = 100


def take(way: Way, report: ReportRow, summary: RunSummary) -> None:
    """Enter the slots that have come, and send every slot of the report that waits."""
    try:
        _enter(way, report, summary)
    except ReportError as error:
        summary.wrong.append(f"report {report.key}: {in_words(error)}")
        edited_at = report.updated_at.replace(tzinfo=None)
        notices.tell(way, report, Slot(report.updated_at, edited_at), "unscheduled")
    waiting = ledger_reading.waiting_slots(way.operational, report, way.at)
    if report.catch_up == "all":
        _send_all(way, report, summary, waiting)
    else:
        _send_latest(way, report, summary, waiting)


def _enter(way: Way, report: ReportRow, summary: RunSummary) -> None:
    due = catch_up.due(report, way.at)
    for slot in due.slots:
        summary.states["skipped"] += ledger.queue(way.operational, report, slot, _circle(way, report))
        if ledger_reading.reached_nobody(way.operational, report, slot):
            notices.tell(way, report, slot, "skipped")
    if due.passed_over:
        reason = f"passed over: no run looked in time, and catch_up = {report.catch_up}"
        entered = due.passed_over[-MOST_ENTERED:]
        summary.states["skipped"] += ledger.enter_skipped(way.operational, report, entered, reason=reason)
        summary.passed_over.append(_passed_over(report, due.passed_over))
        run_times.note_run(way.operational, report, max([*due.slots, *due.passed_over]))
    if not due.slots and not due.passed_over:
        run_times.note_next(way.operational, report, way.at)


def _circle(way: Way, report: ReportRow) -> Circle | None:
    """Who may get it; None where the setting says nothing: then each mail fails with the reason, and the owner is told."""
    try:
        return recipients.circle(way.operational, report)
    except ReportError:
        return None


def _passed_over(report: ReportRow, slots: list[Slot]) -> str:
    first, last = (f"{slot.local:%Y-%m-%d %H:%M}" for slot in (slots[0], slots[-1]))
    which = f"1 slot passed over, {last}" if len(slots) == 1 else f"{len(slots)} slots passed over, {first} to {last}"
    return f"{report.key}: {which}, as catch_up = {report.catch_up} says"


def _send_all(way: Way, report: ReportRow, summary: RunSummary, waiting: list[Slot]) -> None:
    """Oldest first, of those that were held no more than would be caught up."""
    held = ledger_reading.held_slots(way.operational, report)
    if len(held) > report.catch_up_limit:
        _pass_over(way, report, summary, held[: -report.catch_up_limit])
    for slot in waiting:
        summary.states += send(way, report, slot)


def _send_latest(way: Way, report: ReportRow, summary: RunSummary, waiting: list[Slot]) -> None:
    """Newest first: when the data come after days, only the latest slot that they cover leaves of those that were held."""
    for slot in reversed(waiting):
        states = send(way, report, slot)
        summary.states += states
        if set(states) - {"held"}:
            older = [each for each in ledger_reading.held_slots(way.operational, report) if each.at < slot.at]
            _pass_over(way, report, summary, older)


def _pass_over(way: Way, report: ReportRow, summary: RunSummary, slots: list[Slot]) -> None:
    if not slots:
        return
    reason = f"passed over: the data came too late, and catch_up = {report.catch_up}"
    for slot in slots:
        summary.states["skipped"] += ledger.pass_over(way.operational, report, slot, reason=reason)
    summary.passed_over.append(_passed_over(report, slots))
