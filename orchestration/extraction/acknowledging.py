"""Telling the source what has landed: it may forget that part of its log, and delete what retention is waiting for.

What retention deleted it remembers for some weeks in `etl.outlived`: a warehouse from before then would take it for deleted.

Belongs here: the only writing that extraction does at the source. Not here: reading it (`snapshot.py`).
"""

from collections.abc import Callable
from datetime import timedelta

import psycopg

from orchestration.extraction.sessions import connect
from orchestration.extraction.snapshot import Snapshot

# After a first load or an import every extract would read the pages that the log has left, until autovacuum comes by.
ROWS_LEAVING_A_HOLE = 50_000
# A warehouse that is restored from an archive not older than this loses no fact that retention has left it.
OUTLIVED_FOR = timedelta(days=35)


def acknowledge(
    url: str,
    warehouse: psycopg.Connection,
    snapshot: Snapshot,
    *,
    still_needed_by: tuple[str, ...] = (),
    on_open: Callable[[psycopg.Connection], None] = lambda opened: None,
) -> int:
    """Note a snapshot as landed and prune the log it has seen, but for tables that have not followed it.

    Then the warehouse notes that the source knows: one that says something else afterwards was restored. Returns the
    log's rows deleted. Harmless to do twice.
    """
    with connect(url, on_open=on_open) as source:
        # Nothing in the log is lost with these: without this the log would begin another epoch.
        source.execute("select set_config('etl.pruning', 'on', true)")
        # What the warehouse takes for told must not be forgotten in a crash.
        source.execute("set local synchronous_commit = on")
        source.execute(
            """
            insert into etl.acknowledged (snapshot, data_as_of) values (%s::pg_snapshot, %s)
            on conflict (only_row) do update set
                snapshot = excluded.snapshot, data_as_of = excluded.data_as_of, acknowledged_at = clock_timestamp()
            """,
            (snapshot.id, snapshot.data_as_of),
        )
        pruned = source.execute(
            "select etl.prune(%s::pg_snapshot, %s::text[], %s::bigint[])",
            (snapshot.id, list(still_needed_by), list(snapshot.foreign)),
        ).fetchone()
        source.execute("delete from etl.outlived where pruned_at < now() - %s", (OUTLIVED_FOR,))
        source.commit()
        warehouse.execute("update ops.extract_state set acknowledged = snapshot::text")
        warehouse.commit()
        rows = pruned[0] if pruned else 0
        if rows >= ROWS_LEAVING_A_HOLE:
            source.autocommit = True
            source.execute("vacuum (skip_locked) etl.change")
    return int(rows)
