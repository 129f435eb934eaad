"""What the change log records, and the pseudonyms that leave in place of customers.

Belongs here: rows of etl.change per statement, and the functions of schema etl. Not here: reading the log
(`tests/orchestration/extraction`).
"""

import hashlib
import hmac
import random
import time
import uuid
from itertools import product

import psycopg
import pytest
from psycopg import errors, sql

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

LOGGED = (
    "tenants", "tenant_business_schedules", "tenant_business_hours", "tenant_special_days",
    "profiles", "customer_profiles", "conversations", "messages", "conversation_events", "system_settings",
    "conversation_transfers", "conversation_notes", "sla_tracking", "message_delivery_tracking", "agent_availability",
    "knowledge_items", "knowledge_analytics", "workflow_executions",
    "scheduled_reports", "export_jobs",
)  # fmt: skip
Change = tuple[str, str, uuid.UUID | None, uuid.UUID | None, str | None]


def _changes(connection: psycopg.Connection, *tables: str) -> list[Change]:
    """What was logged since the last look, of the given tables."""
    rows = connection.execute(
        "with gone as (delete from etl.change returning *) "
        "select table_name, operation, key, tenant_id, reason from gone where table_name = any(%s) order by sequence",
        (list(tables),),
    )
    return rows.fetchall()


def test_every_extracted_table_logs_the_keys_it_changes(connection: psycopg.Connection, acme: Tenant) -> None:
    assert connection.execute(
        "select etl.logged_tables() @> %(all)s and etl.logged_tables() <@ %(all)s", {"all": list(LOGGED)}
    ).fetchone() == (True,)
    inserted = _changes(connection, *LOGGED)
    for table in LOGGED:
        keys = {key for (key,) in connection.execute(sql.SQL("select id from public.{}").format(sql.Identifier(table)))}
        assert {change[1:] for change in inserted if change[:2] == (table, "I")} == {
            ("I", key, acme.tenant, None) for key in keys
        }, table
        # What a delivery already was, it does not become again.
        same = "max_retries = max_retries + 1" if table == "message_delivery_tracking" else "id = id"
        connection.execute(sql.SQL("update public.{} set {}").format(sql.Identifier(table), sql.SQL(same)))
        updated = _changes(connection, table)
        assert {change[1:] for change in updated} == {("U", key, acme.tenant, None) for key in keys}, table
        assert len(updated) == len(keys) > 0, table


def test_a_delete_logs_what_goes_with_it_and_why(connection: psycopg.Connection, acme: Tenant) -> None:
    row = connection.execute("select id from public.messages").fetchone()
    assert row
    for reason in ("erasure", None):
        _changes(connection)
        with connection.transaction(force_rollback=reason is not None):
            if reason:
                connection.execute("select set_config('etl.reason', %s, true)", (reason,))
            connection.execute("delete from public.conversations where id = %s", (acme.conversation,))
            found = _changes(connection, "conversations", "messages")
        assert set(found) == {
            ("conversations", "D", acme.conversation, acme.tenant, reason),
            ("messages", "D", row[0], acme.tenant, reason),
        }


@pytest.mark.parametrize("table", LOGGED)
def test_every_extracted_table_logs_why_its_rows_go_and_that_it_was_emptied(
    table: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    keys = {key for (key,) in connection.execute(sql.SQL("select id from public.{}").format(sql.Identifier(table)))}
    for statement, expected in (
        ("delete from public.{}", {(table, "D", key, acme.tenant, "retention") for key in keys}),
        ("truncate public.{} cascade", {(table, "T", None, None, None)}),
    ):
        with connection.transaction(force_rollback=True):
            # No key and no trail is in the way, and the log hears of it all the same.
            connection.execute("set local session_replication_role = replica")
            connection.execute("set local etl.reason = 'retention'")
            _changes(connection)
            connection.execute(sql.SQL(statement).format(sql.Identifier(table)))
            assert set(_changes(connection, table)) == expected


def test_a_reason_is_one_of_three(connection: psycopg.Connection, acme: Tenant) -> None:
    with pytest.raises(errors.CheckViolation, match="change_reason_known"), connection.transaction():
        connection.execute("set local etl.reason = 'because'")
        connection.execute("delete from public.messages")


def test_truncate_is_logged_without_keys(connection: psycopg.Connection, acme: Tenant) -> None:
    _changes(connection)
    connection.execute("truncate public.messages cascade")
    assert _changes(connection, "messages") == [("messages", "T", None, None, None)]


def test_a_changed_key_or_tenant_is_logged_old_and_new(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    row = connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, 'x', '1') returning id",
        (acme.tenant,),
    )
    found = row.fetchone()
    assert found
    old, new = found[0], uuid.uuid4()
    _changes(connection)
    connection.execute(
        "update public.system_settings set id = %s, tenant_id = %s where id = %s", (new, other.tenant, old)
    )
    assert set(_changes(connection, "system_settings")) == {
        ("system_settings", "U", old, acme.tenant, None),
        ("system_settings", "U", new, other.tenant, None),
    }


