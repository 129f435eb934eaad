"""Two tenants with people and a row in every table, ways to be one of the people, and folders of migrations.

Belongs here: what the tests of this room share. Not here: servers and databases (`tests/conftest.py`).
"""

import json
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from operational_schema import migrate
from operational_schema.history import Status
from orchestration.embedded import EmbeddedServer, wheel_binaries
from tests.conftest import execute
from tests.operational_schema.access import ROWS

Workflow = Callable[..., uuid.UUID]


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
    second: uuid.UUID = field(default_factory=uuid.uuid4)
    report: uuid.UUID = field(default_factory=uuid.uuid4)

    def claims(self, person: uuid.UUID) -> dict[str, Any]:
        """The JWT of somebody who acts in this tenant."""
        return {"sub": str(person), "app_metadata": {"tenant_id": str(self.tenant)}}


@dataclass(frozen=True)
class Peopled:
    """A database with tenants, to clone: their rows pass a hundred triggers, which takes longer than a clone."""

    database: str
    tenants: dict[str, Tenant]
    minute: int


@pytest.fixture(scope="session")
def peopled() -> Callable[[EmbeddedServer, tuple[str, ...]], Peopled]:
    """Such a database of that server with those tenants. Of this very minute: what asks for now takes them for just made."""
    made: dict[tuple[Path, tuple[str, ...]], Peopled] = {}

    def of(server: EmbeddedServer, slugs: tuple[str, ...]) -> Peopled:
        before, minute = made.get((server.folder, slugs)), int(time.time() // 60)
        if before and before.minute == minute:
            return before
        if before:
            execute(server.url("postgres"), f"drop database {before.database} with (force)")
        database = f"peopled_{uuid.uuid4().hex[:12]}"
        execute(server.url("postgres"), f"create database {database} template operational_template strategy file_copy")
        with psycopg.connect(server.url(database), autocommit=True) as session:
            tenants = {slug: _insert(session, Tenant(slug)) for slug in slugs}
        made[server.folder, slugs] = Peopled(database, tenants, minute)
        return made[server.folder, slugs]

    return of


@pytest.fixture
def tenants(
    request: pytest.FixtureRequest,
    chosen_server: EmbeddedServer,
    peopled: Callable[[EmbeddedServer, tuple[str, ...]], Peopled],
) -> Peopled | None:
    """Those that the test asks for."""
    slugs = tuple(slug for slug in ("acme", "other") if slug in request.fixturenames)
    return peopled(chosen_server, slugs) if slugs else None


@pytest.fixture
def operational_url(new_database: Callable[..., str], tenants: Peopled | None) -> str:
    """URL of a migrated database with the tenants that the test asks for, and no other row."""
    return new_database(template=tenants.database if tenants else "operational_template")


@pytest.fixture
def connection(operational_url: str) -> Iterator[psycopg.Connection]:
    """The owner's session on a migrated database without rows; each statement commits by itself."""
    with psycopg.connect(operational_url, autocommit=True) as session:
        yield session


@pytest.fixture
def acme(tenants: Peopled) -> Tenant:
    """A tenant with a row in every table."""
    return tenants.tenants["acme"]


@pytest.fixture
def other(tenants: Peopled) -> Tenant:
    """Another one."""
    return tenants.tenants["other"]


def _insert(connection: psycopg.Connection, tenant: Tenant) -> Tenant:
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(ROWS, vars(tenant))
    return tenant


@pytest.fixture
def empty(connection: psycopg.Connection, acme: Tenant) -> Tenant:
    """Acme in New York, without conversations."""
    connection.execute("delete from public.conversations")
    connection.execute("update public.tenants set timezone = 'America/New_York'")
    return acme


@pytest.fixture
def workflow(connection: psycopg.Connection, acme: Tenant) -> Workflow:
    """Makes a workflow of steps."""

    def make(*steps: object, active: bool = True) -> uuid.UUID:
        row = connection.execute(
            "insert into public.workflows (tenant_id, name, trigger_type, steps, is_active) "
            "values (%s, gen_random_uuid()::text, 'manual', %s, %s) returning id",
            (acme.tenant, Jsonb(list(steps)), active),
        ).fetchone()
        assert row
        return row[0]  # type: ignore[no-any-return]

    return make


@contextmanager
def acting(
    connection: psycopg.Connection,
    claims: object | None,
    *,
    role: str = "authenticated",
    headers: object | None = None,
    keep: bool = False,
) -> Iterator[None]:
    """Act as the application does for a request; what was done is kept or taken back."""
    with connection.transaction(force_rollback=not keep):
        for setting, said in (("request.jwt.claims", claims), ("request.headers", headers)):
            connection.execute("select set_config(%s, %s, true)", (setting, json.dumps(said) if said else ""))
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
