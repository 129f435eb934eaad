"""Whether get_system_health() sees what happens to a server: real sessions, real locks, a real slot.

Belongs here: the checks of the server itself, each seen to be healthy, degraded and unhealthy. Not here: those of the platform's
own work (`test_health_of_work.py`).
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from operational_schema import migrate
from orchestration.embedded import EmbeddedServer
from tests.conftest import execute
from tests.operational_schema.ills import (
    ARCHIVES,
    a_prepared_transaction_forgotten,
    a_replica_that_has_stopped,
    a_slot_that_nobody_reads,
    a_transaction_left_open,
    an_archive_that_refuses,
    archive_by,
    autovacuum_at_work,
    limit,
    somebody_waiting_for_a_lock,
    state,
    wait_for,
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database on a server that a test may load with whatever it likes."""
    folder = Path(tempfile.mkdtemp(prefix="romashka-test-health-"))
    options = (("fsync", "off"), ("max_prepared_transactions", "2"), ("archive_mode", "on"))
    server = EmbeddedServer(folder, options=options)
    server.start()
    execute(server.url("postgres"), "create database operational")
    with psycopg.connect(server.url("operational"), autocommit=True) as session:
        archive_by(session, ARCHIVES)
    migrate.up(server.url("operational"))
    yield server.url("operational")
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def watcher(url: str) -> Iterator[psycopg.Connection]:
    """Who asks; the limits are the real ones again afterwards."""
    with psycopg.connect(url, autocommit=True) as session:
        written = session.execute("select pg_get_functiondef('app.health_limits()'::regprocedure)").fetchone()
        assert written
        yield session
        session.execute(written[0].encode())


@pytest.mark.parametrize(
    ("check", "ill"),
    [
        ("long transactions", a_transaction_left_open),
        ("locks", somebody_waiting_for_a_lock),
        ("prepared transactions", a_prepared_transaction_forgotten),
        ("replication", a_slot_that_nobody_reads),
        ("replication", a_replica_that_has_stopped),
        ("archiving", an_archive_that_refuses),
    ],
)
def test_an_ill_is_seen_while_it_lasts(
    check: str, ill: Callable[[str], "contextmanager[None]"], watcher: psycopg.Connection, url: str
) -> None:
    """B3: a full disk begins with an archive that refuses."""
    assert state(watcher, check) == "healthy"
    with ill(url):
        assert state(watcher, check) == "healthy", "it has only begun"
        limit(watcher, check, 0.000001, 1e15)
        assert state(watcher, check) == "degraded"
        limit(watcher, check, 0.0000001, 0.000001)
        assert state(watcher, check) == "unhealthy"
        said = watcher.execute("select public.get_system_health() ->> 'status'").fetchone()
        assert said == ("unhealthy",)
    assert state(watcher, check) == "healthy"


def test_vacuum_is_no_transaction_that_was_left_open(watcher: psycopg.Connection, url: str) -> None:
    """Of a large table it takes hours."""
    limit(watcher, "long transactions", 0.000001, 1e15)
    with autovacuum_at_work(url):
        assert state(watcher, "long transactions") == "healthy"


def test_sessions_near_the_limit_of_the_server_or_of_the_database(watcher: psycopg.Connection, url: str) -> None:
    watcher.execute("alter database operational connection limit 10")
    seen = []
    with ExitStack() as sessions:
        for _ in range(9):
            seen.append(state(watcher, "connections"))
            sessions.enter_context(psycopg.connect(url))
        seen.append(state(watcher, "connections"))
    assert seen == ["healthy"] * 7 + ["degraded"] * 2 + ["unhealthy"]
    watcher.execute("alter database operational connection limit -1")
    assert state(watcher, "connections") == "healthy"
    limit(watcher, "connections", 0.1, 0.2)
    assert state(watcher, "connections") == "unhealthy", "one of the server's own"


def test_old_transaction_ids(watcher: psycopg.Connection) -> None:
    assert state(watcher, "transaction ids") == "healthy"
    limit(watcher, "transaction ids", 1, 1e15)
    assert state(watcher, "transaction ids") == "degraded"
    limit(watcher, "transaction ids", 1, 2)
    assert state(watcher, "transaction ids") == "unhealthy"


def test_old_ids_of_shared_locks(watcher: psycopg.Connection) -> None:
    """They run out by themselves, whatever the age of transactions."""
    watcher.execute("set allow_system_table_mods = on")
    with watcher.transaction(force_rollback=True):
        watcher.execute("update pg_database set datminmxid = '2500000000' where datname = current_database()")
        assert state(watcher, "transaction ids") == "unhealthy"


def test_a_slot_that_has_lost_what_it_needs(watcher: psycopg.Connection, url: str) -> None:
    """At any limit: its replica never catches up."""
    with a_slot_that_nobody_reads(url):
        watcher.execute("alter system set max_slot_wal_keep_size = '1MB'")
        watcher.execute("select pg_reload_conf()")
        wait_for(watcher, "current_setting('max_slot_wal_keep_size') = '1MB'")
        for _ in range(4):
            watcher.execute("select pg_logical_emit_message(true, 'test', 'x')")
            watcher.execute("select pg_switch_wal()")
            watcher.execute("checkpoint")
        wait_for(watcher, "exists (select from pg_replication_slots where wal_status = 'lost')")
        row = watcher.execute(
            "select state, finding from app.health_findings() where check_name = 'replication'"
        ).fetchone()
        assert row == ("unhealthy", "a replication slot has lost what it needs: drop it and make its replica anew")
    watcher.execute("alter system reset max_slot_wal_keep_size")
    watcher.execute("select pg_reload_conf()")


def test_who_may_not_look_into_the_archive_is_told_by_its_last_success(watcher: psycopg.Connection, url: str) -> None:
    """B3: whoever owns the schema need not be a member of pg_monitor."""
    watcher.execute("create role plain")
    watcher.execute("grant usage on schema app to plain; grant execute on function app.archive_lag() to plain")

    def lag() -> float:
        with watcher.transaction():
            watcher.execute("set local role plain")
            row = watcher.execute("select app.archive_lag()").fetchone()
        assert row
        return float(row[0])

    watcher.execute("select pg_logical_emit_message(true, 'test', 'x')")
    watcher.execute("select pg_switch_wal()")
    wait_for(watcher, "last_archived_time is not null from pg_stat_archiver")
    assert lag() == 0
    with an_archive_that_refuses(url):
        assert lag() > 0
    assert lag() == 0
    watcher.execute("drop owned by plain; drop role plain")


def test_every_check_has_its_limits(watcher: psycopg.Connection) -> None:
    found = {name for (name,) in watcher.execute("select check_name from app.health_findings()")}
    limits = {name for (name,) in watcher.execute("select check_name from app.health_limits()")}
    assert found == limits and {"archiving", "replication", "connections", "locks", "prepared transactions"} <= limits
