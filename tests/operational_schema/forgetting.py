"""Old conversations, a warehouse that has everything, and a run of retention: what the tests of forgetting share.

Belongs here: setting the scene. Not here: what must hold (`test_functions_retention.py`, `test_retention_rules.py`).
"""

import uuid
from datetime import UTC, datetime, timedelta

import psycopg

from tests.operational_schema.conftest import Tenant

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=500)
Forgotten = dict[tuple[str, str | None], int]


def landed(connection: psycopg.Connection) -> None:
    """What extraction does when the warehouse has everything."""
    with connection.transaction():
        connection.execute("select set_config('etl.pruning', 'on', true)")
        connection.execute("delete from etl.change")
        connection.execute(
            "insert into etl.acknowledged (snapshot, data_as_of) values (pg_current_snapshot(), now()) "
            "on conflict (only_row) do update set snapshot = excluded.snapshot, data_as_of = excluded.data_as_of"
        )


def retain(
    connection: psycopg.Connection, tenant: Tenant, as_of: datetime, *, most: int = 1000, dry: bool = False
) -> Forgotten:
    rows = connection.execute(
        "select table_name, kept_because, row_count from app.apply_retention(%s, %s, %s, %s)",
        (tenant.tenant, as_of, most, dry),
    )
    return {(table, reason): count for table, reason, count in rows}


def old(
    connection: psycopg.Connection, tenant: Tenant, at: datetime, status: str = "resolved", **columns: object
) -> uuid.UUID:
    """A conversation of which all happened at an instant, with a message."""
    with connection.transaction():
        connection.execute("select set_config('app.import', 'on', true)")
        row = connection.execute(
            "insert into public.conversations (tenant_id, status, created_at, resolved_at, customer_id) "
            "values (%s, %s, %s, %s, %s) returning id",
            (tenant.tenant, status, at, at if status == "resolved" else None, columns.get("customer")),
        ).fetchone()
        assert row
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
            "values (%s, %s, 'customer', 'x', %s)",
            (tenant.tenant, row[0], at),
        )
    return row[0]  # type: ignore[no-any-return]


def there(connection: psycopg.Connection, *keys: uuid.UUID) -> list[bool]:
    return [
        connection.execute("select 1 from public.conversations where id = %s", (key,)).fetchone() is not None
        for key in keys
    ]
