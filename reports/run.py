"""A run: every report whose slot has come is sent, and what waits from earlier runs.

Belongs here: the order of a run, and that no report holds up another. Not here: one report's turn (`turn.py`), and what a run
tells (`summary.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from reports import ledger_upkeep, notices, query, turn
from reports.addresses import address
from reports.deliver import Transport
from reports.errors import RunStoppedError, in_words
from reports.file_links import FileLinks
from reports.report_rows import Connection, active_reports
from reports.sessions import require_own_session
from reports.summary import RunSummary
from reports.unsubscribing import Unsubscribing
from reports.way import MOST_MAIL_BYTES, Way

SENDER = "ROMASHKA reports <reports@romashka.example>"


@dataclass(frozen=True)
class Office:
    """Where reports are made: both databases, the way out, the folder of rendered files, how recipients leave and get files."""

    operational_url: str
    warehouse_url: str
    transport: Transport
    output: Path
    sender: str = SENDER
    unsubscribing: Unsubscribing | None = None
    most_mail_bytes: int = MOST_MAIL_BYTES
    file_links: FileLinks | None = None


def run_due(
    office: Office,
    *,
    at: datetime,
    report_type: str | None = None,
    on_progress: Callable[[int], None] = lambda steps: None,
) -> RunSummary:
    """Enter what is due, and send everything that waits. A slot that was sent to somebody is never sent to them again.

    Raises ReportError when nothing can be sent at all.
    """
    address(office.sender)
    summary = RunSummary()
    with (
        psycopg.connect(office.operational_url, autocommit=True) as operational,
        query.marts(office.warehouse_url) as marts,
    ):
        require_own_session(operational, office.operational_url)
        query.data_as_of(marts)
        way = _way(office, operational, marts, at)
        summary.states["unknown"] += ledger_upkeep.settle_abandoned(operational)
        summary.states["skipped"] += ledger_upkeep.skip_unwanted(operational)
        notices.tell_open(way)
        for report in active_reports(operational, report_type=report_type):
            # What nobody foresaw in one tenant's report must not hold up the reports of others; it is told at the end.
            try:
                turn.take(way, report, summary)
            except (RunStoppedError, psycopg.OperationalError):
                raise
            except Exception as error:
                summary.wrong.append(f"report {report.key}: {in_words(error)}")
            on_progress(1)
    return summary


def _way(office: Office, operational: Connection, marts: Connection, at: datetime) -> Way:
    return Way(
        operational=operational,
        marts=marts,
        transport=office.transport,
        output=office.output,
        sender=office.sender,
        at=at,
        unsubscribing=office.unsubscribing,
        most_mail_bytes=office.most_mail_bytes,
        file_links=office.file_links,
    )
