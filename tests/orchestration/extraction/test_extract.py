"""Extraction: after every extract, raw equals the source, whatever committed when."""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction.extract import Extract, extract
from tests.orchestration.conftest import add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]
Check = Callable[[], None]


def deliver_all(source: psycopg.Connection) -> None:
    """A delivery for each message, also where our side has not sent it."""
    source.execute("set local session_replication_role = replica")
    source.execute(
        "insert into public.message_delivery_tracking (tenant_id, message_id, channel_type) "
        "select tenant_id, id, 'email' from public.messages"
    )


def test_the_first_extract_lands_everything(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello", "is anybody there?")
    done = run_extract()
    assert_equal()
    assert done.full_because == "first extract"
    assert (done.tables["messages"].inserted, done.tables["messages"].rows) == (2, 2)


def test_the_next_extract_moves_only_what_changed(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    with psycopg.connect(databases.operational) as source:
        kept = add_conversation(source, tenant, "one", "two")
        dropped = add_conversation(source, tenant, "three")
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.conversations set status = 'resolved' where id = %s", (kept,))
        source.execute("delete from public.conversations where id = %s", (dropped,))
        add_conversation(source, tenant, "four")
    done = run_extract()
    assert_equal()
    conversations = done.tables["conversations"]
    assert (conversations.inserted, conversations.updated, conversations.deleted, conversations.rows) == (1, 1, 1, 2)
    assert (done.tables["messages"].deleted, done.tables["messages"].rows) == (1, 3)


def test_an_extract_without_changes_moves_nothing(tenant: uuid.UUID, run_extract: Extractor) -> None:
    run_extract()
    assert {name: landed.changed for name, landed in run_extract().tables.items() if landed.changed} == {}


def test_a_transaction_that_commits_late_is_not_lost(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X1: A inserts and waits, B inserts and commits, extract, A commits, extract. A watermark loses A."""
    with psycopg.connect(databases.operational) as late:
        add_conversation(late, tenant, "from A")
        with psycopg.connect(databases.operational) as quick:
            add_conversation(quick, tenant, "from B")
        assert run_extract().tables["messages"].inserted == 1
    assert run_extract().tables["messages"].inserted == 1
    assert_equal()


def test_what_was_rolled_back_never_arrives(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X3: a whole transaction, and a savepoint inside one that committed."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "never")
        source.rollback()
        add_conversation(source, tenant, "kept")
        with pytest.raises(psycopg.Error), source.transaction():
            add_conversation(source, tenant, "undone")
            source.execute("select 1 / 0")
    assert run_extract().tables["messages"].inserted == 1
    assert_equal()


def test_deleted_and_inserted_again_ends_as_it_is_now(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X7."""
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant, "first life")
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("delete from public.conversations where id = %s", (conversation,))
        source.execute(
            "insert into public.conversations (id, tenant_id, priority) values (%s, %s, 'high')", (conversation, tenant)
        )
    run_extract()
    assert_equal()


def test_what_a_delete_takes_with_it_over_three_levels_goes(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X7: a conversation, its messages, and their deliveries."""
    with psycopg.connect(databases.operational) as source:
        gone, kept = (add_conversation(source, tenant, "one", "two") for _ in range(2))
        deliver_all(source)
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("delete from public.conversations where id = %s", (gone,))
    done = run_extract()
    assert [done.tables[name].deleted for name in ("conversations", "messages", "message_delivery_tracking")] == [
        1,
        2,
        2,
    ]
    assert_equal()
    assert {row[0] for row in rows_of_raw(databases.warehouse)["conversations"]} == {kept}


def test_a_moved_message_takes_its_deliveries_along(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """They land with the conversation of their message, and nothing about them changed."""
    with psycopg.connect(databases.operational) as source:
        wrong, right = add_conversation(source, tenant, "one", "two"), add_conversation(source, tenant)
        deliver_all(source)
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.messages set conversation_id = %s where conversation_id = %s", (right, wrong))
    assert run_extract().tables["message_delivery_tracking"].updated == 2
    assert_equal()


def test_a_delivery_that_is_added_while_its_message_is_moved_moves_along(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """Who moves it cannot see the delivery, and it once stayed with the conversation from before."""
    with psycopg.connect(databases.operational) as source:
        wrong, right = add_conversation(source, tenant, "one"), add_conversation(source, tenant)
    run_extract()
    with psycopg.connect(databases.operational) as mover, psycopg.connect(databases.operational) as other:
        mover.execute("update public.messages set conversation_id = %s where conversation_id = %s", (right, wrong))
        deliver_all(other)
        other.commit()
        assert run_extract().tables["message_delivery_tracking"].inserted == 1
        mover.commit()
    run_extract()
    assert_equal()


def test_a_customer_who_moves_to_another_tenant_leaves_no_pseudonym_behind(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    other = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, 'other', 'Other')", (other,))
        source.execute(
            "insert into public.customer_profiles (tenant_id, email) values (%s, 'ann@example.com')", (tenant,)
        )
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.customer_profiles set tenant_id = %s", (other,))
    done = run_extract().tables["customer_profiles"]
    assert (done.inserted, done.deleted, done.rows) == (1, 1, 1)
    assert_equal()


def test_a_changed_key_leaves_no_old_row(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X20."""
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant)
    run_extract()
    with psycopg.connect(databases.operational) as source:
        for table in ("conversation_events", "sla_tracking"):
            source.execute(f"delete from public.{table} where conversation_id = %s", (conversation,))
        source.execute("update public.conversations set id = %s where id = %s", (uuid.uuid4(), conversation))
    run_extract()
    assert_equal()


@pytest.mark.parametrize("fulls", [(False, True), (True, False)])
def test_what_retention_deletes_stays_and_what_erasure_deletes_goes(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, fulls: tuple[bool, bool]
) -> None:
    """X8, and that a full extract keeps to it, also where it is the first to see that they are gone."""
    with psycopg.connect(databases.operational) as source:
        old = add_conversation(source, tenant, "old")
        asked = add_conversation(source, tenant, "erase me")
    run_extract()
    for reason, conversation in (("retention", old), ("erasure", asked)):
        with psycopg.connect(databases.operational) as source:
            source.execute("select set_config('etl.reason', %s, true)", (reason,))
            source.execute("delete from public.conversations where id = %s", (conversation,))
    for full in (*fulls, True):
        run_extract(full=full)
        with psycopg.connect(databases.operational) as source:
            # As after its five weeks: what was noted here has to do.
            source.execute("truncate etl.outlived")
        assert {row[0] for row in rows_of_raw(databases.warehouse)["conversations"]} == {old}
        assert len(rows_of_raw(databases.warehouse)["messages"]) == 1
    with psycopg.connect(databases.warehouse) as warehouse:
        noted = warehouse.execute(
            "select id, reason from ops.deleted_rows where table_name = 'conversations' order by reason"
        ).fetchall()
    assert noted == [(asked, "erasure"), (old, "retention")]


@pytest.mark.parametrize("full", [False, True])
def test_the_last_reason_counts(databases: Databases, tenant: uuid.UUID, run_extract: Extractor, *, full: bool) -> None:
    """What retention took, a backup brought again and somebody deleted is deleted."""
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant, "old")
    run_extract()
    for reason in ("retention", ""):
        with psycopg.connect(databases.operational) as source:
            source.execute("select set_config('etl.reason', %s, true)", (reason,))
            source.execute("delete from public.conversations where id = %s", (conversation,))
            if reason:
                source.execute(
                    "insert into public.conversations (id, tenant_id) values (%s, %s)", (conversation, tenant)
                )
    run_extract(full=full)
    assert rows_of_raw(databases.warehouse)["conversations"] == set()


def test_a_change_of_the_pseudonyms_key_is_noticed(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor
) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.customer_profiles (tenant_id, email) values (%s, 'ann@example.com')", (tenant,)
        )
    run_extract()
    before = rows_of_raw(databases.warehouse)["customer_profiles"]
    done = extract(databases.operational, databases.warehouse, pseudonym_key="another key" * 4)
    assert done.full_because == "the key of the pseudonyms has changed"
    after = rows_of_raw(databases.warehouse)["customer_profiles"]
    assert len(after) == 1
    assert before.isdisjoint(after)
