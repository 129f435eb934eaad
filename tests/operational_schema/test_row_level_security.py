"""Who may do what to which table: every cell of a generated matrix.

Belongs here: isolation by tenant and by role, tried by becoming others. Not here: who may do what (`access/`), the ways round it
(`test_tenant_isolation.py`), and rules over the catalogue (`test_catalogue.py`).
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.access import ALLOWED, UPDATES, VALUES
from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

ACTIONS = ("select", "insert", "update", "delete")
# Rows that others point at with `on delete restrict`, or that are the actor's own, would say no for another reason.
DELETABLE = {"profiles": "email = 'retired@example.com'", "conversations": "id = %(conversation)s"}

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
    "agent of another tenant": lambda acme, other: other.claims(other.agent),
    "admin of another tenant": lambda acme, other: other.claims(other.admin),
    "another tenant's admin with our claim": lambda acme, other: acme.claims(other.admin),
}
# Who has no login: what the website's request says in its header.
HEADERS: dict[str, object] = {
    "visitor": {"x-romashka-tenant": "acme"},
    "visitor of another tenant": {"x-romashka-tenant": "other"},
    "visitor of no tenant": {"user-agent": "curl"},
    "visitor of two tenants": {"x-romashka-tenant": "acme,other"},
    "visitor of a list": {"x-romashka-tenant": ["acme"]},
    "visitor of a blank": {"x-romashka-tenant": " acme"},
    "visitor with a quote": {"x-romashka-tenant": "acme' or slug = 'acme"},
    "visitor with a list of headers": ["x-romashka-tenant", "acme"],
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
        change = UPDATES.get(table, "created_at = created_at")
        return f"update public.{table} set {change} where {tenant} = %(tenant)s"
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


def expected_for(name: str) -> dict[tuple[str, str], bool]:
    """The listed cells of somebody."""
    return {
        (table, action): name in allowed
        for table, cells in ALLOWED.items()
        for action, allowed in zip(ACTIONS, cells, strict=True)
    }


def tried(connection: psycopg.Connection, tenant: Tenant) -> dict[tuple[str, str], bool]:
    """Every cell, with the rows of a tenant, as whoever acts."""
    return {cell: succeeds(connection, statement_for(*cell), vars(tenant)) for cell in product(ALLOWED, ACTIONS)}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_only_the_listed_cells_succeed(
    identity: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """S1, S2."""
    claims = IDENTITIES[identity](acme, other)
    with acting(connection, claims, role="anon" if identity == "anon" else "authenticated"):
        assert tried(connection, acme) == expected_for(ALIKE.get(identity, identity))


@pytest.mark.parametrize("identity", HEADERS)
def test_a_visitor_reads_what_the_tenant_of_the_header_has_published(
    identity: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """S1: nobody else's, and nothing that is not public; a header that names no tenant is none."""
    with acting(connection, None, role="anon", headers=HEADERS[identity]):
        assert tried(connection, acme) == expected_for(identity)
    connection.execute("update public.knowledge_items set is_public = false")
    connection.execute("update public.knowledge_categories set is_active = false")
    with acting(connection, None, role="anon", headers=HEADERS[identity]):
        assert not any(tried(connection, acme).values())


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_a_header_opens_no_more_than_a_visitor_sees(
    role: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """S1: not with a login beside it, of another tenant or of none that acts."""
    for claims in (other.claims(other.admin), {"sub": str(acme.admin)}):
        with acting(connection, claims, role=role, headers=HEADERS["visitor"]):
            assert tried(connection, acme) == expected_for("visitor" if role == "anon" else "nobody")


def test_a_user_sees_the_own_profile_and_public_settings_only(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, acme.claims(acme.user)):
        assert connection.execute("select id from public.profiles").fetchall() == [(acme.user,)]
        assert connection.execute("select setting_key from public.system_settings").fetchall() == [("rating_scale",)]
        assert connection.execute("update public.profiles set language = 'de'").rowcount == 1


def test_of_a_suspended_tenant_everybody_is_what_the_retired_are(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """Who logs in sees the tenant's row, which says why, and the own profile."""
    connection.execute("update public.tenants set status = 'suspended' where id = %s", (acme.tenant,))
    for person in (acme.agent, acme.admin):
        with acting(connection, acme.claims(person)):
            found = {
                table: tuple(succeeds(connection, statement_for(table, action), vars(acme)) for action in ACTIONS)
                for table in ALLOWED
            }
            assert connection.execute("select id from public.profiles").fetchall() == [(person,)]
            assert connection.execute("select status from public.tenants").fetchall() == [("suspended",)]
            assert connection.execute("select * from public.search_messages('a')").fetchall() == []
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute("select public.create_api_key('x', '{read}')")
        assert found == {table: tuple("retired" in allowed for allowed in cells) for table, cells in ALLOWED.items()}
    with acting(connection, other.claims(other.admin)):
        assert connection.execute("select 1 from public.conversations").fetchall() != []
