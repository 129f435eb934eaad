"""What the audit trail says: who, what, when, before and after; and what it keeps to itself.

Belongs here: which changes are logged, and how. Not here: that the log is not changed afterwards (`test_audit_chain.py`,
`test_audit_upkeep.py`).
"""

import json
import uuid
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

Entry = dict[str, Any]


def entries(connection: psycopg.Connection, tenant: Tenant, *, after: int = 0) -> list[Entry]:
    """A tenant's trail after an entry."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from public.audit_logs where tenant_id = %s and sequence > %s order by sequence",
            (tenant.tenant, after),
        ).fetchall()


def last(connection: psycopg.Connection, tenant: Tenant) -> int:
    """Where a tenant's trail ends."""
    row = connection.execute(
        "select coalesce(max(sequence), 0) from public.audit_logs where tenant_id = %s", (tenant.tenant,)
    ).fetchone()
    assert row
    return int(row[0])


def changed(before: object, after: object) -> dict[str, object]:
    return {"old": before, "new": after}


def test_who_what_when_before_and_after(connection: psycopg.Connection, acme: Tenant) -> None:
    end = last(connection, acme)
    headers = {"x-forwarded-for": "203.0.113.9, 10.0.0.1", "user-agent": "Browser/1.0"}
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute("select set_config('request.headers', %s, true)", (json.dumps(headers),))
        connection.execute("update public.profiles set role = 'admin' where id = %s", (acme.agent,))
    (entry,) = entries(connection, acme, after=end)
    assert entry["sequence"] == end + 1
    assert (entry["user_id"], entry["database_role"]) == (acme.admin, "authenticated")
    assert (entry["action"], entry["entity_type"], entry["entity_id"]) == ("update", "profiles", acme.agent)
    assert entry["changes"] == {"role": changed("agent", "admin")}
    assert (str(entry["ip_address"]), entry["user_agent"]) == ("203.0.113.9", "Browser/1.0")
    now = connection.execute("select now()").fetchone()
    assert now and 0 <= (now[0] - entry["created_at"]).total_seconds() < 60


@pytest.mark.parametrize(
    "headers", ["nonsense", "[]", '{"x-forwarded-for": "here"}', '{"x-forwarded-for": "999.1.1.1"}', ""]
)
def test_no_header_keeps_anybody_from_working(headers: str, connection: psycopg.Connection, acme: Tenant) -> None:
    end = last(connection, acme)
    with connection.transaction():
        connection.execute("select set_config('request.headers', %s, true)", (headers,))
        connection.execute("update public.tenants set name = 'New'")
    (entry,) = entries(connection, acme, after=end)
    assert (entry["ip_address"], entry["entity_type"], entry["user_id"]) == (None, "tenants", None)


CONVERSATION_CHANGES = (
    ("update public.conversations set status = 'resolved' where id = %(conversation)s", 1),
    ("update public.conversations set assigned_agent_id = null where id = %(conversation)s", 1),
    ("update public.conversations set priority = 'urgent', department = 'sales' where id = %(conversation)s", 1),
    ("update public.conversations set sentiment = 'negative', tags = '{a}' where id = %(conversation)s", 0),
    ("update public.conversations set status = status where id = %(conversation)s", 0),
    ("insert into public.messages (tenant_id, conversation_id, sender_type, content) "
     "values (%(tenant)s, %(conversation)s, 'customer', 'my secret')", 0),
    ("insert into public.conversations (tenant_id) values (%(tenant)s)", 0),
    ("delete from public.conversations where id = %(conversation)s", 1),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "logged"), CONVERSATION_CHANGES)
def test_of_conversations_what_somebody_answers_for(
    statement: str, logged: int, connection: psycopg.Connection, acme: Tenant
) -> None:
    end = last(connection, acme)
    connection.execute(statement.encode(), vars(acme))
    assert len(entries(connection, acme, after=end)) == logged


