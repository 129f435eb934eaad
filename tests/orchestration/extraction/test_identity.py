"""Which source it is: restored, copied, failed over, pruned by somebody, read by two: never silently continued.

Belongs here: when the change log does not lead from what has landed to what is. Not here: interruptions
(`test_interruptions.py`).
"""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from operational_schema import migrate
from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.extraction import acknowledging
from orchestration.extraction import extract as extracting
from orchestration.extraction.extract import Extract, extract
from orchestration.extraction.snapshot import Snapshot
from orchestration.extraction.state import RESTORED, State
from tests.conftest import execute
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw, rows_of_source

Extractor = Callable[..., Extract]
Check = Callable[[], None]


@pytest.fixture
def thrown_away() -> Iterator[EmbeddedServer]:
    """A server that a test may break."""
    folder = Path(tempfile.mkdtemp(prefix="romashka-test-source-"))
    server = EmbeddedServer(folder, options=(("fsync", "off"), ("max_prepared_transactions", "5")))
    server.start()
    execute(server.url("postgres"), "create database operational")
    migrate.up(server.url("operational"))
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _tenant(url: str) -> uuid.UUID:
    tenant = uuid.uuid4()
    with psycopg.connect(url) as source:
        source.execute(
            "insert into public.tenants (id, slug, name, timezone) values (%s, 'acme', 'Acme', 'UTC')", (tenant,)
        )
    return tenant


def _assert_equal(source: str, warehouse: str) -> None:
    with psycopg.connect(source) as connection:
        expected = rows_of_source(connection)
    assert rows_of_raw(warehouse) == expected


@pytest.mark.parametrize("how", ["delete from etl.change", "truncate etl.change"])
def test_a_log_pruned_by_somebody_else_leads_to_a_full_comparison(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, *, how: str
) -> None:
    """X16."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "its key is about to be lost")
    with psycopg.connect(databases.operational) as source:
        source.execute(how)
    assert run_extract().full_because == "somebody has pruned the change log of the source"
    assert_equal()
    assert run_extract().full_because is None


def test_a_copy_of_the_files_and_a_second_reader_are_noticed(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, new_database: Callable[..., str]
) -> None:
    """X14 where nothing but the acknowledgement differs; and two warehouses of one source, whose log each prunes."""
    run_extract()
    second = Databases(databases.operational, new_database())
    prepare(second)
    extract(second.operational, second.warehouse, pseudonym_key=KEY)
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "the second has pruned this")
    extract(second.operational, second.warehouse, pseudonym_key=KEY)
    done = run_extract()
    assert done.full_because == "the source was restored from a copy of its files, or another warehouse reads it too"
    _assert_equal(databases.operational, databases.warehouse)


@pytest.mark.parametrize(
    ("source", "acknowledged", "why"),
    [
        ("9/00000001/5/e", "5:9:", "the source is another server"),
        ("1/00000002/5/e", "5:9:", "the source was restored or has failed over"),
        ("1/00000001/6/e", "5:9:", "the source is another database"),
        ("1/00000001/5/f", "5:9:", "somebody has pruned the change log of the source"),
        (
            "1/00000001/5/e",
            "4:4:",
            "the source was restored from a copy of its files, or another warehouse reads it too",
        ),
        ("1/00000001/5/e", "5:9:", None),
        ("1/00000001/5/e", "3:4:", None),
    ],
)
def test_each_part_of_the_identity_has_its_reason(
    empty_url: str, source: str, acknowledged: str, why: str | None
) -> None:
    known = State("1/00000001/5/e", "key", "5:9:", "3:4:")
    with psycopg.connect(empty_url) as connection:
        now = connection.execute("select now()").fetchone()
        assert now is not None
        found = Snapshot(connection, "9:12:", source, acknowledged, (), now[0])
        assert known.why_not_continue(found, "key") == why
        older = replace(found, id="5:6:", source="1/00000001/5/e")
        assert known.why_not_continue(older, "key") == "the source is older than what has landed"
        restored = replace(known, source=RESTORED)
        assert restored.why_not_continue(found, "key") == "the warehouse was restored from its archive"


def test_a_source_promoted_to_another_timeline_and_a_replica(
    thrown_away: EmbeddedServer, databases: Databases, run_extract: Extractor
) -> None:
    """X14, X29: recovery ends on timeline 2, and while it lasts the server is refused, whether it replays or is paused."""
    source = thrown_away.url("operational")
    tenant = _tenant(source)
    with psycopg.connect(source) as connection:
        add_conversation(connection, tenant, "before")
    extract(source, databases.warehouse, pseudonym_key=KEY)
    thrown_away.stop()
    (thrown_away.data / "standby.signal").touch()
    thrown_away.start()
    for replaying in ("select pg_wal_replay_pause()", "select pg_wal_replay_resume()"):
        execute(source, replaying)
        with pytest.raises(WarehouseError, match="is a read replica"):
            extract(source, databases.warehouse, pseudonym_key=KEY)
    execute(source, "select pg_promote(true, 60)")
    done = extract(source, databases.warehouse, pseudonym_key=KEY)
    assert done.full_because == "the source was restored or has failed over"
    _assert_equal(source, databases.warehouse)


def test_transactions_beyond_four_thousand_millions_are_told_apart(
    thrown_away: EmbeddedServer, databases: Databases
) -> None:
    """X17: transaction numbers of 64 bits, after an epoch of them."""
    source = thrown_away.url("operational")
    tenant = _tenant(source)
    thrown_away.stop()
    thrown_away._run("pg_resetwal", "-e", "3", str(thrown_away.data))
    thrown_away.start()
    with psycopg.connect(source, autocommit=True) as late, psycopg.connect(source) as other:
        row = late.execute("select pg_current_xact_id()::text::numeric > 2^32").fetchone()
        assert row == (True,)
        add_conversation(other, tenant, "commits late")
        extract(source, databases.warehouse, pseudonym_key=KEY)
        with late.transaction():
            add_conversation(late, tenant, "quick")
        done = extract(source, databases.warehouse, pseudonym_key=KEY)
        assert (done.full_because, done.tables["messages"].inserted) == (None, 1)
        other.commit()
    assert extract(source, databases.warehouse, pseudonym_key=KEY).tables["messages"].inserted == 1
    _assert_equal(source, databases.warehouse)


def test_a_prepared_transaction_is_waited_for_and_named(
    thrown_away: EmbeddedServer, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X5: of one that is left for too long the alert names the gid."""
    monkeypatch.setattr(extracting, "LONG_TRANSACTION_SECONDS", 0)
    source = thrown_away.url("operational")
    tenant = _tenant(source)
    extract(source, databases.warehouse, pseudonym_key=KEY)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("begin")
        add_conversation(connection, tenant, "prepared")
        connection.execute("prepare transaction 'left-alone'")
        add_conversation(connection, tenant, "meanwhile")
        done = extract(source, databases.warehouse, pseudonym_key=KEY)
        assert done.held_back is not None
        assert done.held_back in done.notices
        assert done.held_back.startswith("prepared transaction left-alone has been open for more than 0 s")
        assert done.tables["messages"].inserted == 1
        connection.execute("commit prepared 'left-alone'")
    assert extract(source, databases.warehouse, pseudonym_key=KEY).tables["messages"].inserted == 1
    _assert_equal(source, databases.warehouse)


