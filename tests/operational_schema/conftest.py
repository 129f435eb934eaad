"""Two tenants with people and a row in every table, ways to be one of the people, and folders of migrations.

Belongs here: what the tests of this room share. Not here: servers and databases (`tests/conftest.py`).
"""

import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from operational_schema import migrate
from operational_schema.history import Status
from orchestration.embedded import EmbeddedServer, wheel_binaries

ROWS = """
insert into public.tenants (id, slug, name) values (%(tenant)s, %(slug)s, %(slug)s);
insert into public.profiles (id, tenant_id, email, role, is_active) values
    (%(user)s, %(tenant)s, 'user@example.com', 'user', true),
    (%(agent)s, %(tenant)s, 'agent@example.com', 'agent', true),
    (%(admin)s, %(tenant)s, 'admin@example.com', 'admin', true),
    (%(retired)s, %(tenant)s, 'retired@example.com', 'admin', false);
insert into public.tenant_business_schedules (id, tenant_id) values (%(schedule)s, %(tenant)s);
insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at)
    values (%(tenant)s, %(schedule)s, 1, '09:00', '17:00');
insert into public.tenant_special_days (tenant_id, day) values (%(tenant)s, '2026-12-25');
insert into public.customer_profiles (id, tenant_id, email) values (%(customer)s, %(tenant)s, 'customer@example.com');
insert into public.conversations (id, tenant_id, customer_id, assigned_agent_id)
    values (%(conversation)s, %(tenant)s, %(customer)s, %(agent)s);
insert into public.messages (tenant_id, conversation_id, sender_type, content)
    values (%(tenant)s, %(conversation)s, 'customer', 'hello');
insert into public.scheduled_reports (id, tenant_id, slug, name, report_type, schedule_cron, recipients)
    values (%(report)s, %(tenant)s, 'daily', 'Daily', 'performance', '0 9 * * *', array['boss@example.com']);
insert into public.report_deliveries (tenant_id, report_id, slot_local, slot_at, recipient, message_id)
    values (%(tenant)s, %(report)s, '2026-01-01 09:00', '2026-01-01 09:00+00', 'boss@example.com', %(slug)s);
insert into public.export_jobs (tenant_id, user_id, name, type, format)
    values (%(tenant)s, %(agent)s, 'all', 'conversations', 'csv');
insert into public.system_settings (tenant_id, setting_key, setting_value, is_public) values
    (%(tenant)s, 'rating_scale', '5', true), (%(tenant)s, 'ai_confidence_threshold', '0.8', false);
"""


@dataclass(frozen=True)
class Tenant:
    """Keys of a tenant's rows."""

    slug: str
    tenant: uuid.UUID = field(default_factory=uuid.uuid4)
    user: uuid.UUID = field(default_factory=uuid.uuid4)
    agent: uuid.UUID = field(default_factory=uuid.uuid4)
    admin: uuid.UUID = field(default_factory=uuid.uuid4)
    retired: uuid.UUID = field(default_factory=uuid.uuid4)
    schedule: uuid.UUID = field(default_factory=uuid.uuid4)
    customer: uuid.UUID = field(default_factory=uuid.uuid4)
    conversation: uuid.UUID = field(default_factory=uuid.uuid4)
    report: uuid.UUID = field(default_factory=uuid.uuid4)

    def claims(self, person: uuid.UUID) -> dict[str, Any]:
        """The JWT of somebody who acts in this tenant."""
        return {"sub": str(person), "app_metadata": {"tenant_id": str(self.tenant)}}


@pytest.fixture
def connection(operational_url: str) -> Iterator[psycopg.Connection]:
    """The owner's session on a migrated database without rows; each statement commits by itself."""
    with psycopg.connect(operational_url, autocommit=True) as session:
        yield session


@pytest.fixture
def acme(connection: psycopg.Connection) -> Tenant:
    """A tenant with a row in every table."""
    return _insert(connection, Tenant("acme"))


@pytest.fixture
def other(connection: psycopg.Connection) -> Tenant:
    """Another one."""
    return _insert(connection, Tenant("other"))


def _insert(connection: psycopg.Connection, tenant: Tenant) -> Tenant:
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(ROWS, vars(tenant))
    return tenant


@contextmanager
def acting(
    connection: psycopg.Connection, claims: object | None, *, role: str = "authenticated", keep: bool = False
) -> Iterator[None]:
    """Act as the application does for a request; what was done is kept or taken back."""
    with connection.transaction(force_rollback=not keep):
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims) if claims else "",))
        connection.execute("select set_config('role', %s, true)", (role,))
        yield


@dataclass(frozen=True)
class Folder:
    """A folder of migrations and one of functions, as a test writes them."""

    migrations: Path
    functions: Path

    def write(self, name: str, text: str) -> Path:
        """Write a migration."""
        (self.migrations / name).write_text(text, encoding="utf-8")
        return self.migrations / name

    def write_function(self, name: str, text: str) -> None:
        """Write a repeatable file."""
        (self.functions / name).write_text(text, encoding="utf-8")

    def up(self, url: str, *, out_of_order: bool = False) -> list[str]:
        """Run what stands there."""
        return migrate.up(url, folder=self.migrations, functions=self.functions, out_of_order=out_of_order)

    def status(self, url: str) -> list[Status]:
        """What of it a database has."""
        return migrate.status(url, folder=self.migrations, functions=self.functions)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Two empty folders."""
    made = Folder(tmp_path / "migrations", tmp_path / "functions")
    made.migrations.mkdir()
    made.functions.mkdir()
    return made


def dump(server: EmbeddedServer, url: str) -> list[str]:
    """The schema of a database as pg_dump writes it; by one program for every server, and without its random tokens."""
    done = subprocess.run(
        [str(wheel_binaries() / "pg_dump"), "--schema-only", url], capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict", "-- "))]
