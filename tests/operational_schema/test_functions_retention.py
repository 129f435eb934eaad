"""Forgetting by rule: exact to the second, never ahead of the warehouse, never what is open or held.

Belongs here: app.apply_retention and cleanup_old_data. Not here: what each table's rule says
(`test_retention_rules.py`), the command, and files (`tests/orchestration/lifecycle/`).
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.operational_schema.conftest import Tenant
from tests.operational_schema.forgetting import LONG_AGO, NOW, landed, old, retain, there

pytestmark = pytest.mark.usefixtures("every_server")

# Clocks that change at midnight, at one, by half an hour, or not at all.
ZONES = (
    "America/New_York", "Europe/Berlin", "America/Havana", "Asia/Beirut", "America/Santiago", "Atlantic/Azores",
    "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo", "Asia/Tehran", "America/Asuncion", "UTC",
)  # fmt: skip
# Run at, and the first instant that stays: 365 of the tenant's days before its midnight; over both changes of clocks, and a
# leap year.
BOUNDARIES = [
    ("2026-03-10T12:00Z", "2025-03-10T04:00Z"), ("2026-03-08T12:00Z", "2025-03-08T05:00Z"),
    ("2025-03-09T03:59Z", "2024-03-08T05:00Z"), ("2024-12-31T12:00Z", "2024-01-01T05:00Z"),
    ("2025-11-02T23:00Z", "2024-11-02T04:00Z"), ("2026-11-01T12:00Z", "2025-11-01T04:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "boundary"), BOUNDARIES)
def test_a_period_ends_at_the_tenants_midnight(
    run: str, boundary: str, connection: psycopg.Connection, empty: Tenant
) -> None:
    as_of, first_kept = datetime.fromisoformat(run), datetime.fromisoformat(boundary)
    stays = old(connection, empty, first_kept)
    goes = old(connection, empty, first_kept - timedelta(seconds=1))
    landed(connection)
    assert retain(connection, empty, as_of, dry=True)["conversations", None] == 1
    assert there(connection, stays, goes) == [True, True], "a dry run forgets nothing"
    assert retain(connection, empty, as_of)["conversations", None] == 1
    assert there(connection, stays, goes) == [True, False]
    assert ("conversations", None) not in retain(connection, empty, as_of), "the second run finds nothing"
    reasons = connection.execute("select distinct reason from etl.change where operation = 'D'").fetchall()
    assert reasons == [("retention",)]


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2000, 1, 1), date(2035, 1, 1)),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_day_begins_where_python_says(connection: psycopg.Connection, zone: str, day: date) -> None:
    row = connection.execute("select app.day_begins(%s::date::timestamp, %s)", (day, zone)).fetchone()
    assert row and row[0] == datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def test_a_day_with_two_midnights_begins_at_the_first(connection: psycopg.Connection, empty: Tenant) -> None:
    """Havana puts its clocks back from 1:00 to 0:00; at time zone takes the second."""
    connection.execute("update public.tenants set timezone = 'America/Havana'")
    first_kept = datetime(2025, 11, 2, 4, tzinfo=UTC)
    stays, goes = old(connection, empty, first_kept), old(connection, empty, first_kept - timedelta(seconds=1))
    landed(connection)
    retain(connection, empty, datetime(2026, 11, 2, 12, tzinfo=UTC))
    assert there(connection, stays, goes) == [True, False]


@pytest.mark.parametrize(
    ("zone", "run", "files", "months"),
    [
        ("Europe/Berlin", "2026-04-15T12:00Z", "2026-03-15T23:00Z", "2019-04-14T22:00Z"),
        ("America/New_York", "2024-03-30T12:00Z", "2024-02-29T05:00Z", "2017-03-30T04:00Z"),
        ("America/New_York", "2024-02-29T12:00Z", "2024-01-30T05:00Z", "2017-02-28T05:00Z"),
        ("Asia/Kolkata", "2032-02-28T18:29Z", "2032-01-28T18:30Z", "2025-02-27T18:30Z"),
        ("Asia/Kolkata", "2032-02-28T18:30Z", "2032-01-29T18:30Z", "2025-02-27T18:30Z"),
    ],
)
def test_what_lies_elsewhere_ends_at_the_tenants_midnight_too(
    connection: psycopg.Connection, empty: Tenant, zone: str, run: str, files: str, months: str
) -> None:
    """Over a change of clocks, to a leap day, from one, and in the minute in which one begins."""
    connection.execute("update public.tenants set timezone = %s where id = %s", (zone, empty.tenant))
    rules = connection.execute(
        "select kind, older_than, (first_day::timestamp at time zone %s) from app.file_rules(%s, %s)",
        (zone, empty.tenant, run),
    ).fetchall()
    ends = {kind: (older_than, begins) for kind, older_than, begins in rules}
    assert ends["rendered reports"] == (datetime.fromisoformat(files),) * 2
    assert ends["months of the warehouse"] == ends["months of the archive"] == (datetime.fromisoformat(months),) * 2


def test_each_tenant_has_its_own_period(connection: psycopg.Connection, empty: Tenant, other: Tenant) -> None:
    connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) "
        "values (%s, 'conversation_history_retention', '90')",
        (other.tenant,),
    )
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    ours, theirs = (old(connection, tenant, now - timedelta(days=91)) for tenant in (empty, other))
    landed(connection)
    assert ("conversations", None) not in retain(connection, empty, now)
    assert retain(connection, other, now)["conversations", None] >= 1
    assert there(connection, ours, theirs) == [True, False]


@pytest.mark.parametrize("setting", ["0", "-5", '"soon"', "null", "12345678", "1.5"])
def test_a_setting_that_is_no_number_of_days_forgets_nothing_early(
    setting: str, connection: psycopg.Connection, empty: Tenant
) -> None:
    connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, %s, %s::jsonb)",
        (empty.tenant, "conversation_history_retention", setting),
    )
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    kept, gone = (old(connection, empty, now - timedelta(days=days)) for days in (360, 370))
    landed(connection)
    retain(connection, empty, now)
    assert there(connection, kept, gone) == [True, False]


def test_what_is_open_stays_and_says_why(connection: psycopg.Connection, empty: Tenant) -> None:
    for status in ("active", "pending", "escalated", "escalated", "resolved"):
        old(connection, empty, LONG_AGO, status)
    landed(connection)
    done = retain(connection, empty, NOW)
    assert {key: count for key, count in done.items() if key[0] == "conversations"} == {
        ("conversations", None): 1, ("conversations", "open"): 2, ("conversations", "escalated"): 2,
    }  # fmt: skip


def test_what_is_held_stays_until_it_is_released(connection: psycopg.Connection, empty: Tenant) -> None:
    held = old(connection, empty, LONG_AGO)
    of_customer = old(connection, empty, LONG_AGO, customer=empty.customer)
    for column, key in (("conversation_id", held), ("customer_id", empty.customer)):
        connection.execute(
            f"insert into public.legal_holds (tenant_id, {column}, reason) values (%s, %s, 'a court')".encode(),
            (empty.tenant, key),
        )
    landed(connection)
    assert retain(connection, empty, NOW)["conversations", "legal hold"] == 2
    assert there(connection, held, of_customer) == [True, True]
    connection.execute(
        "update public.legal_holds set released_at = now() - interval '10 years' where released_at is null"
    )
    landed(connection)
    assert retain(connection, empty, datetime.now(UTC) + timedelta(days=900))["conversations", None] == 2


def test_nothing_goes_before_the_warehouse_has_it(connection: psycopg.Connection, empty: Tenant) -> None:
    first = old(connection, empty, LONG_AGO)
    connection.execute("delete from etl.acknowledged")
    assert retain(connection, empty, NOW)["conversations", "not in the warehouse yet"] == 1
    landed(connection)
    second = old(connection, empty, LONG_AGO)
    connection.execute(
        "insert into public.conversation_notes (tenant_id, conversation_id, note, created_at) values (%s, %s, 'late', %s)",
        (empty.tenant, first, LONG_AGO),
    )
    assert retain(connection, empty, NOW)["conversations", "not in the warehouse yet"] == 2, "a part of it is not there"
    landed(connection)
    assert retain(connection, empty, NOW)["conversations", None] == 2
    assert there(connection, first, second) == [False, False]


def test_all_of_a_held_tenant_stays(connection: psycopg.Connection, empty: Tenant) -> None:
    kept = old(connection, empty, LONG_AGO)
    connection.execute("update public.webhook_logs set created_at = %s", (LONG_AGO,))
    connection.execute("insert into public.legal_holds (tenant_id, reason) values (%s, 'a court')", (empty.tenant,))
    landed(connection)
    done = retain(connection, empty, NOW)
    assert {reason for _, reason in done} == {"legal hold"}
    assert done["conversations", "legal hold"] == 1
    assert done["webhook_logs", "legal hold"] >= 1
    assert there(connection, kept) == [True]


def test_a_hold_that_ends_before_the_day_of_the_run_is_in_force_today(
    connection: psycopg.Connection, empty: Tenant
) -> None:
    kept = old(connection, empty, LONG_AGO)
    connection.execute(
        "insert into public.legal_holds (tenant_id, conversation_id, reason, expires_at) "
        "values (%s, %s, 'a court', now() + interval '1 day')",
        (empty.tenant, kept),
    )
    landed(connection)
    later = datetime.now(UTC) + timedelta(days=30)
    assert retain(connection, empty, later)["conversations", "legal hold"] == 1
    assert there(connection, kept) == [True]


@pytest.mark.parametrize("at_work", ["update public.conversations set status = 'active'", "select 1 {} for key share"])
def test_who_is_at_work_on_a_conversation_keeps_it(
    at_work: str, connection: psycopg.Connection, operational_url: str, empty: Tenant
) -> None:
    """Reopened between the look and the delete; or a message is just being written to it."""
    key = old(connection, empty, LONG_AGO)
    landed(connection)
    with psycopg.connect(operational_url) as person:
        person.execute(at_work.format("from public.conversations").encode())
        assert ("conversations", None) not in retain(connection, empty, NOW)
        person.commit()
    assert there(connection, key) == [True]


def test_a_dry_run_says_what_the_run_then_deletes(connection: psycopg.Connection, empty: Tenant) -> None:
    """Also of what goes with something else."""
    for _ in range(3):
        old(connection, empty, LONG_AGO, customer=empty.customer)
    landed(connection)
    later = datetime.now(UTC) + timedelta(days=800)
    foreseen = retain(connection, empty, later, dry=True)
    assert foreseen["messages", None] == 3
    assert foreseen["customer_profiles", None] == 1, "a customer goes with the last conversation"
    before = _rows(connection)
    assert retain(connection, empty, later) == foreseen
    after = _rows(connection)
    gone = {(table, None): before[table] - after[table] for table in before if before[table] > after[table]}
    assert {key: count for key, count in foreseen.items() if key[1] is None and key[0] != "audit_logs"} == gone


def _rows(connection: psycopg.Connection) -> dict[str, int]:
    """Of every table but the trail, which grows by what is done."""
    tables = connection.execute(
        "select table_name from app.retention_rules() where table_name <> 'audit_logs'"
    ).fetchall()
    return {
        table: connection.execute(f"select count(*) from public.{table}".encode()).fetchone()[0]  # type: ignore[index]
        for (table,) in tables
    }


def test_in_batches(connection: psycopg.Connection, empty: Tenant) -> None:
    for _ in range(5):
        old(connection, empty, LONG_AGO)
    landed(connection)
    rounds = [retain(connection, empty, NOW, most=2).get(("conversations", None)) for _ in range(4)]
    assert rounds == [2, 2, 1, None]
