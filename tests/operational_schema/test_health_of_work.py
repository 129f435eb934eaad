"""Whether get_system_health() sees what the platform itself leaves undone, and tells of nothing else.

Belongs here: the checks of its own work, each seen to be bad, and to stay well beside what is none of its business. Not here:
those of the server (`test_health.py`).
"""

import re

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant
from tests.operational_schema.test_functions_maintenance import ask, maintain

pytestmark = pytest.mark.usefixtures("every_server")


def health(connection: psycopg.Connection) -> tuple[str, dict[str, str]]:
    said = ask(connection, "select public.get_system_health()")
    return said["status"], {check["check_name"]: check["state"] for check in said["checks"]}


@pytest.fixture
def well(connection: psycopg.Connection, acme: Tenant) -> None:
    """A database that does all of its work."""
    maintain(connection)
    connection.execute("truncate public.erasure_requests, public.scheduled_reports cascade")
    connection.execute("delete from public.conversations")
    connection.execute("select set_config('etl.pruning', 'on', false)")
    connection.execute("delete from etl.change")
    connection.execute("select set_config('etl.pruning', '', false)")
    connection.execute("insert into etl.acknowledged (snapshot, data_as_of) values (pg_current_snapshot(), now())")


@pytest.mark.usefixtures("well")
def test_a_database_that_is_well(connection: psycopg.Connection) -> None:
    status, checks = health(connection)
    assert set(checks.values()) == {"healthy"}, checks
    assert status == "healthy"


REPORT = (
    "insert into public.scheduled_reports (tenant_id, slug, name, report_type, schedule_cron, recipients, is_active) "
    "select id, 'x', 'x', 'custom', '0 9 * * *', array['a@example.com'], {} from public.tenants; "
)
OVERDUE = "update public.scheduled_reports set next_run_at = now() - interval '2 hours'"
FAILED = REPORT.format(True) + (
    "insert into public.report_deliveries "
    "(tenant_id, report_id, slot_local, slot_at, recipient, state, reason, message_id, updated_at) "
    "select tenant_id, id, '2026-01-01 09:00', now(), 'a@example.com', 'failed', 'refused', '<x@example.com>', {} "
    "from public.scheduled_reports"
)
ERASURE = (
    "insert into public.erasure_requests (tenant_id, customer_id, status, error_message, requested_at, due_at) "
    "select tenant_id, id, '{}', 'x', now() - interval '40 days', now() {} interval '10 days' "
    "from public.customer_profiles limit 1"
)

# What is done to it, which check notices, and how bad that is.
ILLS = [
    ("alter table public.messages disable row level security", "row level security", "unhealthy"),
    ("update etl.acknowledged set data_as_of = now() - interval '2 hours'; "
     "update public.tenants set name = name", "extraction", "degraded"),
    ("update etl.acknowledged set data_as_of = now() - interval '2 days'; "
     "update public.tenants set name = name", "extraction", "unhealthy"),
    (REPORT.format(True) + OVERDUE, "reports", "degraded"),
    (FAILED.format("now()"), "reports", "degraded"),
    ("insert into public.conversations (tenant_id, status, last_message_at) "
     "select id, 'queued', now() - interval '2 hours' from public.tenants", "queue", "degraded"),
    ("insert into public.conversations (tenant_id, status, created_at) "
     "select id, 'escalated', now() - interval '2 hours' from public.tenants", "queue", "degraded"),
    (ERASURE.format("pending", "-"), "erasures", "unhealthy"),
    (ERASURE.format("failed", "-"), "erasures", "unhealthy"),
    ("insert into etl.change (table_name, operation, key) select 'tenants', 'U', gen_random_uuid() "
     "from generate_series(1, 1000001)", "extraction", "unhealthy"),
    ("delete from etl.acknowledged", "extraction", "degraded"),
    ("update public.system_settings set setting_value = to_jsonb((now() - interval '3 days')::date) "
     "where setting_key = 'last_maintenance_date'", "maintenance", "degraded"),
    ("delete from public.system_settings where setting_key = 'last_maintenance_date'", "maintenance", "degraded"),
    ("create index broken on public.tenants (name); update pg_index set indisvalid = false "
     "where indexrelid = 'public.broken'::regclass", "indexes", "degraded"),
]  # fmt: skip


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    ("ill", "check", "state"), ILLS, ids=[f"{ill[1]} {ill[2]} {number}" for number, ill in enumerate(ILLS)]
)
def test_health_can_be_bad(ill: str, check: str, state: str, connection: psycopg.Connection) -> None:
    with connection.transaction():
        connection.execute(ill.encode())
    status, checks = health(connection)
    assert (status, checks[check]) == (state, state)
    said = ask(connection, "select public.get_system_health()")
    assert said["checks"][0]["check_name"] == check, "the worst comes first"


@pytest.mark.usefixtures("well")
def test_somebody_forgot_to_commit(connection: psycopg.Connection, operational_url: str) -> None:
    with psycopg.connect(operational_url) as idle:
        idle.execute("select pg_sleep(1.1)")
        said = ask(connection, "select public.get_system_health()")
    finding = next(check["finding"] for check in said["checks"] if check["check_name"] == "long transactions")
    assert int(re.findall(r"\d+", finding)[0]) >= 1


# What looks like an ill and is none.
NONE = {
    "a report that is off": REPORT.format(False) + OVERDUE,
    "a mail that failed two days ago": FAILED.format("now() - interval '2 days'"),
    "a customer who has an agent": "insert into public.conversations (tenant_id, status, last_message_at, assigned_agent_id) "
    "select tenant_id, 'queued', now() - interval '2 hours', id from public.profiles where role = 'agent' and is_active limit 1",
    "an erasure that was rejected": ERASURE.format("rejected", "-"),
    "an erasure that is not due": ERASURE.format("pending", "+"),
    "a file that was deleted": "insert into public.file_deletions (tenant_id, storage_provider, reason, queued_at, deleted_at) "
    "select id, 'supabase', 'deleted', now() - interval '30 days', now() - interval '29 days' from public.tenants",
    "a tenant that is suspended": "update public.tenants set status = 'suspended'; "
    "delete from public.system_settings where setting_key = 'last_maintenance_date'; "
    "update etl.acknowledged set data_as_of = now()",
}


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("none", NONE)
def test_what_is_no_ill_is_told_as_none(none: str, connection: psycopg.Connection) -> None:
    with connection.transaction():
        connection.execute(NONE[none].encode())
    assert [check for check, said in health(connection)[1].items() if said != "healthy"] == []
