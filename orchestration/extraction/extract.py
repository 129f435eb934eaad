"""One extract: what changed at the source since the last one, landed in `raw` in one transaction.

Belongs here: the order of things. Not here: the statements (`snapshot.py`, `landing.py`), one table (`follow.py`), when the
log does not tell enough (`state.py`), and what is tried again (`attempts.py`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from orchestration.extraction import business_time, gauges, state
from orchestration.extraction.acknowledging import acknowledge
from orchestration.extraction.attempts import WAITS, persist
from orchestration.extraction.follow import Follower
from orchestration.extraction.landing import Landed
from orchestration.extraction.sessions import SILENT_SECONDS, Watch, connect
from orchestration.extraction.snapshot import OpenWriter, Snapshot, open_snapshot

# Who lands takes turns: a window that is older must never land, or be acknowledged, after a younger one.
LANDING_LOCK = 7_305_571_143
# Ten minutes: what the application does in one transaction takes seconds.
LONG_TRANSACTION_SECONDS = 600
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

    @property
    def held_back(self) -> str | None:
        """Which transaction has been open for too long at the source, in a line; None where none has."""
        return _long_transaction(self.oldest_writer)

    def after(self, earlier: "Extract") -> "Extract":
        """The same, with what had landed when an earlier attempt was cut off."""
        return replace(
            self,
            tables={name: landed.after(earlier.tables[name]) for name, landed in self.tables.items()},
            full_because=self.full_because or earlier.full_because,
            notices=tuple(dict.fromkeys((*earlier.notices, *self.notices))),
        )


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

    committed: list[Extract] = []

    def attempt(watch: Watch) -> Extract:
        def step(name: str, table: str) -> None:
            watch.moved()
            on_step(name, table)

        with landing_session(warehouse_url) as warehouse:
            watch.add(warehouse)
            with open_snapshot(operational_url, pseudonym_key=pseudonym_key, on_open=watch.add) as snapshot:
                fingerprint = state.fingerprint(pseudonym_key)
                landed = _land(snapshot, warehouse, fingerprint, asked_full=full, on_step=step, on_block=watch.moved)
                step("landed", "")
                snapshot.settle()
            warehouse.commit()
            # Cut off from here on, the next attempt finds nothing more to land.
            committed.append(landed.after(committed[-1]) if committed else landed)
            step("committed", "")
            # Only after the warehouse has committed: a log pruned first would be lost with the landing.
            acknowledge(operational_url, warehouse, snapshot, still_needed_by=tuple(landed.halted), on_open=watch.add)
        return committed[-1]

    return persist(attempt, waits=waits, silent_seconds=silent_seconds)


@contextmanager
def landing_session(warehouse_url: str) -> Iterator[psycopg.Connection]:
    """A session of the warehouse that may land, and tell the source. It waits for the one before, also if that is killed."""
    with connect(warehouse_url) as warehouse:
        warehouse.execute("select pg_advisory_lock(%s)", (LANDING_LOCK,))
        warehouse.commit()
        yield warehouse


def _land(
    snapshot: Snapshot,
    warehouse: psycopg.Connection,
    fingerprint: str,
    *,
    asked_full: bool,
    on_step: Step,
    on_block: Callable[[], None],
) -> Extract:
    known = state.read(warehouse)
    full_because = _why_full(known, snapshot, fingerprint, asked=asked_full)
    follower = Follower(
        snapshot,
        warehouse,
        full=bool(full_because),
        accepts_truncation=asked_full or known is None,
        on_step=on_step,
        on_block=on_block,
    )
    tables = follower.follow_all()
    business_time.bring_up_to_date(warehouse, data_as_of=snapshot.data_as_of)
    state.write(warehouse, snapshot, fingerprint)
    oldest = snapshot.oldest_writer()
    return Extract(
        tables,
        snapshot.data_as_of,
        full_because,
        follower.halted,
        (*follower.notices, *gauges.unheard(snapshot.connection).values(), *filter(None, [_long_transaction(oldest)])),
        follower.log_rows,
        oldest,
    )


def _why_full(known: state.State | None, snapshot: Snapshot, fingerprint: str, *, asked: bool) -> str | None:
    if known is None:
        return "first extract"
    if asked:
        return "asked for"
    return known.why_not_continue(snapshot, fingerprint)


def _long_transaction(writer: OpenWriter | None) -> str | None:
    if writer is None or writer.seconds <= LONG_TRANSACTION_SECONDS:
        return None
    return (
        f"{writer.name} has been open for more than {LONG_TRANSACTION_SECONDS} s: "
        "its rows, and the change log, wait for it"
    )