def test_an_agent_who_goes_leaves_conversations_and_that_is_logged(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    end = last(connection, acme)
    connection.execute("delete from public.profiles where id = %s", (acme.agent,))
    found = {(entry["action"], entry["entity_type"]): entry for entry in entries(connection, acme, after=end)}
    assert found["delete", "profiles"]["changes"]["role"] == changed("agent", None)
    unassigned = found["update", "conversations"]["changes"]
    assert unassigned == {"assigned_agent_id": changed(str(acme.agent), None)}


def test_personal_and_secret_values_are_nowhere_in_the_trail(connection: psycopg.Connection, acme: Tenant) -> None:
    """S16, and R5's canaries: a row with one in every column that takes text, whatever the table."""
    connection.execute(
        "update public.customer_profiles set email = 'canary@example.com', name = 'canary', phone = 'canary', "
        "company = 'canary', location = 'canary', tags = '{canary}', custom_fields = '{\"a\": \"canary\"}', notes = 'canary'"
    )
    connection.execute("update public.profiles set email = role || 'canary' || is_active, full_name = 'canary'")
    connection.execute("update public.scheduled_reports set recipients = '{canary@example.com}'")
    connection.execute('update public.integrations set configuration = \'{"x": "canary"}\'')
    connection.execute("update public.canned_responses set content = 'canary'")
    # As it was before these were refused.
    for table in ("workflows", "system_settings"):
        connection.execute(f"alter table public.{table} disable trigger refuse_secrets".encode())
    connection.execute(
        "insert into public.workflows (tenant_id, name, trigger_type, steps) values (%s, 'Leak', 'manual', %s)",
        (acme.tenant, Jsonb([{"type": "trigger_webhook", "headers": {"Authorization": "Bearer canary"}}])),
    )
    for key in ("smtp_password", "api_key", "oauth_token"):
        connection.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, %s, '\"canary\"')",
            (acme.tenant, key),
        )
    connection.execute("update public.legal_holds set reason = 'canary'")
    connection.execute("delete from public.customer_profiles where tenant_id = %s", (acme.tenant,))
    for table in ("public.audit_logs", "app.audit_salt", "app.audit_head", "app.audit_waiting"):
        found = connection.execute(f"select 1 from {table} as t where t::text ilike '%canary%'").fetchall()
        assert found == [], table
    shown = [
        entry["changes"]["setting_key"] for entry in entries(connection, acme) if "setting_key" in entry["changes"]
    ]
    assert changed(None, "smtp_password") in shown


def test_a_hidden_value_can_be_shown_to_be_the_one(connection: psycopg.Connection, acme: Tenant) -> None:
    end = last(connection, acme)
    connection.execute(
        "update public.customer_profiles set phone = '+1 212 555 0100' where tenant_id = %s", (acme.tenant,)
    )
    (entry,) = entries(connection, acme, after=end)
    assert entry["changes"] == {"phone": {"hidden": True}}
    row = connection.execute(
        "select encode(sha256(decode(salts ->> 'phone', 'hex') || convert_to(app.audit_parts('phone', %s), 'UTF8')), 'hex') "
        "from app.audit_salt where tenant_id = %s and sequence = %s",
        (json.dumps({"new": "+1 212 555 0100", "old": None}), acme.tenant, entry["sequence"]),
    ).fetchone()
    assert row and entry["digests"] == {"phone": f"hidden:{row[0]}"}


def test_what_is_taken_back_was_never_logged(connection: psycopg.Connection, acme: Tenant) -> None:
    end = last(connection, acme)
    with connection.transaction():
        connection.execute("update public.tenants set name = 'One'")
        with connection.transaction(force_rollback=True):
            connection.execute("update public.tenants set name = 'Two'")
    with connection.transaction(force_rollback=True):
        connection.execute("update public.tenants set name = 'Three'")
    assert [entry["changes"]["name"]["new"] for entry in entries(connection, acme, after=end)] == ["One"]
    assert connection.execute("select 1 from app.audit_waiting").fetchall() == []


