"""What the next build is asked to be about, beyond what has landed: some days, or everything.

Belongs here: asking for a rebuild, and whether anything is to be built. Not here: what a landing touches
(`orchestration/extraction/touched.py`).
"""

from datetime import date

import psycopg

from orchestration.errors import WarehouseError


def everything(warehouse: psycopg.Connection) -> None:
    """Have every row of every mart built anew."""
    warehouse.execute("insert into ops.touched_everything default values on conflict do nothing")


def days(warehouse: psycopg.Connection, *, first: date, last: date) -> int:
    """Have the local days of every tenant from the first to the last built anew. Returns how many days those are."""
    if first > last:
        raise WarehouseError(f"there is no day from {first} to {last}: the first must not be after the last")
    return warehouse.execute(
        """
        insert into ops.touched_days
        select tenants.id, cast(day as date)
        from raw.tenants, generate_series(%s::date, %s::date, interval '1 day') as day
        on conflict do nothing
        """,
        (first, last),
    ).rowcount


def is_anything(warehouse: psycopg.Connection) -> bool:
    """Whether a build would be about any row: touched, asked for, or due by the data's instant."""
    row = warehouse.execute(
        """
        select
            exists (select from ops.touched_everything)
            or exists (select from ops.touched_conversations)
            or exists (select from ops.touched_tenants)
            or exists (select from ops.touched_lists)
            or exists (select from ops.touched_runs)
            or exists (select from ops.touched_days)
            or exists (
                select from facts.conversation_analytics as due
                where due.next_due_at <= (select state.data_as_of from raw.extract as state)
            )
        """
    ).fetchone()
    return bool(row and row[0])