def test_a_statement_that_touches_nothing_logs_nothing(connection: psycopg.Connection, acme: Tenant) -> None:
    _changes(connection)
    connection.execute("update public.messages set content = 'x' where false")
    connection.execute("delete from public.messages where false")
    assert _changes(connection, *LOGGED) == []


def test_replication_mode_does_not_slip_past(connection: psycopg.Connection, acme: Tenant) -> None:
    """X10."""
    _changes(connection)
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute("update public.messages set content = 'y' where sender_type = 'customer'")
        connection.execute("delete from public.messages where sender_type = 'customer'")
    assert [change[1] for change in _changes(connection, "messages")] == ["U", "D"]


def test_the_application_fills_the_log_that_it_cannot_read(connection: psycopg.Connection, acme: Tenant) -> None:
    _changes(connection)
    with acting(connection, acme.claims(acme.agent), keep=True):
        connection.execute("update public.customer_profiles set name = 'x'")
    assert [change[1] for change in _changes(connection, "customer_profiles")] == ["U"]


def test_a_rolled_back_savepoint_leaves_nothing(connection: psycopg.Connection, acme: Tenant) -> None:
    """X3."""
    _changes(connection)
    with connection.transaction():
        with connection.transaction(force_rollback=True):
            connection.execute("update public.messages set content = 'x'")
        connection.execute("update public.customer_profiles set name = 'x'")
    assert {change[0] for change in _changes(connection, *LOGGED)} == {"customer_profiles"}


def test_hmac_is_the_one_of_rfc_2104(connection: psycopg.Connection) -> None:
    chance = random.Random(2104)
    for length, message in product((0, 1, 31, 32, 63, 64, 65, 200), (b"", b"x", chance.randbytes(1_000))):
        key = chance.randbytes(length)
        row = connection.execute("select etl.hmac_sha256(%b::bytea, %b::bytea)", (key, message)).fetchone()
        assert row == (hmac.new(key, message, hashlib.sha256).digest(),)


def _pseudonym(connection: psycopg.Connection, key: str | None, tenant: uuid.UUID, id: uuid.UUID | None) -> object:
    with connection.transaction():
        if key is not None:
            connection.execute("select set_config('etl.pseudonym_key', %s, true)", (key,))
        row = connection.execute("select etl.pseudonym(%s::uuid, %s::uuid)", (tenant, id)).fetchone()
    return row[0] if row else None


def test_a_pseudonym_follows_from_key_tenant_and_customer(connection: psycopg.Connection) -> None:
    """R10."""
    tenant, customer, key = uuid.uuid4(), uuid.uuid4(), "grün" * 10
    of_tenant = hmac.new(key.encode(), tenant.bytes, hashlib.sha256).digest()
    expected = uuid.UUID(bytes=hmac.new(of_tenant, customer.bytes, hashlib.sha256).digest()[:16])
    assert _pseudonym(connection, key, tenant, customer) == expected
    assert _pseudonym(connection, key, uuid.uuid4(), customer) != expected
    assert _pseudonym(connection, key + "!", tenant, customer) != expected
    assert _pseudonym(connection, key, tenant, None) is None


@pytest.mark.parametrize("key", [None, ""])
def test_there_is_no_pseudonym_without_a_key(key: str | None, connection: psycopg.Connection) -> None:
    with pytest.raises(errors.RaiseException, match=r"etl\.pseudonym_key is not set"):
        _pseudonym(connection, key, uuid.uuid4(), uuid.uuid4())


def test_pseudonyms_are_cheap(connection: psycopg.Connection) -> None:
    """A first extract makes one per conversation; 100 µs each is five times what it takes, on a busy machine too."""
    connection.execute("select set_config('etl.pseudonym_key', 'some key', false)")
    rows = 10_000
    took = []
    for _ in range(3):
        began = time.perf_counter()
        connection.execute(
            "select count(etl.pseudonym(gen_random_uuid(), gen_random_uuid())) from generate_series(1, %s)", (rows,)
        )
        took.append(time.perf_counter() - began)
    assert min(took) / rows < 100e-6
