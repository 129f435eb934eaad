"""Whether raw holds what the source holds, whatever the change log says: every table on both sides, and mending.

Belongs here: one reconciliation, and its ledger. Not here: following the log (`follow.py`), which comes first, so that both
sides stand at one snapshot; comparing one table (`comparing.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from orchestration.errors import WarehouseError
from orchestration.extraction import business_time, raw_tables, state
from orchestration.extraction.acknowledging import acknowledge
from orchestration.extraction.attempts import persist
from orchestration.extraction.comparing import Comparison, Difference
from orchestration.extraction.extract import landing_session
from orchestration.extraction.follow import Follower
from orchestration.extraction.landing import EmptiedError
from orchestration.extraction.sessions import Watch
from orchestration.extraction.snapshot import Snapshot, open_snapshot
from orchestration.extraction.tables import TABLES


@dataclass(frozen=True)
class Reconciliation:
    """What was compared, as of when, and what differed; mended unless it was a dry run. `skipped` says why a table was not.

    `notices` are those of the extract that came first: no other will say them again.
    """

    data_as_of: datetime
    rows: dict[str, int]
    differences: tuple[Difference, ...]
    is_dry: bool
    skipped: dict[str, str]
    notices: tuple[str, ...]


def reconcile(
    operational_url: str,
    warehouse_url: str,
    *,
    pseudonym_key: str,
    is_dry: bool = False,
    on_table: Callable[[str], None] = lambda name: None,
) -> Reconciliation:
    """Compare every table with the source and land what differs, in one transaction. Dry, nothing is landed at all.

    Lost connections are tried again.

    Raises WarehouseError where the log cannot be followed to a common snapshot: a full refresh compares every row then.
    """
    mended: list[Difference] = []

    def attempt(watch: Watch) -> Reconciliation:
        def step(name: str) -> None:
            watch.moved()
            on_table(name)

        with landing_session(warehouse_url) as warehouse:
            watch.add(warehouse)
            with open_snapshot(operational_url, pseudonym_key=pseudonym_key, on_open=watch.add) as snapshot:
                follower = _follow(snapshot, warehouse, pseudonym_key)
                done = _compare_all(snapshot, warehouse, follower, is_dry=is_dry, on_table=step)
                if is_dry:
                    warehouse.rollback()
                    return done
                business_time.bring_up_to_date(warehouse, data_as_of=snapshot.data_as_of)
                state.write(warehouse, snapshot, state.fingerprint(pseudonym_key))
                _note(warehouse, done)
                snapshot.settle()
            warehouse.commit()
            # Cut off from here on, the next attempt finds nothing more to mend.
            mended.extend(done.differences)
            acknowledge(operational_url, warehouse, snapshot, still_needed_by=tuple(follower.halted), on_open=watch.add)
        return replace(done, differences=tuple(mended))

    return persist(attempt)


def _compare_all(
    snapshot: Snapshot,
    warehouse: psycopg.Connection,
    follower: Follower,
    *,
    is_dry: bool,
    on_table: Callable[[str], None],
) -> Reconciliation:
    _write_alike(warehouse)
    _write_alike(snapshot.connection)
    rows, found, skipped = {}, list[Difference](), dict(follower.halted)
    for table in TABLES:
        on_table(table.name)
        comparison = Comparison(snapshot, warehouse, table)
        if table.name in skipped:
            continue
        if not is_dry and comparison.is_emptied():
            skipped[table.name] = str(EmptiedError(table.name))
            continue
        rows[table.name], differences = comparison.differences(mend=not is_dry)
        found += differences
        raw_tables.set_count(warehouse, table)
    return Reconciliation(snapshot.data_as_of, rows, tuple(found), is_dry, skipped, tuple(follower.notices))


def _follow(snapshot: Snapshot, warehouse: psycopg.Connection, pseudonym_key: str) -> Follower:
    known = state.read(warehouse)
    because = (
        known.why_not_continue(snapshot, state.fingerprint(pseudonym_key)) if known else "nothing has landed so far"
    )
    if because:
        raise WarehouseError(f"there is nothing to compare: {because}; run romashka refresh, which reads every row")
    follower = Follower(snapshot, warehouse, full=False)
    follower.follow_all()
    return follower


def _write_alike(connection: psycopg.Connection) -> None:
    """Have a session write instants and numbers as the other one does, until its transaction ends."""
    for setting, value in (("timezone", "UTC"), ("datestyle", "ISO, YMD"), ("extra_float_digits", "1")):
        connection.execute("select set_config(%s, %s, true)", (setting, value))


def _note(warehouse: psycopg.Connection, done: Reconciliation) -> None:
    run = warehouse.execute(
        "insert into ops.reconciliations (data_as_of, rows_compared, rows_mended) values (%s, %s, %s) returning id",
        (done.data_as_of, sum(done.rows.values()), sum(each.rows for each in done.differences)),
    ).fetchone()
    with warehouse.cursor() as cursor:
        cursor.executemany(
            "insert into ops.reconciled_buckets (reconciliation_id, table_name, tenant_id, month, source_rows, landed_rows, "
            "missing, extra, unlike) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (run and run[0], each.table, each.tenant_id, each.month, each.source_rows, each.landed_rows,
                 each.missing, each.extra, each.unlike)
                for each in done.differences
            ],
        )  # fmt: skip
