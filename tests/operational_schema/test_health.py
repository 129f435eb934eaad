"""Whether get_system_health() sees what happens to a server: real sessions, real locks, a real slot.

Belongs here: the checks of the server itself, each seen to be healthy, degraded and unhealthy. Not here: those of the platform's
own work (`test_functions_maintenance.py`).
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from operational_schema import migrate
from orchestration.embedded import EmbeddedServer
from tests.conftest import execute


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database on a server that a test may load with whatever it likes."""
    folder = Path(tempfile.mkdtemp(prefix="romashka-test-health-"))
    server = EmbeddedServer(folder, options=(("fsync", "off"), ("max_prepared_transactions", "2")))
    server.start()
    execute(server.url("postgres"), "create database operational")
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


def state(watcher: psycopg.Connection, check: str) -> str:
    row = watcher.execute("select state from app.health_findings() where check_name = %s", (check,)).fetchone()
    assert row
    return str(row[0])


def limit(watcher: psycopg.Connection, check: str, degraded: float, unhealthy: float) -> None:
    """Only this check, with limits that a test can reach."""
    watcher.execute(
        sql.SQL(
            "create or replace function app.health_limits() "
            "returns table (check_name text, unit text, degraded numeric, unhealthy numeric) language sql immutable "
            "parallel safe set search_path = pg_catalog, pg_temp as $$ values ({}, '', {}::numeric, {}::numeric) $$"
        ).format(check, degraded, unhealthy)
    )


def wait_for(watcher: psycopg.Connection, condition: str) -> None:
    for _ in range(600):
        if watcher.execute(f"select {condition}".encode()).fetchone() == (True,):
            return
        time.sleep(0.05)
    raise AssertionError(f"never: {condition}")


@contextmanager
def a_transaction_left_open(url: str) -> Iterator[None]:
    with psycopg.connect(url) as idle:
        idle.execute("select 1")
        yield


@contextmanager
def somebody_waiting_for_a_lock(url: str) -> Iterator[None]:
    def wait() -> None:
        with psycopg.connect(url) as waiting:
            waiting.execute("select from public.website_scan_jobs")

    with psycopg.connect(url) as holder:
        holder.execute("lock table public.website_scan_jobs in access exclusive mode")
        waiter = threading.Thread(target=wait)
        waiter.start()
        with psycopg.connect(url, autocommit=True) as looking:
            wait_for(looking, "exists (select from pg_locks where waitstart < clock_timestamp())")
        yield
        holder.rollback()
        waiter.join()


@contextmanager
def a_prepared_transaction_forgotten(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("begin")
        session.execute("select pg_current_xact_id()")
        session.execute("prepare transaction 'forgotten'")
        yield
        session.execute("rollback prepared 'forgotten'")


@contextmanager
def a_slot_that_nobody_reads(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("select pg_create_physical_replication_slot('nobody', true)")
        session.execute("select pg_logical_emit_message(true, 'test', repeat('x', 10000))")
        yield
        session.execute("select pg_drop_replication_slot('nobody')")


@pytest.mark.parametrize(
    ("check", "ill"),
    [
        ("long transactions", a_transaction_left_open),
        ("locks", somebody_waiting_for_a_lock),
        ("prepared transactions", a_prepared_transaction_forgotten),
        ("replication", a_slot_that_nobody_reads),
    ],
)
def test_an_ill_is_seen_while_it_lasts(
    check: str, ill: Callable[[str], "contextmanager[None]"], watcher: psycopg.Connection, url: str
) -> None:
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


def test_every_check_has_its_limits(watcher: psycopg.Connection) -> None:
    found = {name for (name,) in watcher.execute("select check_name from app.health_findings()")}
    limits = {name for (name,) in watcher.execute("select check_name from app.health_limits()")}
    assert found == limits and {"replication", "connections", "locks", "prepared transactions"} <= limits
