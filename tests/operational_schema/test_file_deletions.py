"""Files of attachments whose rows have gone: queued whichever way they go, deleted by a worker, forgotten by rule.

Belongs here: functions/file_deletions.sql and what is said about its queue. Not here: who sees it
(`test_row_level_security.py`), and what the proof of an erasure says of it (`test_erasure_files.py`).
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.forgetting import LONG_AGO, NOW, landed, old, retain

pytestmark = pytest.mark.usefixtures("every_server")

WORKED_OFF = "update public.file_deletions set deleted_at = now() where deleted_at is null"


@pytest.fixture(autouse=True)
def _nothing_waits(connection: psycopg.Connection, empty: Tenant) -> None:
    connection.execute("delete from public.file_deletions")


def attach(
    connection: psycopg.Connection, tenant: Tenant, conversation: uuid.UUID, path: str, provider: str = "aws"
) -> None:
    connection.execute(
        "insert into public.file_attachments (tenant_id, conversation_id, message_id, filename, file_path, storage_provider) "
        "select %s, %s, max(id::text)::uuid, 'a.pdf', %s, %s from public.messages where conversation_id = %s",
        (tenant.tenant, conversation, path, provider, conversation),
    )


def queue(connection: psycopg.Connection) -> list[Any]:
    return connection.execute(
        "select file_path, reason, deleted_at is not null from public.file_deletions order by file_path"
    ).fetchall()


def health(connection: psycopg.Connection) -> tuple[Any, ...] | None:
    return connection.execute("select state, finding from app.health_findings() where check_name = 'files'").fetchone()


def test_what_retention_deletes_is_queued_and_forgotten_when_it_is_done(
    connection: psycopg.Connection, empty: Tenant
) -> None:
    attach(connection, empty, old(connection, empty, LONG_AGO), "acme/1/a.pdf")
    landed(connection)
    retain(connection, empty, NOW, dry=True)
    assert queue(connection) == []
    assert retain(connection, empty, NOW)["file_attachments", None] == 1
    assert queue(connection) == [("acme/1/a.pdf", "retention", False)]
    much_later = datetime.now(UTC) + timedelta(days=100)
    assert retain(connection, empty, much_later)["file_deletions", "its file is still there"] == 1
    with acting(connection, None, role="service_role", keep=True):
        assert connection.execute(WORKED_OFF).rowcount == 1
    assert queue(connection) == [(None, "retention", True)]
    assert ("file_deletions", None) not in retain(connection, empty, datetime.now(UTC) + timedelta(days=80))
    assert retain(connection, empty, much_later)["file_deletions", None] == 1


@pytest.mark.parametrize("gone", ["conversations", "messages", "file_attachments"])
def test_so_is_what_anybody_deletes(connection: psycopg.Connection, empty: Tenant, gone: str) -> None:
    attach(connection, empty, old(connection, empty, LONG_AGO), "acme/1/a.pdf")
    with pytest.raises(ZeroDivisionError), connection.transaction():
        connection.execute(f"delete from public.{gone}".encode())
        raise ZeroDivisionError
    assert queue(connection) == [], "the row is there still"
    connection.execute(f"delete from public.{gone}".encode())
    assert queue(connection) == [("acme/1/a.pdf", "deleted", False)]


def test_a_path_that_is_used_again_is_not_deleted(connection: psycopg.Connection, empty: Tenant) -> None:
    for path in ("acme/1/a.pdf", "acme/1/b.pdf"):
        attach(connection, empty, old(connection, empty, LONG_AGO), path)
    connection.execute("delete from public.conversations")
    attach(connection, empty, old(connection, empty, LONG_AGO), "acme/1/b.pdf", "gcs")
    assert len(queue(connection)) == 2, "what lies elsewhere is another file"
    attach(connection, empty, old(connection, empty, LONG_AGO), "acme/1/a.pdf")
    assert queue(connection) == [("acme/1/b.pdf", "deleted", False)]
    connection.execute("delete from public.conversations")
    assert len(queue(connection)) == 3


def test_a_mask_leaves_the_path_by_which_the_file_is_found(connection: psycopg.Connection, empty: Tenant) -> None:
    attach(connection, empty, old(connection, empty, LONG_AGO), "acme/zaphod@example.org.pdf")
    connection.execute("delete from public.conversations")
    with connection.transaction():
        connection.execute("set local etl.reason = 'retention'")
        connection.execute("select app.mask_elsewhere(%s, array['zaphod@example.org'])", (empty.tenant,))
    assert queue(connection) == [("acme/zaphod@example.org.pdf", "deleted", False)]


def test_an_admin_sees_that_files_wait_and_not_what_they_are_called(
    connection: psycopg.Connection, empty: Tenant
) -> None:
    attach(connection, empty, old(connection, empty, LONG_AGO), "acme/1/a.pdf")
    connection.execute("delete from public.conversations")
    with acting(connection, empty.claims(empty.admin)):
        assert connection.execute("select reason from public.file_deletions").fetchall() == [("deleted",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select file_path from public.file_deletions")


@pytest.mark.parametrize(("days", "state"), [(0, "healthy"), (2, "degraded"), (8, "unhealthy")])
def test_a_storage_that_nobody_empties_is_unhealthy(
    connection: psycopg.Connection, empty: Tenant, *, days: int, state: str
) -> None:
    assert health(connection) == ("healthy", "0 files of deleted attachments wait in the storage")
    attach(connection, empty, old(connection, empty, LONG_AGO), "acme/1/a.pdf")
    connection.execute("delete from public.conversations")
    connection.execute("update public.file_deletions set queued_at = now() - make_interval(days => %s)", (days,))
    found = health(connection)
    assert found
    assert found[0] == state
    assert found[1].startswith("1 files of deleted attachments wait in the storage, since 20")
    connection.execute(WORKED_OFF)
    assert health(connection) == ("healthy", "0 files of deleted attachments wait in the storage")
