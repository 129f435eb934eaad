"""The ledger of mails outlives its report, and nothing else: not its period, nor its tenant, nor whom an erasure takes out.

Belongs here: the rows in the database. Not here: runs of reports (`tests/reports/test_deleted_reports.py`).
"""

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import errors

from operational_schema import migrate
from operational_schema.errors import SchemaError
from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.forgetting import landed, retain

pytestmark = pytest.mark.usefixtures("every_server")

ENTER = (
    "insert into public.report_deliveries (tenant_id, report_id, slot_local, slot_at, recipient, message_id, state, reason) "
    "values (%s, %s, '2026-01-01 09:00', '2026-01-01 09:00Z', %s, 'm', %s, 'why')"
)


def rows(connection: psycopg.Connection, columns: str = "recipient, state, reason") -> list[tuple[object, ...]]:
    statement = (
        f"select {columns} from public.report_deliveries where recipient <> 'boss@example.com' order by recipient"
    )
    return connection.execute(statement.encode()).fetchall()


@pytest.fixture
def sent(connection: psycopg.Connection, acme: Tenant) -> Tenant:
    """A report with mails in several states, deleted by an admin of the tenant."""
    for state in ("sent", "failed", "sending", "queued", "held"):
        connection.execute(ENTER, (acme.tenant, acme.report, f"{state}@example.com", state))
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute("delete from public.scheduled_reports where id = %s", (acme.report,))
    return acme


def test_rows_stay_and_what_waited_is_ended(connection: psycopg.Connection, sent: Tenant) -> None:
    assert rows(connection) == [
        ("failed@example.com", "failed", "why"),
        ("held@example.com", "skipped", "the report was deleted"),
        ("queued@example.com", "skipped", "the report was deleted"),
        ("sending@example.com", "sending", "why"),
        ("sent@example.com", "sent", "why"),
    ]
    assert set(rows(connection, "tenant_id, report_id, report_slug, report_name, report_type")) == {
        (sent.tenant, sent.report, "daily", "Daily", "performance")
    }


def test_mails_of_other_reports_go_on(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    connection.execute(
        "insert into public.scheduled_reports (tenant_id, id, slug, name, report_type, schedule_cron, recipients) "
        "values (%s, %s, 'r', 'R', 'custom', '0 9 * * *', '{a@example.com}')",
        (acme.tenant, acme.admin),
    )
    for tenant, report in ((acme.tenant, acme.admin), (other.tenant, other.report)):
        connection.execute(ENTER, (tenant, report, "queued@example.com", "queued"))
    connection.execute("delete from public.scheduled_reports where id = %s", (acme.report,))
    assert rows(connection, "recipient, state") == [("queued@example.com", "queued")] * 2


def test_a_mail_is_entered_for_a_report_of_its_tenant_only(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    for tenant, report in ((acme.tenant, other.report), (other.tenant, acme.report), (acme.tenant, acme.user)):
        with pytest.raises(errors.ForeignKeyViolation, match="is not there"):
            connection.execute(ENTER, (tenant, report, "a@example.com", "sent"))
    with pytest.raises(errors.ForeignKeyViolation, match="is not there"):
        connection.execute(
            "update public.report_deliveries set report_id = %s where tenant_id = %s", (other.report, acme.tenant)
        )
    assert rows(connection) == []


def test_a_slot_stays_one_row_for_each_recipient(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute(ENTER, (acme.tenant, acme.report, "a@example.com", "sent"))
    with pytest.raises(errors.UniqueViolation, match="report_deliveries_slot_key"):
        connection.execute(ENTER, (acme.tenant, acme.report, "a@example.com", "queued"))


def test_they_go_after_their_period(connection: psycopg.Connection, sent: Tenant) -> None:
    landed(connection)
    gone = ("report_deliveries", None)
    # A year of the tenant's days since the slot, and a day before that.
    assert retain(connection, sent, datetime(2026, 12, 31, 12, tzinfo=UTC)).get(gone) is None
    done = retain(connection, sent, datetime(2027, 1, 3, tzinfo=UTC))
    assert done[gone] >= 4 and done["report_deliveries", "not sent yet"] == 1
    assert rows(connection, "state") == [("sending",)]


def test_a_tenant_cannot_go_before_them(connection: psycopg.Connection, sent: Tenant) -> None:
    # PostgreSQL 18 has a code of its own for it.
    with pytest.raises((errors.RestrictViolation, errors.ForeignKeyViolation)):
        connection.execute("delete from public.tenants where id = %s", (sent.tenant,))
    keys = connection.execute(
        "select confdeltype::text from pg_constraint where conname = 'report_deliveries_tenant_fkey'"
    ).fetchall()
    assert keys == [("r",)]


def test_an_erasure_finds_the_person_in_them(connection: psycopg.Connection, sent: Tenant) -> None:
    """Also a report that was named for them."""
    mail = "zaphod.canary@example.org"
    connection.execute(
        "insert into public.scheduled_reports (tenant_id, id, slug, name, report_type, schedule_cron, recipients) "
        "values (%s, %s, 'r', %s, 'custom', '0 9 * * *', '{a@example.com}')",
        (sent.tenant, sent.report, f"For {mail}"),
    )
    connection.execute(ENTER, (sent.tenant, sent.report, mail, "skipped"))
    connection.execute("delete from public.scheduled_reports where id = %s", (sent.report,))
    masked = connection.execute("select table_name, what from app.mask_elsewhere(%s, %s)", (sent.tenant, [mail]))
    assert ("report_deliveries", "masked") in masked.fetchall()
    told = connection.execute(
        "select string_agg(delivery::text, '') from public.report_deliveries as delivery"
    ).fetchone()
    assert told and mail not in told[0] and "For xxxxxx.xxxxxx@xxxxxxx.xxx" in told[0]


def test_they_are_not_lost_unasked_by_going_back(
    connection: psycopg.Connection, operational_url: str, sent: Tenant
) -> None:
    for younger in ("public.file_deletions", "app.former_values", "app.erased_identities"):
        connection.execute(f"delete from {younger}".encode())
    with pytest.raises(SchemaError, match=r"6 rows of public\.report_deliveries would be lost"):
        migrate.down(operational_url, "041")
    migrate.down(operational_url, "041", force=True)
    assert rows(connection) == []


def test_rows_from_before_get_the_name_of_their_report_and_keep_their_time(
    connection: psycopg.Connection, operational_url: str, acme: Tenant
) -> None:
    migrate.down(operational_url, "041", force=True)
    connection.execute(ENTER, (acme.tenant, acme.report, "a@example.com", "failed"))
    before = rows(connection, "recipient, updated_at")
    migrate.up(operational_url)
    assert rows(connection, "recipient, updated_at") == before
    assert rows(connection, "report_slug, report_name, report_type") == [("daily", "Daily", "performance")]
