"""Within a tenant: what is a colleague's own stays theirs, and what is not published is read by staff only.

Belongs here: rows that a policy tells apart by their owner or their state. Not here: who may do what to a table at all
(`test_row_level_security.py`), and other tenants (`test_tenant_isolation.py`).
"""

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.test_row_level_security import HEADERS

pytestmark = pytest.mark.usefixtures("every_server")

# Whose a row is, and what its owner may set.
OWNERS = {
    "agent_availability": ("agent_id", "status = 'busy'"),
    "canned_responses": ("created_by", "content = 'Bye!'"),
    "conversation_notes": ("agent_id", "note = 'never mind'"),
    "dashboard_configs": ("user_id", "refresh_interval = 60"),
    "playground_sessions": ("user_id", "session_name = 'mine'"),
}
# These an admin changes for everybody, and only the owner deletes.
OF_ADMINS, NOT_DELETED = {"agent_availability", "canned_responses", "conversation_notes"}, {"agent_availability"}
ACTORS = [("agent", "admin", table) for table in OWNERS] + [
    ("admin", "agent", table) for table in OWNERS if table not in OF_ADMINS
]


def _give(connection: psycopg.Connection, acme: Tenant, table: str, owner: str) -> None:
    """One row of the table, of that owner."""
    column = OWNERS[table][0]
    connection.execute(f"delete from public.{table} where ctid <> (select min(ctid) from public.{table})".encode())
    connection.execute(f"update public.{table} set {column} = %s".encode(), (getattr(acme, owner),))


@pytest.mark.parametrize(("actor", "owner", "table"), ACTORS)
def test_a_colleagues_row_is_not_changed_or_deleted(
    actor: str, owner: str, table: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    _give(connection, acme, table, owner)
    with acting(connection, acme.claims(getattr(acme, actor))):
        assert connection.execute(f"update public.{table} set {OWNERS[table][1]}".encode()).rowcount == 0
        assert connection.execute(f"delete from public.{table}".encode()).rowcount == 0


@pytest.mark.parametrize(("actor", "owner", "table"), ACTORS)
def test_ones_own_row_is_changed_and_given_to_nobody(
    actor: str, owner: str, table: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    _give(connection, acme, table, actor)
    with acting(connection, acme.claims(getattr(acme, actor))):
        assert connection.execute(f"update public.{table} set {OWNERS[table][1]}".encode()).rowcount == 1
        with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
            connection.execute(f"update public.{table} set {OWNERS[table][0]} = %s".encode(), (getattr(acme, owner),))
        assert connection.execute(f"delete from public.{table}".encode()).rowcount == (table not in NOT_DELETED)


@pytest.mark.parametrize(
    ("table", "unshared", "admin_sees"),
    [
        ("canned_responses", "is_public = false", 1),
        ("dashboard_configs", "is_public = false", 0),
        ("playground_sessions", "", 0),
    ],
)
def test_what_is_not_shared_its_owner_sees(
    table: str, unshared: str, admin_sees: int, connection: psycopg.Connection, acme: Tenant
) -> None:
    for owner, agent_sees, others_see in (("agent", 1, admin_sees), ("admin", 0, 1)):
        _give(connection, acme, table, owner)
        if unshared:
            connection.execute(f"update public.{table} set {unshared}".encode())
        for person, rows in (("agent", agent_sees), ("admin", others_see)):
            with acting(connection, acme.claims(getattr(acme, person))):
                assert connection.execute(f"select 1 from public.{table}".encode()).rowcount == rows, (owner, person)


@pytest.mark.parametrize("state", ["status = 'draft'", "status = 'archived'", "is_public = false"])
def test_an_article_that_is_not_published_is_read_by_staff(
    state: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    connection.execute(f"update public.knowledge_items set {state}".encode())
    with acting(connection, None, role="anon", headers=HEADERS["visitor"]):
        assert connection.execute("select 1 from public.knowledge_items").rowcount == 0
    for person, rows in ((acme.user, 0), (acme.retired, 0), (acme.agent, 1), (acme.admin, 1)):
        with acting(connection, acme.claims(person)):
            assert connection.execute("select 1 from public.knowledge_items").rowcount == rows


def test_a_subject_that_is_switched_off_is_seen_by_staff(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.knowledge_categories set is_active = false")
    for person, rows in ((acme.user, 0), (acme.retired, 0), (acme.agent, 1), (acme.admin, 1)):
        with acting(connection, acme.claims(person)):
            assert connection.execute("select 1 from public.knowledge_categories").rowcount == rows
