"""Connected systems: events that come, calls that go out, the trail of who changed what.

Belongs here: functions/integrations.sql. Not here: secrets (`test_secret_columns.py`), keys of programs (`test_api_keys.py`), and
channels (`test_channels.py`).
"""

import uuid
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


EVENT = "select processed, processed_at is not null, processing_attempts, error_message from public.webhook_events where id = %s"


def _event(connection: psycopg.Connection, tenant: Tenant) -> uuid.UUID:
    return uuid.UUID(
        str(_one(connection, "select id from public.webhook_events where tenant_id = %s", tenant.tenant)[0])
    )


def test_an_event_is_done_once_and_each_attempt_counted(connection: psycopg.Connection, acme: Tenant) -> None:
    event = _event(connection, acme)
    with acting(connection, None, role="service_role", keep=True):
        for failure, worked, becomes in (
            ("no such message", True, (False, False, 1, "no such message")),
            ("still none", True, (False, False, 2, "still none")),
            (None, True, (True, True, 3, None)),
            (None, False, (True, True, 3, None)),
            ("too late", False, (True, True, 3, None)),
        ):
            done = _one(connection, "select public.process_webhook_event(%s, %s)", event, failure)
            assert (done, _one(connection, EVENT, event)) == ((worked,), becomes)
    with pytest.raises(errors.NoDataFound, match="there is no webhook event"):
        connection.execute("select public.process_webhook_event(%s)", (acme.tenant,))


def test_an_event_that_is_marked_by_hand_says_when(connection: psycopg.Connection, acme: Tenant) -> None:
    event = _event(connection, acme)
    connection.execute("update public.webhook_events set processed = true where id = %s", (event,))
    assert _one(connection, EVENT, event) == (True, True, 1, None)
    connection.execute("update public.webhook_events set processed = false where id = %s", (event,))
    assert _one(connection, EVENT, event) == (False, False, 1, None), "to be tried again"


