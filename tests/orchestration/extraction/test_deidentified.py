"""S16: nothing that a person wrote, and no secret, leaves the operational database.

Belongs here: what may be found in `raw`. Not here: whether rows arrive (`test_extract.py`).
"""

import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import errors, sql

from operational_schema import seeding
from orchestration.databases import Databases
from orchestration.extraction.extract import Extract
from orchestration.extraction.tables import TABLES
from tests.orchestration.extraction.conftest import rows_of_raw

pytestmark = pytest.mark.usefixtures("every_server")

CANARY = "canary4711"
# Free words that name no person: what the marts are divided by, and the tenant itself.
WORDS = {
    ("tenants", "name"), ("tenants", "slug"), ("conversations", "department"), ("conversations", "channel_type"),
    ("message_delivery_tracking", "channel_type"), ("scheduled_reports", "template"),
    ("conversation_events", "from_status"), ("conversation_events", "to_status"),
}  # fmt: skip


def _plant(source: psycopg.Connection) -> set[tuple[str, str]]:
    """The canary in every column of the extracted tables that takes it; returns those columns."""
    planted = set()
    for table, column, kind in _columns(source):
        value = {"jsonb": f'{{"lead_qualified": "{CANARY}", "{CANARY}": 1}}', "ARRAY": f"{{{CANARY}}}"}.get(
            kind, CANARY
        )
        name = sql.Identifier(column)
        # One row at a time: some columns are unique, or limited by others of the row.
        keys = [key for (key,) in source.execute(sql.SQL("select id from public.{}").format(sql.Identifier(table)))]
        for key in keys[:5]:
            try:
                with source.transaction():
                    source.execute(
                        sql.SQL("update public.{} set {} = %s where id = %s").format(sql.Identifier(table), name),
                        (value, key),
                    )
                planted.add((table, column))
            except errors.DatabaseError:
                continue
    return planted


def _columns(source: psycopg.Connection) -> Iterator[tuple[str, str, str]]:
    yield from source.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' "
        "and table_name = any(%s) and data_type in ('text', 'jsonb', 'ARRAY', 'character varying') "
        "and is_generated = 'NEVER' order by 1, 2",
        ([table.name for table in TABLES],),
    ).fetchall()


def test_no_text_name_address_or_secret_leaves(databases: Databases, run_extract: Callable[..., Extract]) -> None:
    seeding.seed(databases.operational)
    with psycopg.connect(databases.operational) as source:
        planted = _plant(source)
        customers = [str(key) for (key,) in source.execute("select id from public.customer_profiles")]
    assert {("messages", "content"), ("conversations", "user_email"), ("customer_profiles", "email")} < planted
    run_extract()
    landed = rows_of_raw(databases.warehouse)
    found = {
        (table.name, table.columns[place].name)
        for table in TABLES
        for row in landed[table.name]
        for place, value in enumerate(row)
        if CANARY in str(value)
    }
    assert found <= WORDS
    assert not [key for key in customers if key in repr(landed)], "a customer leaves as a pseudonym only"


def test_the_same_customer_at_two_tenants_cannot_be_joined(
    databases: Databases, tenant: uuid.UUID, run_extract: Callable[..., Extract]
) -> None:
    with psycopg.connect(databases.operational) as source:
        other = uuid.uuid4()
        source.execute(
            "insert into public.tenants (id, slug, name, timezone) values (%s, 'other', 'Other', 'UTC')", (other,)
        )
        for each in (tenant, other):
            source.execute(
                "insert into public.customer_profiles (tenant_id, email) values (%s, 'ann@example.com')", (each,)
            )
    run_extract()
    assert len({row[0] for row in rows_of_raw(databases.warehouse)["customer_profiles"]}) == 2


def test_every_extracted_table_has_seeded_rows_and_they_land(
    databases: Databases, run_extract: Callable[..., Extract], assert_equal: Callable[[], None]
) -> None:
    seeding.seed(databases.operational)
    done = run_extract()
    assert_equal()
    assert [name for name, landed in done.tables.items() if not landed.rows] == []
    with psycopg.connect(databases.operational) as source:
        (logged,) = source.execute("select etl.logged_tables()").fetchone()  # type: ignore[misc]
    assert set(logged) == done.tables.keys(), "what leaves is logged, and nothing else"
