"""Legal holds: what is held stays, whoever deletes and however.

Belongs here: which hold keeps what, and when it ends. Not here: the retention rules that go round holds, and the trail.
"""

from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

Hold = Callable[..., None]


@pytest.fixture
def hold(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> Hold:
    """Places a hold at acme, where none is in force; on all of the tenant, if nothing is named."""

    def place(*, conversation: object = None, customer: object = None, expires: str | None = None) -> None:
        connection.execute(
            "insert into public.legal_holds (tenant_id, conversation_id, customer_id, reason, created_at, expires_at) "
            "values (%s, %s, %s, 'lawsuit', '2020-01-01', %s)",
            (acme.tenant, conversation, customer, expires),
        )

    return place


def _deletable(connection: psycopg.Connection, table: str, key: object) -> bool:
    try:
        with connection.transaction(force_rollback=True):
            deleted = connection.execute(f"delete from public.{table} where id = %s", (key,)).rowcount
    except errors.RestrictViolation as refused:
        assert "is under legal hold" in str(refused)
        return False
    assert deleted == 1
    return True


def _all_deletable(connection: psycopg.Connection, tenant: Tenant) -> tuple[bool, ...]:
    """Conversation, its sibling of the same customer, the customer."""
    return (
        _deletable(connection, "conversations", tenant.conversation),
        _deletable(connection, "conversations", tenant.second),
        _deletable(connection, "customer_profiles", tenant.customer),
    )


def test_a_hold_keeps_its_subject_and_who_wrote(connection: psycopg.Connection, hold: Hold, acme: Tenant) -> None:
    hold(conversation=acme.conversation)
    assert _all_deletable(connection, acme) == (False, True, False)


def test_a_hold_on_a_customer_keeps_all_their_conversations(
    connection: psycopg.Connection, hold: Hold, acme: Tenant
) -> None:
    hold(customer=acme.customer)
    assert _all_deletable(connection, acme) == (False, False, False)


def test_a_hold_on_a_tenant_keeps_that_tenant(
    connection: psycopg.Connection, hold: Hold, acme: Tenant, other: Tenant
) -> None:
    hold()
    assert _all_deletable(connection, acme) == (False, False, False)
    assert _all_deletable(connection, other) == (True, True, True)


def test_a_hold_ends_by_its_time_and_by_its_release_and_outlives_its_subject(
    connection: psycopg.Connection, hold: Hold, acme: Tenant
) -> None:
    """R2."""
    hold(conversation=acme.conversation, expires="2020-02-01")
    hold(customer=acme.customer)
    connection.execute("update public.legal_holds set released_at = now() where customer_id is not null")
    assert _all_deletable(connection, acme) == (True, True, True)
    connection.execute("delete from public.conversations where id = %s", (acme.conversation,))
    connection.execute("delete from public.customer_profiles where id = %s", (acme.customer,))
    kept = connection.execute(
        "select conversation_id, customer_id from public.legal_holds where created_at < '2021-01-01' order by 1"
    ).fetchall()
    assert kept == [(acme.conversation, None), (None, acme.customer)], "what was held, and why, is evidence"


def test_a_hold_begins_with_something_of_the_tenants(
    connection: psycopg.Connection, operational_url: str, hold: Hold, acme: Tenant, other: Tenant
) -> None:
    for nothing in (
        {"conversation": other.conversation},
        {"customer": other.customer},
        {"customer": acme.conversation},
    ):
        with pytest.raises(errors.ForeignKeyViolation, match=r"the tenant has no (customer|conversation)"):
            hold(**nothing)
    with psycopg.connect(operational_url) as deleting:
        deleting.execute("delete from public.conversations where id = %s", (acme.conversation,))
        with pytest.raises(errors.LockNotAvailable), connection.transaction():
            connection.execute("set local lock_timeout = '100ms'")
            hold(conversation=acme.conversation)


def test_the_answer_is_for_an_instant(connection: psycopg.Connection, hold: Hold, acme: Tenant) -> None:
    hold(conversation=acme.conversation, expires="2020-02-01 00:00+00")
    for instant, is_held in (("2020-01-31 23:59:59.999999+00", True), ("2020-02-01 00:00+00", False)):
        row = connection.execute(
            "select app.hold_on_conversation(%(t)s, %(c)s, null, %(i)s) is not null, "
            "app.hold_on_customer(%(t)s, %(k)s, %(i)s) is not null",
            {"t": acme.tenant, "c": acme.conversation, "k": acme.customer, "i": instant},
        ).fetchone()
        assert row == (is_held, is_held)


@pytest.mark.parametrize("how", ["admin", "service_role", "owner", "replication mode", "retention"])
def test_nobody_gets_past(how: str, connection: psycopg.Connection, hold: Hold, acme: Tenant) -> None:
    hold(conversation=acme.conversation)
    role = {"admin": "authenticated", "service_role": "service_role"}.get(how, "none")
    with acting(connection, acme.claims(acme.admin), role=role), pytest.raises(errors.RestrictViolation):
        if how == "replication mode":
            connection.execute("set local session_replication_role = replica")
        if how == "retention":
            connection.execute("set local etl.reason = 'retention'")
        connection.execute("delete from public.conversations where id = %s", (acme.conversation,))


def test_a_hold_keeps_its_subject_and_a_release_is_final(
    connection: psycopg.Connection, hold: Hold, acme: Tenant
) -> None:
    hold(conversation=acme.conversation)
    with acting(connection, acme.claims(acme.admin)):
        for change in (f"conversation_id = '{acme.second}'", "conversation_id = null"):
            with pytest.raises(errors.ObjectNotInPrerequisiteState, match="stays what it is"), connection.transaction():
                connection.execute(f"update public.legal_holds set {change} where released_at is null".encode())
        connection.execute("update public.legal_holds set released_at = now() where released_at is null")
        for change in ("released_at = null", "expires_at = 'infinity'"):
            with pytest.raises(errors.ObjectNotInPrerequisiteState), connection.transaction():
                connection.execute(f"update public.legal_holds set {change}".encode())
