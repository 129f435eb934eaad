"""Keys of programs: shown once, kept as a hash, and no longer of use when they are revoked or their time is over.

Belongs here: making, checking and revoking them. Not here: integrations (`test_integrations.py`).
"""

import hashlib
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")


def _one(connection: psycopg.Connection, query: str, *values: object) -> tuple[Any, ...]:
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return row


def _new_key(connection: psycopg.Connection, tenant: Tenant, name: str, expires: str | None = None) -> str:
    with acting(connection, tenant.claims(tenant.admin), keep=True):
        return str(_one(connection, "select public.create_api_key(%s, array['read'], %s)", name, expires)[0])


def _checked(connection: psycopg.Connection, key: str) -> list[tuple[Any, ...]]:
    with acting(connection, None, role="service_role", keep=True):
        return connection.execute(
            "select tenant_id, scopes from public.check_api_key(%s)", (hashlib.sha256(key.encode()).hexdigest(),)
        ).fetchall()


def test_a_key_opens_its_tenant_until_it_is_revoked(connection: psycopg.Connection, acme: Tenant) -> None:
    key = _new_key(connection, acme, "Mine")
    assert key != _new_key(connection, acme, "Another")
    assert _checked(connection, key) == [(acme.tenant, ["read"])]
    assert _one(connection, "select last_used_at is not null from public.api_keys where name = 'Mine'") == (True,)
    assert _checked(connection, key[:-1]) == []
    kept = connection.execute("select api_keys::text from public.api_keys").fetchall()
    assert not [row for (row,) in kept if key in row], "only the hash is kept"
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute("update public.api_keys set revoked_at = now() where name = 'Mine'")
    assert _checked(connection, key) == []


def test_a_revoked_key_stays_revoked(connection: psycopg.Connection, acme: Tenant) -> None:
    key = _new_key(connection, acme, "Mine")
    revoke = "update public.api_keys set revoked_at = %s where name = 'Mine'"
    connection.execute(revoke, ("2026-01-01",))
    for role in ("authenticated", "service_role"):
        with acting(connection, acme.claims(acme.admin), role=role, keep=True):
            with pytest.raises(errors.CheckViolation, match='key "Mine" was revoked'), connection.transaction():
                connection.execute(revoke, (None,))
            connection.execute(revoke, ("2999-01-01",))
            connection.execute("update public.api_keys set expires_at = '2999-01-01' where name = 'Mine'")
    assert _checked(connection, key) == []
    assert _one(connection, "select revoked_at = '2026-01-01' from public.api_keys where name = 'Mine'") == (True,)


def test_a_key_ends_with_its_time_and_rests_with_its_tenant(connection: psycopg.Connection, acme: Tenant) -> None:
    assert _checked(connection, _new_key(connection, acme, "Old", "2020-01-01")) == []
    key = _new_key(connection, acme, "Young", "2999-01-01")
    assert len(_checked(connection, key)) == 1
    connection.execute("update public.tenants set status = 'suspended' where id = %s", (acme.tenant,))
    assert _checked(connection, key) == []


@pytest.mark.parametrize("person", ["agent", "user", "retired"])
def test_only_an_admin_makes_a_key(person: str, connection: psycopg.Connection, acme: Tenant) -> None:
    with (
        pytest.raises(errors.InsufficientPrivilege, match="only an admin"),
        acting(connection, acme.claims(getattr(acme, person))),
    ):
        connection.execute("select public.create_api_key('x', array['read'])")


@pytest.mark.parametrize(
    "change", ["scopes = '{admin}'", "key_hash = key_hash", "key_prefix = key_prefix", "created_by = null"]
)
def test_an_admin_renames_a_key_and_changes_nothing_that_it_opens(
    change: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    _new_key(connection, acme, "Mine")
    with acting(connection, acme.claims(acme.admin)):
        assert connection.execute("update public.api_keys set name = 'Ours' where name = 'Mine'").rowcount == 1
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(f"update public.api_keys set {change}".encode())
