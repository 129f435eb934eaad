"""Both databases, migrated and empty, and a small tenant to write into."""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases, prepare

KEY = "a key of the tests, and of nothing else"


@pytest.fixture
def databases(operational_url: str, new_database: Callable[..., str]) -> Databases:
    """A migrated operational database and a prepared warehouse, both empty."""
    made = Databases(operational=operational_url, warehouse=new_database())
    prepare(made)
    return made


@pytest.fixture
def tenant(databases: Databases) -> uuid.UUID:
    """A tenant in Berlin."""
    tenant_id = uuid.uuid4()
    with psycopg.connect(databases.operational) as connection:
        connection.execute(
            "insert into public.tenants (id, slug, name, timezone) values (%s, 'acme', 'Acme', 'Europe/Berlin')",
            (tenant_id,),
        )
    return tenant_id


def add_conversation(connection: psycopg.Connection, tenant_id: uuid.UUID, *texts: str) -> uuid.UUID:
    """Insert a conversation with one customer message per text; returns its id."""
    conversation_id = uuid.uuid4()
    connection.execute("insert into public.conversations (id, tenant_id) values (%s, %s)", (conversation_id, tenant_id))
    for text in texts:
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "values (%s, %s, 'customer', %s)",
            (tenant_id, conversation_id, text),
        )
    return conversation_id
