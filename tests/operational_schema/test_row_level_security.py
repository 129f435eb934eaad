"""Who may do what to which table: every cell of a generated matrix.

Belongs here: isolation by tenant and by role, tried by becoming others. Not here: the ways round it
(`test_tenant_isolation.py`), and rules over the catalogue (`test_catalogue.py`).
"""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

ACTIONS = ("select", "insert", "update", "delete")
MEMBERS = frozenset({"user", "agent", "admin", "retired", "stranger"})
PEOPLE = frozenset({"user", "agent", "admin", "retired"})
STAFF = frozenset({"agent", "admin"})
ADMIN = frozenset({"admin"})
NOBODY: frozenset[str] = frozenset()

# Who succeeds with select, insert, update, delete on rows of tenant acme. Everybody else sees nothing and changes nothing.
ALLOWED: dict[str, tuple[frozenset[str], ...]] = {
    "tenants": (MEMBERS, NOBODY, NOBODY, NOBODY),
    "tenant_business_schedules": (STAFF, ADMIN, ADMIN, ADMIN),
    "tenant_business_hours": (STAFF, ADMIN, ADMIN, ADMIN),
    "tenant_special_days": (STAFF, ADMIN, ADMIN, ADMIN),
    "profiles": (PEOPLE, ADMIN, PEOPLE, ADMIN),
    "customer_profiles": (STAFF, STAFF, STAFF, ADMIN),
    "conversations": (STAFF, STAFF, STAFF, ADMIN),
    "messages": (STAFF, STAFF, STAFF, ADMIN),
    "conversation_events": (STAFF, NOBODY, NOBODY, NOBODY),
    "scheduled_reports": (STAFF, ADMIN, ADMIN, ADMIN),
    "report_deliveries": (STAFF, NOBODY, NOBODY, NOBODY),
    "export_jobs": (STAFF, STAFF, ADMIN, ADMIN),
    "system_settings": (MEMBERS, ADMIN, ADMIN, ADMIN),
}

# What a new row needs beside its tenant.
VALUES: dict[str, str] = {
    "tenants": "id, slug, name) values (gen_random_uuid(), 'new', 'new'",
    "tenant_business_schedules": "tenant_id, valid_from) values (%(tenant)s, '2027-01-01'",
    "tenant_business_hours": "tenant_id, schedule_id, weekday, opens_at, closes_at) "
    "values (%(tenant)s, %(schedule)s, 2, '09:00', '17:00'",
    "tenant_special_days": "tenant_id, day) values (%(tenant)s, '2027-01-01'",
    "profiles": "tenant_id, email) values (%(tenant)s, 'new@example.com'",
    "customer_profiles": "tenant_id, email) values (%(tenant)s, 'new@example.com'",
    "conversations": "tenant_id) values (%(tenant)s",
    "messages": "tenant_id, conversation_id, sender_type, content) values (%(tenant)s, %(conversation)s, 'agent', 'x'",
    "conversation_events": "tenant_id, conversation_id, event_type, to_status) "
    "values (%(tenant)s, %(conversation)s, 'status', 'closed'",
    "scheduled_reports": "tenant_id, slug, name, report_type, schedule_cron, recipients) "
    "values (%(tenant)s, 'new', 'new', 'custom', '0 9 * * *', array['a@example.com']",
    "report_deliveries": "tenant_id, report_id, slot_local, slot_at, recipient, message_id) "
    "values (%(tenant)s, %(report)s, '2027-01-01', '2027-01-01', 'a@example.com', 'x'",
    "export_jobs": "tenant_id, user_id, name, type, format) "
    "values (%(tenant)s, app.user_id(), 'new', 'customers', 'csv'",
    "system_settings": "tenant_id, setting_key, setting_value) values (%(tenant)s, 'new', '1'",
}

# Rows that others point at with `on delete restrict`, or that are the actor's own, would say no for another reason.
DELETABLE = {"profiles": "email = 'retired@example.com'"}

IDENTITIES: dict[str, Callable[[Tenant, Tenant], object | None]] = {
    "anon": lambda acme, other: acme.claims(acme.admin),
    "no claim": lambda acme, other: None,
    "malformed tenant": lambda acme, other: {"sub": str(acme.admin), "app_metadata": {"tenant_id": f"{acme.tenant}x"}},
    "malformed claims": lambda acme, other: {"sub": ["?"], "app_metadata": "acme"},
    "malformed subject": lambda acme, other: {**acme.claims(acme.admin), "sub": "admin"},
    "empty tenant": lambda acme, other: {"sub": str(acme.admin), "app_metadata": {"tenant_id": ""}},
    "tenant in user_metadata": lambda acme, other: {
        "sub": str(acme.admin),
        "user_metadata": {"tenant_id": str(acme.tenant)},
    },
    "stranger": lambda acme, other: acme.claims(acme.tenant),
    "user": lambda acme, other: acme.claims(acme.user),
    "agent": lambda acme, other: acme.claims(acme.agent),
    "admin": lambda acme, other: acme.claims(acme.admin),
    "retired": lambda acme, other: acme.claims(acme.retired),
    "admin of another tenant": lambda acme, other: other.claims(other.admin),
    "another tenant's admin with our claim": lambda acme, other: acme.claims(other.admin),
}
# Whose tenant is right and whose person is not, sees what every member sees.
ALIKE = {"malformed subject": "stranger", "another tenant's admin with our claim": "stranger"}


def statement_for(table: str, action: str) -> str:
    """What somebody tries with the rows of a tenant."""
    tenant = "id" if table == "tenants" else "tenant_id"
    mine = f"from public.{table} where {tenant} = %(tenant)s"
    if action == "select":
        return f"select 1 {mine}"
    if action == "insert":
        return f"insert into public.{table} ({VALUES[table]})"
    if action == "update":
        return f"update public.{table} set created_at = created_at where {tenant} = %(tenant)s"
    return f"delete {mine} and {DELETABLE.get(table, 'true')}"


def succeeds(connection: psycopg.Connection, statement: str, values: dict[str, Any]) -> bool:
    """Whether it touched a row; any other refusal than the one for a lack of rights is an error of the test."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(statement, values).rowcount > 0
    except errors.InsufficientPrivilege:
        return False


def test_the_matrix_has_every_table(connection: psycopg.Connection) -> None:
    tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    assert {name for (name,) in tables} == set(ALLOWED)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_only_the_listed_cells_succeed(
    identity: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """S1, S2."""
    claims = IDENTITIES[identity](acme, other)
    found = {}
    with acting(connection, claims, role="anon" if identity == "anon" else "authenticated"):
        for table in ALLOWED:
            for action in ACTIONS:
                found[table, action] = succeeds(connection, statement_for(table, action), vars(acme))
    name = ALIKE.get(identity, identity)
    expected = {
        (table, action): name in allowed
        for table, cells in ALLOWED.items()
        for action, allowed in zip(ACTIONS, cells, strict=True)
    }
    assert found == expected


def test_a_user_sees_the_own_profile_and_public_settings_only(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, acme.claims(acme.user)):
        assert connection.execute("select id from public.profiles").fetchall() == [(acme.user,)]
        assert connection.execute("select setting_key from public.system_settings").fetchall() == [("rating_scale",)]
        assert connection.execute("update public.profiles set language = 'de'").rowcount == 1
