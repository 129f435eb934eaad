"""A tenant with a past, and a warehouse that has it or not: what the tests of this room share."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction.extract import extract
from tests.orchestration.conftest import KEY

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
LONG_AGO = TODAY - timedelta(days=500)
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
