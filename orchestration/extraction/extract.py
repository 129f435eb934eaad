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
# Of our own: rows that die at the source stay on its pages, and in the way of its readers, until it ends.
LONG_SNAPSHOT_SECONDS = 900
FIRST, ASKED_FOR = "first extract", "asked for"
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
    snapshot_seconds: float

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
            snapshot_seconds=max(earlier.snapshot_seconds, self.snapshot_seconds),
        )


def extract(
    operational_url: str,
    warehouse_url: str,
    *,
    pseudonym_key: str,
    full: bool = False,
    replace: bool = False,
    on_step: Step = lambda step, name: None,
    silent_seconds: float = SILENT_SECONDS,
    waits: tuple[float, ...] = WAITS,
) -> Extract:
    """Land everything that was committed at the source since the last extract; all of it where that cannot be told.

    Interrupted, nothing has landed; lost connections are tried again, after `waits`. Raises WarehouseError for a truncated
    table unless `full` says that it was meant, and for a source without our tenants unless it may `replace` all of it.
    """
    committed: list[Extract] = []

    def attempt(watch: Watch) -> Extract:
        def step(name: str, table: str) -> None:
            watch.moved()
            on_step(name, table)

        with landing_session(warehouse_url) as warehouse:
            watch.add(warehouse)
            with open_snapshot(operational_url, pseudonym_key=pseudonym_key, on_open=watch.add) as snapshot:
                because = _why_full(warehouse, snapshot, pseudonym_key, full=full, replace=replace)
                landed = _land(snapshot, warehouse, because, on_step=step, on_block=watch.moved)
                state.write(warehouse, snapshot, state.fingerprint(pseudonym_key))
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
    full_because: str | None,
    *,
    on_step: Step,
    on_block: Callable[[], None],
) -> Extract:
    follower = Follower(
        snapshot,
        warehouse,
        full=bool(full_because),
        accepts_emptied=full_because in (FIRST, ASKED_FOR),
        on_step=on_step,
        on_block=on_block,
    )
    tables = follower.follow_all()
    business_time.bring_up_to_date(warehouse, data_as_of=snapshot.data_as_of)
    oldest, age = snapshot.oldest_writer(), snapshot.age()
    too_long = filter(None, [_long_transaction(oldest), _long_snapshot(age)])
    return Extract(
        tables,
        snapshot.data_as_of,
        full_because,
        follower.halted,
        (*follower.notices, *gauges.unheard(snapshot.connection).values(), *too_long),
        follower.log_rows,
        oldest,
        age,
    )


def _why_full(
    warehouse: psycopg.Connection, snapshot: Snapshot, pseudonym_key: str, *, full: bool, replace: bool
) -> str | None:
    """Why every row is to be compared. Raises WarehouseError for a source that knows none of our tenants."""
    known = state.read(warehouse)
    if known is None:
        return FIRST
    lost = known.why_not_continue(snapshot, state.fingerprint(pseudonym_key))
    if lost and not replace:
        state.refuse_other_tenants(warehouse, snapshot, why=lost)
    return ASKED_FOR if full or replace else lost


def _long_transaction(writer: OpenWriter | None) -> str | None:
    if writer is None or writer.seconds <= LONG_TRANSACTION_SECONDS:
        return None
    return (
        f"{writer.name} has been open for more than {LONG_TRANSACTION_SECONDS} s: "
        "its rows, and the change log, wait for it"
    )


def _long_snapshot(seconds: float) -> str | None:
    if seconds <= LONG_SNAPSHOT_SECONDS:
        return None
    return (
        f"the source was held at one snapshot for {seconds:,.0f} s, and its server could clean up nothing meanwhile: "
        "see what the warehouse waited for, or refresh more often"
    )
