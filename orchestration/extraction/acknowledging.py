"""Telling the source what has landed: it may forget that part of its log, and delete what retention is waiting for.

What retention deleted it remembers for some weeks in `etl.outlived`: a warehouse from before then would take it for deleted.

Belongs here: the only writing that extraction does at the source. Not here: reading it (`snapshot.py`).
"""

from datetime import datetime, timedelta

from orchestration.extraction.sessions import connect

# After a first load or an import every extract would read the pages that the log has left, until autovacuum comes by.
ROWS_LEAVING_A_HOLE = 50_000
# A warehouse that is restored from an archive not older than this loses no fact that retention has left it.
OUTLIVED_FOR = timedelta(days=35)
PRUNE = """
    with pruned as (
        delete from etl.change
        where pg_visible_in_snapshot(xid, %(snapshot)s::pg_snapshot) and table_name <> all (%(kept)s)
        returning sequence, table_name, operation, key, tenant_id, reason
    ), deleted as (
        select distinct on (table_name, key) table_name, key, tenant_id, reason
        from pruned
        where operation = 'D'
        order by table_name, key, sequence desc
    ), otherwise as (
        delete from etl.outlived using deleted
        where outlived.table_name = deleted.table_name and outlived.key = deleted.key
            and deleted.reason is distinct from 'retention'
    ), outlived as (
        insert into etl.outlived (table_name, key, tenant_id)
        select table_name, key, tenant_id from deleted where reason = 'retention'
        on conflict (table_name, key) do update set pruned_at = excluded.pruned_at
    )
    select count(*) from pruned
"""


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
        pruned = source.execute(PRUNE, {"snapshot": snapshot, "kept": list(still_needed_by)}).fetchone()
        source.execute("delete from etl.outlived where pruned_at < now() - %s", (OUTLIVED_FOR,))
        source.commit()
        rows = pruned[0] if pruned else 0
        if rows >= ROWS_LEAVING_A_HOLE:
            source.autocommit = True
            source.execute("vacuum (skip_locked) etl.change")
    return int(rows)
