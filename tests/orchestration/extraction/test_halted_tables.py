"""A halted table: what it holds back, what is said of it, and from where it goes on.

Belongs here: after the halt. Not here: what halts a table (`test_drift.py`).
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from orchestration import dbt
from orchestration.databases import Databases
from orchestration.extraction.extract import Extract
from orchestration.extraction.reconciling import reconcile
from orchestration.overview import status
from orchestration.refresh import refresh
from orchestration.settings import load
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw

Extractor = Callable[..., Extract]
Check = Callable[[], None]


def alter(databases: Databases, change: str) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute(f"alter table public.messages {change}")


def known_until(databases: Databases) -> datetime:
    with psycopg.connect(databases.warehouse) as warehouse:
        row = warehouse.execute("select data_as_of from raw.extract").fetchone()
    assert row is not None
    instant: datetime = row[0]
    return instant


def test_halted_in_a_full_comparison_it_is_read_as_a_whole_afterwards(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """It once followed from its old snapshot, which another source, or a log that lacks something, knows nothing of."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "its key is about to be lost")
        source.execute("delete from etl.change")
    alter(databases, "rename column ordinal to place")
    done = run_extract()
    assert (list(done.halted), done.full_because) == (["messages"], "somebody has pruned the change log of the source")
    alter(databases, "rename column place to ordinal")
    done = run_extract()
    assert (done.halted, done.full_because, done.tables["messages"].inserted) == ({}, None, 1)
    assert_equal()


def test_what_changes_while_a_table_is_halted_waits_in_the_log_for_it(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X22: halted for its values, no ALTER has it read as a whole when they are mended."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant)
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
            "select %s, %s, 'customer', 'bad', '20000-01-01' from generate_series(1, 101)",
            (tenant, conversation),
        )
    assert "messages" in run_extract().halted
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "meanwhile")
    assert "messages" in run_extract().halted
    with psycopg.connect(databases.operational) as source:
        source.execute("delete from public.conversations where id = %s", (conversation,))
    done = run_extract()
    assert (done.halted, done.full_because, done.tables["messages"].rows) == ({}, None, 1)
    assert_equal()


@pytest.mark.parametrize("type_", ["uuid", "bigint"])
def test_a_column_that_came_back_with_other_values_is_read_as_a_whole(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, *, type_: str
) -> None:
    """X18: no trigger hears of what an ALTER does to values."""
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant, "hello")
        source.execute("update public.messages set tokens_used = 7 where conversation_id = %s", (conversation,))
    run_extract()
    alter(databases, "drop column tokens_used")
    assert list(run_extract().halted) == ["messages"]
    alter(databases, f"add column tokens_used {type_}")
    assert list(run_extract().halted) == ["messages"]
    alter(databases, "alter column tokens_used type integer using null")
    assert run_extract().halted == {}
    assert_equal()


def test_the_marts_say_the_last_instant_at_which_all_was_known(
    databases: Databases, tenant: uuid.UUID, tmp_path: Path
) -> None:
    """Reports wait for the instant of the marts: while messages stood still, they once went out with the day half told."""
    dbt.ensure_manifest()

    def published() -> datetime:
        return refresh(databases, pseudonym_key=KEY).publication.data_as_of

    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello")
    known = published()
    alter(databases, "rename column ordinal to place")
    with psycopg.connect(databases.operational) as source:
        source.execute("set local session_replication_role = replica")
        source.execute("insert into public.conversations (tenant_id) values (%s)", (tenant,))
    assert [published(), published()] == [known, known]
    settings = load(
        {
            "ROMASHKA_OPERATIONAL_URL": databases.operational,
            "ROMASHKA_WAREHOUSE_URL": databases.warehouse,
            "ROMASHKA_HOME": str(tmp_path),
        }
    )
    assert f"data as of {known.isoformat()}; halted: messages" in dict(status(settings))["warehouse"]
    alter(databases, "rename column place to ordinal")
    assert published() > known


def test_a_first_extract_that_halts_knows_of_no_instant(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor
) -> None:
    alter(databases, "rename column ordinal to place")
    run_extract()
    assert known_until(databases) == datetime(1970, 1, 1, tzinfo=UTC)
    alter(databases, "rename column place to ordinal")
    done = run_extract()
    assert known_until(databases) == done.data_as_of


@pytest.mark.parametrize("how", ["full", "reconcile"])
def test_the_count_of_a_table_is_mended_whenever_all_of_it_is_read(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, *, how: str
) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "one", "two")
    run_extract()
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("update ops.landed_tables set rows = 1000")
    if how == "reconcile":
        reconcile(databases.operational, databases.warehouse, pseudonym_key=KEY)
    done = run_extract(full=how == "full")
    landed = {name: len(rows) for name, rows in rows_of_raw(databases.warehouse).items()}
    assert {name: each.rows for name, each in done.tables.items()} == landed
