"""Telling the source what has landed: it may forget that part of its log, and delete what retention is waiting for.

Belongs here: the only writing that extraction does at the source. Not here: reading it (`snapshot.py`).
"""

from datetime import datetime

from orchestration.extraction.sessions import connect

# After a first load or an import every extract would read the pages that the log has left, until autovacuum comes by.
ROWS_LEAVING_A_HOLE = 50_000


def acknowledge(url: str, snapshot: str, data_as_of: datetime, *, still_needed_by: tuple[str, ...] = ()) -> int:
    """Note a snapshot as landed and prune the log it has seen, but for tables that have not followed it.

    Returns the log's rows deleted.
    """
    with connect(url) as source:
        # Nothing in the log is lost with these: without this the log would begin another epoch.
        source.execute("select set_config('etl.pruning', 'on', true)")
        source.execute(
            """
            insert into etl.acknowledged (snapshot, data_as_of) values (%s::pg_snapshot, %s)
            on conflict (only_row) do update set
                snapshot = excluded.snapshot, data_as_of = excluded.data_as_of, acknowledged_at = clock_timestamp()
            """,
            (snapshot, data_as_of),
        )
        pruned = source.execute(
            "delete from etl.change where pg_visible_in_snapshot(xid, %s::pg_snapshot) and table_name <> all(%s)",
            (snapshot, list(still_needed_by)),
        ).rowcount
        source.commit()
        if pruned >= ROWS_LEAVING_A_HOLE:
            source.autocommit = True
            source.execute("vacuum (skip_locked) etl.change")
    return pruned
