"""ops.deleted_rows: what the warehouse notes of rows that are gone at the source, and until when.

Belongs here: that ledger, extract by extract, and what a tenant that is gone leaves. Not here: which other rows raw keeps
(`test_extract.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction.extract import Extract, extract
from orchestration.extraction.reconciling import reconcile
from orchestration.extraction.tombstones import extract_obeying
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]


@pytest.mark.parametrize("reason", ["retention", "correction"])
def test_what_came_back_is_noted_as_deleted_no_more(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, reason: str
) -> None:
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant)
    run_extract()
    for expected, statement in (
        (1, "delete from public.conversations where id = %(id)s"),
        (0, "insert into public.conversations (id, tenant_id) values (%(id)s, %(tenant)s)"),
    ):
        with psycopg.connect(databases.operational) as source:
            source.execute("select set_config('etl.reason', %s, true)", (reason,))
            source.execute(statement.encode(), {"id": conversation, "tenant": tenant})
        run_extract()
        with psycopg.connect(databases.warehouse) as warehouse:
            noted = warehouse.execute("select from ops.deleted_rows where id = %s", (conversation,))
            assert noted.rowcount == expected


def test_who_is_erased_amid_an_extract_is_noted_under_their_new_name(databases: Databases, tenant: uuid.UUID) -> None:
    """R7: the row stays, as all that outlives its own. Noted by nobody, it was once one that the source does not have."""
    with psycopg.connect(databases.operational) as source:
        add = "insert into public.customer_profiles (tenant_id, email) values (%s, %s) returning id"
        source.execute(add, (tenant, "bob@example.com"))
        row = source.execute(add, (tenant, "ann@example.com")).fetchone()
    assert row
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)

    def erase(step: str, table: str) -> None:
        if step == "landed":
            with psycopg.connect(databases.operational) as source:
                asked = source.execute(
                    "insert into public.erasure_requests (tenant_id, customer_id, steps_done) values (%s, %s, '{source}') "
                    "returning id",
                    (tenant, *row),
                ).fetchone()
                source.execute("select app.erase_customer(%s)", asked)

    extract_obeying(databases.operational, databases.warehouse, pseudonym_key=KEY, on_step=erase)
    extract_obeying(databases.operational, databases.warehouse, pseudonym_key=KEY)
    assert len(rows_of_raw(databases.warehouse)["customer_profiles"]) == 2
    assert reconcile(databases.operational, databases.warehouse, pseudonym_key=KEY).differences == ()


def test_what_outlived_its_row_goes_with_its_tenant_unless_retention_took_that_too(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor
) -> None:
    """In one extract: what goes of the one tenant is nothing of the other's."""
    other = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, 'other', 'Other')", (other,))
        kept, _ = add_conversation(source, tenant), add_conversation(source, other)
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("set local etl.reason = 'retention'")
        source.execute("delete from public.conversations")
    run_extract()
    for reason, gone in (("retention", tenant), ("", other)):
        with psycopg.connect(databases.operational) as source:
            # No key is in the way.
            source.execute("set local session_replication_role = replica")
            source.execute("select set_config('etl.reason', %s, true)", (reason,))
            source.execute("delete from public.tenants where id = %s", (gone,))
    run_extract()
    landed = rows_of_raw(databases.warehouse)
    assert {row[0] for row in landed["conversations"]} == {kept}
    assert {row[0] for row in landed["tenants"]} == {tenant}


@pytest.mark.parametrize("how", ["comparison", "full"])
def test_whose_a_row_was_is_noted_where_no_log_says_so(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, how: str
) -> None:
    """The archive has no place for what is nobody's."""
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "one", "two")
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("set local session_replication_role = replica")
        source.execute("delete from public.messages where content = 'one'")
        source.execute("set local etl.pruning = 'on'")
        source.execute("delete from etl.change")
    if how == "full":
        run_extract(full=True)
    else:
        reconcile(databases.operational, databases.warehouse, pseudonym_key=KEY)
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute("select tenant_id, reason from ops.deleted_rows").fetchall() == [(tenant, None)]
