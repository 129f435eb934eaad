"""A source that is another one: a copy of ours is compared as a whole, somebody else's never empties the warehouse by itself.

Belongs here: databases that were never ours, and tables that a copy of ours has lost. Not here: how another source is noticed
(`test_identity.py`), and one that was really restored (`test_restored_sources.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import Extract, extract
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw, rows_of_source

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]
Check = Callable[[], None]
NONE_OF_OURS = "the source is another database, and it has none of the tenants that have landed: nothing was landed"


@pytest.fixture
def landed(databases: Databases, tenant: uuid.UUID, run_extract: Extractor) -> Databases:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "only in the first")
    run_extract()
    return databases


@pytest.fixture
def other(landed: Databases, new_database: Callable[..., str]) -> str:
    """A migrated database without a row."""
    return new_database(template="operational_template")


def add_tenant(url: str, tenant: uuid.UUID, slug: str) -> None:
    with psycopg.connect(url) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, %s, 'Acme')", (tenant, slug))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("is_empty", [True, False])
def test_one_without_our_tenants_is_refused_until_it_is_said_to_be_meant(
    landed: Databases, other: str, run_extract: Extractor, assert_equal: Check, *, is_empty: bool, full: bool
) -> None:
    """X9: a URL that points to a fresh database, or to another platform's, once emptied raw and all marts."""
    if not is_empty:
        add_tenant(other, uuid.uuid4(), "of-somebody-else")
    before = rows_of_raw(landed.warehouse)
    for _ in range(2):
        with pytest.raises(WarehouseError, match=f"^{NONE_OF_OURS}.* run romashka refresh --replace$"):
            extract(other, landed.warehouse, pseudonym_key=KEY, full=full)
    assert rows_of_raw(landed.warehouse) == before
    with psycopg.connect(other) as source:
        assert source.execute("select count(*) from etl.acknowledged").fetchone() == (0,), "it was told nothing"
    assert run_extract().full_because is None
    assert_equal()
    assert extract(other, landed.warehouse, pseudonym_key=KEY, replace=True).full_because == "asked for"
    with psycopg.connect(other) as source:
        assert rows_of_raw(landed.warehouse) == rows_of_source(source)
    run_extract(replace=True)
    assert_equal()


def test_where_nothing_would_be_lost_nothing_is_refused(landed: Databases, other: str, tenant: uuid.UUID) -> None:
    """A warehouse whose tenants have all gone, or been left here by retention, reads whatever there is."""
    with psycopg.connect(landed.warehouse) as warehouse:
        warehouse.execute(
            "insert into ops.deleted_rows (table_name, id, reason, deleted_as_of) values ('tenants', %s, 'retention', now())",
            (tenant,),
        )
    add_tenant(other, uuid.uuid4(), "a-new-beginning")
    done = extract(other, landed.warehouse, pseudonym_key=KEY)
    assert (done.full_because, done.tables["tenants"].inserted) == ("the source is another database", 1)


@pytest.mark.parametrize("reason", ["a copy", "a pruned log"])
def test_a_table_that_a_copy_of_ours_has_lost_halts_alone(
    landed: Databases, tenant: uuid.UUID, run_extract: Extractor, new_database: Callable[..., str], *, reason: str
) -> None:
    """X9, X16: a full comparison that nobody asked for once took all of it for deleted."""
    copy = landed.operational
    if reason == "a copy":
        copy = new_database(template=str(conninfo_to_dict(copy)["dbname"]))
    with psycopg.connect(copy) as source:
        source.execute("truncate public.messages cascade")
        source.execute("insert into public.conversations (tenant_id) values (%s)", (tenant,))
        source.execute("delete from etl.change")
    before = rows_of_raw(landed.warehouse)["messages"]
    for _ in range(2):
        done = extract(copy, landed.warehouse, pseudonym_key=KEY)
        assert done.halted.keys() == {"messages"}
        assert "is empty at the source without a word of the change log" in done.halted["messages"]
        assert rows_of_raw(landed.warehouse)["messages"] == before
    assert done.tables["conversations"].rows == 2
    assert extract(copy, landed.warehouse, pseudonym_key=KEY, full=True).halted == {}
    assert rows_of_raw(landed.warehouse)["messages"] == set()