def test_what_is_told_twice_is_one_event(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    told = (
        "insert into public.webhook_events (tenant_id, event_type, source, external_event_id, payload) "
        "values (%s, 'message', 'whatsapp', 'e1', '{}')"
    )
    for tenant in (acme, other):
        connection.execute(told, (tenant.tenant,))
    with pytest.raises(errors.UniqueViolation):
        connection.execute(told, (acme.tenant,))


def test_a_job_says_when_it_began_and_ended(connection: psycopg.Connection, acme: Tenant) -> None:
    job = _one(connection, "select id from public.sync_jobs where tenant_id = %s", acme.tenant)[0]
    stands = "select started_at is not null, completed_at >= started_at from public.sync_jobs where id = %s"
    assert _one(connection, stands, job) == (False, None)
    for status, times in (("running", (True, None)), ("failed", (True, True)), ("running", (True, None)),
                          ("completed", (True, True))):  # fmt: skip
        connection.execute("update public.sync_jobs set status = %s where id = %s", (status, job))
        assert _one(connection, stands, job) == times


CALL = (
    "insert into public.webhook_logs (tenant_id, webhook_subscription_id, event_type, response_status, error_message) "
    "values (%s, md5(%s || 'subscription')::uuid, 'resolved', %s, %s)"
)
COUNTED = (
    "select success_count, failure_count, last_triggered is not null from public.webhook_subscriptions "
    "where id = md5(%s || 'subscription')::uuid"
)


def test_a_call_counts_for_its_subscription(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    """The row of the fixtures waits to be sent: nothing is known of it."""
    assert _one(connection, COUNTED, acme.slug) == (0, 0, False)
    answers = (
        (200, None),
        (204, None),
        (299, None),
        (302, None),
        (500, None),
        (None, "timed out"),
        (200, "not signed"),
    )
    for status, error in answers:
        connection.execute(CALL, (acme.tenant, acme.slug, status, error))
    assert _one(connection, COUNTED, acme.slug) == (3, 4, True)
    connection.execute("delete from public.webhook_logs where tenant_id = %s", (acme.tenant,))
    assert _one(connection, COUNTED, acme.slug) == (3, 4, True), "counters outlive the logs"
    assert _one(connection, COUNTED, other.slug) == (0, 0, False)


def test_a_queued_call_counts_when_it_is_answered(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    """A workflow queues it, whoever sends it writes the answer: once, and whatever is written later."""
    connection.execute("delete from public.webhook_logs where tenant_id = %s", (acme.tenant,))
    for _ in range(4):
        connection.execute(CALL, (acme.tenant, acme.slug, None, None))
    queued = [
        key for (key,) in connection.execute("select id from public.webhook_logs where tenant_id = %s", (acme.tenant,))
    ]
    sent = "update public.webhook_logs set response_status = %s, error_message = %s where id = any(%s)"
    with acting(connection, None, role="service_role", keep=True):
        connection.execute("update public.webhook_logs set processing_time_ms = 1")
        assert _one(connection, COUNTED, acme.slug) == (0, 0, False)
        for status, error, which, becomes in (
            (200, None, queued[:2], (2, 0, True)),
            (200, None, queued[:3], (3, 0, True)),
            (None, "timed out", queued[3:], (3, 1, True)),
            (200, None, queued, (3, 1, True)),
        ):
            connection.execute(sent, (status, error, which))
            assert _one(connection, COUNTED, acme.slug) == becomes
    assert _one(
        connection,
        "select last_triggered > created_at, "
        "(select bool_and(updated_at > created_at) from public.webhook_logs where tenant_id = %s) "
        "from public.webhook_subscriptions where tenant_id = %s",
        acme.tenant, acme.tenant,
    ) == (True, True)  # fmt: skip
    assert _one(connection, COUNTED, other.slug) == (0, 0, False)


def test_a_call_without_subscription_names_its_integration(connection: psycopg.Connection, acme: Tenant) -> None:
    """As the application logs; today its rows are refused."""
    logged = (
        "insert into public.webhook_logs (tenant_id, integration_id, event_type) values (%s, md5(%s)::uuid, 'order')"
    )
    connection.execute(logged, (acme.tenant, "acmeintegration"))
    with pytest.raises(errors.NotNullViolation):
        connection.execute(
            "insert into public.webhook_logs (tenant_id, event_type) values (%s, 'order')", (acme.tenant,)
        )
    with pytest.raises(errors.ForeignKeyViolation):
        connection.execute(
            "insert into public.webhook_logs (tenant_id, integration_id, webhook_subscription_id, event_type) "
            "values (%s, md5('acmecrm')::uuid, md5('acmesubscription')::uuid, 'order')",
            (acme.tenant,),
        )


TRAIL = (
    "select action, actor_id, details from public.integration_audit_logs "
    "where tenant_id = %s and entity_id is not null order by created_at, id"
)


def test_the_trail_says_who_changed_what_and_not_to_what(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("delete from public.integrations where tenant_id = %s", (acme.tenant,))
    before = len(connection.execute(TRAIL, (acme.tenant,)).fetchall())
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute(
            "insert into public.integrations (tenant_id, name, type, provider) values (%s, 'New', 'crm', 'hubspot')",
            (acme.tenant,),
        )
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute("update public.integrations set status = 'active', sync_frequency = 60")
    with acting(connection, None, role="service_role", keep=True):
        connection.execute(
            "update public.integrations set credentials = %s, error_count = 1 where tenant_id = %s",
            (f"v1.key.{'A' * 16}.{'B' * 22}", acme.tenant),
        )
    connection.execute("update public.integrations set last_sync_at = now(), error_count = 2")
    with acting(connection, acme.claims(acme.admin), keep=True):
        connection.execute("delete from public.integrations")
    assert connection.execute(TRAIL, (acme.tenant,)).fetchall()[before:] == [
        ("create", acme.admin, {"as": "authenticated"}),
        ("update", acme.admin, {"as": "authenticated", "changed": ["status", "sync_frequency"]}),
        ("update", None, {"as": "service_role", "changed": ["credentials"]}),
        ("delete", acme.admin, {"as": "authenticated"}),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "update public.integration_audit_logs set action = 'sync'",
        "delete from public.integration_audit_logs",
        "truncate public.integration_audit_logs",
    ],
)
def test_nobody_changes_the_trail(change: str, connection: psycopg.Connection, acme: Tenant) -> None:
    """The application has no right to, the owner is refused, and deleting agents and integrations leaves it alone."""
    for role in ("authenticated", "service_role"):
        with pytest.raises(errors.InsufficientPrivilege), acting(connection, acme.claims(acme.admin), role=role):
            connection.execute(change.encode())
    with pytest.raises(errors.InsufficientPrivilege, match="is append-only"):
        connection.execute(change.encode())
    with connection.transaction(), pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        connection.execute("set local etl.reason = 'correction'")
        connection.execute(change.encode())


def test_retention_deletes_from_the_trail(connection: psycopg.Connection, acme: Tenant) -> None:
    with connection.transaction():
        connection.execute("set local etl.reason = 'retention'")
        done = connection.execute("delete from public.integration_audit_logs where tenant_id = %s", (acme.tenant,))
        assert done.rowcount > 0


def test_one_external_customer_is_one_of_ours(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    second = _one(connection, "insert into public.customer_profiles (tenant_id) values (%s) returning id", acme.tenant)[
        0
    ]
    maps = (
        "insert into public.customer_sync_mapping "
        "(tenant_id, customer_profile_id, integration_id, external_id, external_entity_type) "
        "values (%s, %s, md5(%s || 'crm')::uuid, 'c9', %s)"
    )
    connection.execute(maps, (acme.tenant, acme.customer, acme.slug, "contact"))
    connection.execute(maps, (other.tenant, other.customer, other.slug, "contact"))
    with pytest.raises(errors.UniqueViolation, match="customer_sync_mapping_external_key"):
        connection.execute(maps, (acme.tenant, second, acme.slug, "contact"))
    with pytest.raises(errors.UniqueViolation, match="customer_sync_mapping_customer_key"):
        connection.execute(maps, (acme.tenant, acme.customer, acme.slug, "lead"))