def test_an_import_is_one_line_for_each_tenant(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    ends = {tenant: last(connection, tenant) for tenant in (acme, other)}
    with connection.transaction():
        connection.execute("set local app.import = 'on'")
        for tenant in (acme, other, acme):
            connection.execute(
                "insert into public.customer_profiles (tenant_id, email) "
                "select %s, gen_random_uuid()::text from generate_series(1, 500)",
                (tenant.tenant,),
            )
        connection.execute("insert into public.conversations (tenant_id) values (%s)", (acme.tenant,))
        connection.execute("update public.conversations set status = 'closed' where id = %s", (acme.conversation,))
    for tenant, count in ((acme, 1000), (other, 500)):
        (entry,) = entries(connection, tenant, after=ends[tenant])
        assert (entry["action"], entry["entity_type"], entry["entity_id"]) == ("import", "tenants", tenant.tenant)
        assert entry["changes"]["customer_profiles insert"] == changed(None, count)
    assert entries(connection, acme)[-1]["changes"]["conversations insert"] == changed(None, 1)
    assert entries(connection, acme)[-1]["changes"]["conversations update"]["new"] >= 1


@pytest.mark.parametrize("setting", ["app.import = 'on'", "etl.reason = 'retention'"])
def test_the_application_cannot_hide_behind_a_bulk_job(
    setting: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    end = last(connection, acme)
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute(f"set local {setting}")
        connection.execute("update public.conversations set status = 'closed' where id = %s", (acme.conversation,))
        connection.execute("delete from public.conversations where id = %s", (acme.conversation,))
        connection.execute("delete from public.workflows")
    found = [(entry["action"], entry["entity_type"]) for entry in entries(connection, acme, after=end)]
    assert found == [("update", "conversations"), ("delete", "conversations"), ("delete", "workflows")]


def test_retention_and_truncate_are_logged_by_their_numbers(connection: psycopg.Connection, acme: Tenant) -> None:
    end = last(connection, acme)
    with connection.transaction():
        connection.execute("set local etl.reason = 'retention'")
        connection.execute("delete from public.conversations where id = %s", (acme.conversation,))
    connection.execute("truncate public.system_settings")
    found = [(entry["action"], entry["changes"]) for entry in entries(connection, acme, after=end)]
    assert found == [
        ("retention", {"conversations delete": changed(None, 1)}),
        ("truncate", {"system_settings truncate": changed(None, 2)}),
    ]


def test_replication_mode_does_not_slip_past(connection: psycopg.Connection, acme: Tenant) -> None:
    end = last(connection, acme)
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute("update public.profiles set role = 'admin' where id = %s", (acme.user,))
    assert [entry["changes"] for entry in entries(connection, acme, after=end)] == [{"role": changed("user", "admin")}]


def test_the_tenants_server_logs_what_no_table_shows(connection: psycopg.Connection, acme: Tenant) -> None:
    end = last(connection, acme)
    subject = uuid.uuid4()
    statement = 'select app.log_audit(%s, \'login\', \'session\', %s, \'{"method": {"old": null, "new": "sso"}}\')'
    with acting(connection, acme.claims(acme.user), role="service_role", keep=True):
        connection.execute(statement.encode(), (acme.tenant, subject))
    (entry,) = entries(connection, acme, after=end)
    assert (entry["action"], entry["entity_id"], entry["database_role"]) == ("login", subject, "service_role")
    with acting(connection, acme.claims(acme.admin)), pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.encode(), (acme.tenant, subject))


def test_a_tenant_that_goes_leaves_its_trail(connection: psycopg.Connection) -> None:
    key = uuid.uuid4()
    connection.execute("insert into public.tenants (id, slug, name) values (%s, 'brief', 'Brief')", (key,))
    connection.execute("delete from public.tenants where id = %s", (key,))
    found = connection.execute("select action from public.audit_logs where tenant_id = %s order by sequence", (key,))
    assert found.fetchall() == [("insert",), ("delete",)]


def test_a_column_that_comes_later_is_missed_by_the_rule_and_then_logged(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    connection.execute("alter table public.workflows add column owner_email text")
    connection.execute("select app.attach_audit()")
    end = last(connection, acme)
    connection.execute("update public.workflows set owner_email = 'x@example.com' where tenant_id = %s", (acme.tenant,))
    assert [entry["changes"] for entry in entries(connection, acme, after=end)] == [{"owner_email": {"hidden": True}}]
