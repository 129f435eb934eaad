"""X4: transactions that stay open while extracts come and go, here and in other databases of the server.

Belongs here: waiting for their rows, and saying so. Not here: those left prepared (`test_identity.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.extraction import extract as extracting
from orchestration.extraction.extract import Extract, extract
from tests.operational_schema.ills import autovacuum_at_work
from tests.orchestration.conftest import KEY, add_conversation, databases_of

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]
Check = Callable[[], None]


def test_what_was_open_over_twenty_extracts_arrives_once_and_the_rest_flows_on(
    databases: Databases,
    tenant: uuid.UUID,
    run_extract: Extractor,
    assert_equal: Check,
    new_database: Callable[..., str],
) -> None:
    with psycopg.connect(databases.operational) as late, psycopg.connect(new_database()) as elsewhere:
        elsewhere.execute("create table other (id integer)")
        add_conversation(late, tenant, "long work")
        ages = []
        for number in range(20):
            with psycopg.connect(databases.operational) as quick:
                add_conversation(quick, tenant, f"quick {number}")
            done = run_extract()
            assert (done.full_because is None or number == 0, done.tables["messages"].inserted) == (True, 1)
            assert done.oldest_writer
            ages.append(done.oldest_writer.seconds)
            # Only what is open may be waited for: the log of the rest is pruned.
            with psycopg.connect(databases.operational) as source:
                assert source.execute("select count(*) from etl.change").fetchone() == (0,)
        assert ages == sorted(ages)
    assert run_extract().tables["messages"].inserted == 1
    assert run_extract().tables["messages"].changed == 0
    assert_equal()


def test_it_is_told_by_name_when_it_is_open_for_too_long(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracting, "LONG_TRANSACTION_SECONDS", 0)
    assert run_extract().notices == ()
    with psycopg.connect(databases.operational) as late:
        add_conversation(late, tenant, "long work")
        (line,) = run_extract().notices
        name = f"session {late.info.backend_pid}"
    assert line == f"{name} has been open for more than 0 s: its rows, and the change log, wait for it"
    assert run_extract().notices == ()


def test_nothing_waits_for_autovacuum(own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes no rows, though it has a number as a transaction once it writes statistics."""
    monkeypatch.setattr(extracting, "LONG_TRANSACTION_SECONDS", 0)
    databases = databases_of(own_server)
    with autovacuum_at_work(databases.operational):
        assert extract(databases.operational, databases.warehouse, pseudonym_key=KEY).notices == ()


def test_a_row_of_one_transaction_that_another_changes_ends_as_the_last_left_it(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X2: inserted in A, updated in B, which was open before A began, with an extract after each."""
    with psycopg.connect(databases.operational) as second, psycopg.connect(databases.operational) as first:
        second.execute("update public.tenants set name = name")
        conversation = add_conversation(first, tenant, "hello")
        first.commit()
        run_extract()
        second.execute("update public.conversations set priority = 'high' where id = %s", (conversation,))
        run_extract()
        second.commit()
    done = run_extract()
    assert done.tables["conversations"].updated == 1
    assert_equal()
