"""One extract: what changed at the source since the last one, landed in `raw` in one transaction.

Belongs here: the order of things, and what is tried again. Not here: the statements (`snapshot.py`, `landing.py`), one
table (`follow.py`), and when the log does not tell enough (`state.py`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg

from orchestration.errors import WarehouseError
from orchestration.extraction import business_time, gauges, state
from orchestration.extraction.acknowledging import acknowledge
from orchestration.extraction.follow import Follower
from orchestration.extraction.landing import Landed
from orchestration.extraction.sessions import SILENT_SECONDS, connect, watched
from orchestration.extraction.snapshot import OpenWriter, Snapshot, open_snapshot

# Transactions of the warehouse that land take turns: a window that is older must never land after a younger one.
LANDING_LOCK = 7_305_571_143
WAITS = (1.0, 5.0)
Step = Callable[[str, str], None]


@dataclass(frozen=True)
class Extract:
    """What an extract landed: rows by table, the instant that raw now equals, and what a person should know of it."""

    tables: dict[str, Landed]
    data_as_of: datetime
    full_because: str | None
    halted: dict[str, str]
    notices: tuple[str, ...]
    log_rows: int
    oldest_writer: OpenWriter | None


def extract(
    operational_url: str,
    warehouse_url: str,
    *,
    pseudonym_key: str,
    full: bool = False,
    on_step: Step = lambda step, name: None,
    silent_seconds: float = SILENT_SECONDS,
    waits: tuple[float, ...] = WAITS,
) -> Extract:
    """Land everything that was committed at the source since the last extract; all of it where that cannot be told.

    Rows and state commit together; interrupted, nothing has landed and the next extract does it again. Lost
    connections are tried again, after `waits`. Raises WarehouseError if a table was truncated at the source and `full`
    does not say that this was meant, and where nothing could be landed.
    """
    for wait in (*waits, None):
        try:
            landed, snapshot_id = _land(
                operational_url, warehouse_url, pseudonym_key, full=full, on_step=on_step, silent_seconds=silent_seconds
            )
            on_step("committed", "")
            # Only after the warehouse has committed: a log pruned first would be lost with the landing.
            acknowledge(operational_url, snapshot_id, landed.data_as_of, still_needed_by=tuple(landed.halted))
        except psycopg.OperationalError as error:
            if wait is None:
                raise WarehouseError(
                    f"the extract was cut off: {_first_line(error)}; nothing was half landed"
                ) from error
            time.sleep(wait)
        except psycopg.Error as error:
            raise WarehouseError(f"the extract failed: {_first_line(error)}; nothing was half landed") from error
        else:
            return landed
    raise AssertionError("the last attempt returns or raises")


def _land(
    operational_url: str, warehouse_url: str, pseudonym_key: str, *, full: bool, on_step: Step, silent_seconds: float
) -> tuple[Extract, str]:
    with connect(warehouse_url) as warehouse:
        # Before the snapshot: who waits here must not land what is older than what came meanwhile.
        warehouse.execute("select pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
        with (
            open_snapshot(operational_url, pseudonym_key=pseudonym_key) as snapshot,
            watched(snapshot.connection, warehouse, seconds=silent_seconds) as watch,
        ):
            known = state.read(warehouse)
            fingerprint = state.fingerprint(pseudonym_key)
            full_because = _why_full(known, snapshot, fingerprint, asked=full)

            def step(name: str, table: str) -> None:
                watch.moved()
                on_step(name, table)

            follower = Follower(snapshot, warehouse, full=bool(full_because), on_step=step, on_block=watch.moved)
            tables = follower.follow_all()
            business_time.bring_up_to_date(warehouse, data_as_of=snapshot.data_as_of)
            state.write(warehouse, snapshot, fingerprint)
            landed = Extract(
                tables,
                snapshot.data_as_of,
                full_because,
                follower.halted,
                (*follower.notices, *gauges.unheard(snapshot.connection).values()),
                follower.log_rows,
                snapshot.oldest_writer(),
            )
            on_step("landed", "")
    return landed, snapshot.id


def _why_full(known: state.State | None, snapshot: Snapshot, fingerprint: str, *, asked: bool) -> str | None:
    if known is None:
        return "first extract"
    if asked:
        return "asked for"
    return known.why_not_continue(snapshot, fingerprint)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
