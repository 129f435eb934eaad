"""As whom the source is read: its plain owner is enough, and anybody from whom policies hide rows is refused.

Belongs here: roles. Not here: what they may do in the application (`tests/operational_schema/access/`).
"""

import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from operational_schema import bundle, migrate, seeding
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import Extract, extract
from orchestration.extraction.reconciling import reconcile
from tests.conftest import execute
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw, rows_of_source

pytestmark = pytest.mark.usefixtures("every_server")


@pytest.fixture
def role(databases: Databases) -> Iterator[str]:
    """A role that is nobody's superuser, may not replicate, and obeys policies."""
    name = f"plain_{uuid.uuid4().hex[:12]}"
    execute(
        databases.operational, f"create role {name} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
    )
    yield name
    execute(databases.operational, f"drop role if exists {name}")


@pytest.fixture
def owned(role: str, new_database: Callable[..., str]) -> Iterator[str]:
    """A migrated database with the demonstration rows, all of it made by that role: URL as that role."""
    url = new_database()
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    execute(url, sql.SQL("alter database {} owner to {}").format(name, sql.Identifier(role)))
    migrate.up(as_role(url, role))
    seeding.seed(as_role(url, role))
    yield as_role(url, role)
    execute(url, sql.SQL("reassign owned by {} to postgres").format(sql.Identifier(role)))
    execute(url, sql.SQL("drop owned by {}").format(sql.Identifier(role)))


def as_role(url: str, role: str) -> str:
    return make_conninfo(url, user=role)


def test_the_plain_owner_of_the_source_is_enough(databases: Databases, owned: str) -> None:
    """As on Supabase: made, filled, followed and compared without a right beyond the database's own."""
    tenant = uuid.uuid4()
    assert extract(owned, databases.warehouse, pseudonym_key=KEY).halted == {}
    with psycopg.connect(owned) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
        conversation = add_conversation(source, tenant, "hello")
    extract(owned, databases.warehouse, pseudonym_key=KEY)
    with psycopg.connect(owned) as source:
        source.execute("delete from public.conversations where id = %s", (conversation,))
    done = extract(owned, databases.warehouse, pseudonym_key=KEY)
    assert (done.full_because, done.halted, done.tables["messages"].deleted) == (None, {}, 1)
    assert reconcile(owned, databases.warehouse, pseudonym_key=KEY).differences == ()
    with psycopg.connect(owned) as source:
        assert rows_of_raw(databases.warehouse) == rows_of_source(source)
        assert source.execute("select count(*) from etl.change").fetchone() == (0,)


def test_the_plain_owner_pastes_functions_in_a_session_of_their_own(owned: str) -> None:
    """One that has loaded no extension yet knows none of its settings, and a SET clause of an unknown one is a superuser's."""
    with psycopg.connect(owned) as source:
        source.execute(bundle.functions().encode())


def test_who_is_not_the_owner_is_refused_instead_of_reading_what_policies_leave(
    databases: Databases, tenant: uuid.UUID, run_extract: Callable[..., Extract], role: str
) -> None:
    """Hidden rows would be taken for deleted ones."""
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
        source.execute(f"grant usage on schema etl to {role}")
        for schema in ("public", "etl"):
            source.execute(f"grant all on all tables in schema {schema} to {role}")
        source.execute(f"grant execute on all functions in schema etl to {role}")
    run_extract()
    with pytest.raises(WarehouseError, match="row-level security policy"):
        extract(as_role(databases.operational, role), databases.warehouse, pseudonym_key=KEY)
    assert len(rows_of_raw(databases.warehouse)["messages"]) == 1
    execute(databases.operational, f"drop owned by {role}")


def test_a_table_whose_policies_hold_its_owner_too_halts_alone(databases: Databases, owned: str) -> None:
    execute(owned, "alter table public.conversation_notes force row level security")
    done = extract(owned, databases.warehouse, pseudonym_key=KEY)
    assert list(done.halted) == ["conversation_notes"]
    assert "row-level security policy" in done.halted["conversation_notes"]
