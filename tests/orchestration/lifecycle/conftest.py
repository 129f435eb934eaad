"""A tenant with a past, and a warehouse that has it or not: what the tests of this room share."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from operational_schema import demo_traffic
from orchestration.databases import Databases
from orchestration.extraction.extract import extract
from orchestration.lifecycle import retention, retention_warehouse
from orchestration.lifecycle.retention_detached import Detached
from tests.orchestration.conftest import KEY
from tests.orchestration.transformation.conftest import Desk

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
LONG_AGO = TODAY - timedelta(days=500)
# What is written today is older than its rule by then.
IN_400_DAYS = (TODAY + timedelta(days=400)).date()
Old = Callable[..., uuid.UUID]


@pytest.fixture
def old(databases: Databases, tenant: uuid.UUID) -> Old:
    """Writes a conversation of long ago, with a message; returns its id."""

    def write(*, at: datetime = LONG_AGO, status: str = "resolved", customer: uuid.UUID | None = None) -> uuid.UUID:
        key = uuid.uuid4()
        with psycopg.connect(databases.operational) as source:
            source.execute("select set_config('app.import', 'on', true)")
            source.execute(
                "insert into public.conversations (id, tenant_id, customer_id, status, created_at, resolved_at) "
                "values (%s, %s, %s, %s, %s, %s)",
                (key, tenant, customer, status, at, at if status == "resolved" else None),
            )
            source.execute(
                "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
                "values (%s, %s, 'customer', 'x', %s)",
                (tenant, key, at),
            )
        return key

    return write


@pytest.fixture
def land(databases: Databases) -> Callable[[], object]:
    """Brings the warehouse up to the source."""
    return lambda: extract(databases.operational, databases.warehouse, pseudonym_key=KEY)


@pytest.fixture
def busy(databases: Databases) -> Iterator[Desk]:
    """Five months of traffic, ended in July 2024."""
    made = Desk(databases)
    demo_traffic.load_traffic(
        databases.operational, conversations=120, tenants=2, days=150, seed=3, until=datetime(2024, 7, 31, tzinfo=UTC)
    )
    made.clock = datetime(2024, 9, 1, tzinfo=UTC)
    made.refresh()
    yield made
    made.close()


@pytest.fixture
def desk(busy: Desk, tmp_path: Path) -> Desk:
    """The same, of which the source has forgotten what may be forgotten."""
    retention.run(busy.databases.operational, exports=tmp_path, as_of=date(2026, 1, 1))
    busy.refresh()
    return busy


def aside(desk: Desk) -> int:
    """Messages that are detached and not dropped."""
    names = desk.warehouse.execute(
        "select oid::regclass::text from pg_class where relnamespace = 'detached'::regnamespace "
        "and relname like 'messages_%'"
    )
    counts = (desk.warehouse.execute(f"select count(*) from {name}".encode()) for (name,) in names.fetchall())
    return sum(counted.fetchone()[0] for counted in counts)  # type: ignore[index]


def forget(desk: Desk, as_of: date, *, dry: bool = False) -> list[Detached]:
    """What leaves the warehouse, of tenants of whom anything does."""
    done = retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=as_of, dry=dry)
    return [each for each in done if each.is_anything]