def test_the_source_is_told_what_has_landed(databases: Databases, tenant: uuid.UUID, run_extract: Extractor) -> None:
    """Retention waits for this: a row may go once the facts of it have landed."""
    done = run_extract()
    with psycopg.connect(databases.operational) as source:
        assert source.execute("select data_as_of from etl.acknowledged").fetchone() == (done.data_as_of,)


def test_a_long_log_leaves_no_pages_to_read(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import once made every extract after it read what the log had been."""
    monkeypatch.setattr(acknowledging, "ROWS_LEAVING_A_HOLE", 1_000)
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.conversations (tenant_id) select %s from generate_series(1, 1000)", (tenant,)
        )
    run_extract()
    with psycopg.connect(databases.operational) as source:
        assert source.execute("select pg_relation_size('etl.change')").fetchone() == (0,)


def forget(url: str, conversation: uuid.UUID, reason: str) -> None:
    with psycopg.connect(url) as source:
        source.execute("select set_config('etl.reason', %s, true)", (reason,))
        source.execute("delete from public.conversations where id = %s", (conversation,))


def test_a_warehouse_from_before_a_retention_loses_none_of_its_facts(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, new_database: Callable[..., str]
) -> None:
    """X14, R4: restored from its archive or a backup, it learns why rows are missing that the log knows no more."""
    with psycopg.connect(databases.operational) as source:
        kept, back, there = (add_conversation(source, tenant, "old") for _ in range(3))
    run_extract()
    name = databases.warehouse.partition("?")[0].rpartition("/")[2]
    restored = [new_database(template=name) for _ in range(3)]
    for conversation in (kept, back):
        forget(databases.operational, conversation, "retention")
    run_extract()

    def conversations_of(warehouse: str) -> set[uuid.UUID]:
        assert extract(databases.operational, warehouse, pseudonym_key=KEY).full_because
        return {row[0] for row in rows_of_raw(warehouse)["conversations"]}

    assert conversations_of(restored[0]) == {kept, back, there}
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.conversations (id, tenant_id) values (%s, %s)", (back, tenant))
    run_extract()
    forget(databases.operational, back, "")
    run_extract()
    assert conversations_of(restored[1]) == {kept, there}
    with psycopg.connect(databases.operational) as source:
        source.execute("update etl.outlived set pruned_at = now() - interval '36 days'")
    run_extract()
    assert conversations_of(restored[2]) == {there}
