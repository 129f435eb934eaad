"""What can ail a server, done to a real one, and how a test looks at get_system_health() meanwhile.

Belongs here: sessions, locks, slots, replicas and archives that are ill for as long as a block lasts. Not here: the server, and
what its health says (`test_health.py`).
"""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from orchestration.embedded import wheel_binaries

# Programs of the machine that say yes, and no.
SLOWLY = """
    create or replace function public.slowly(n int) returns int language plpgsql immutable
    as $$ begin SLEEP return n; end $$
"""
ARCHIVES, REFUSES = "/bin/true", "/bin/false"


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
def autovacuum_at_work(url: str) -> Iterator[None]:
    """At a table that takes it long; it has a number of its own as a transaction, too."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("create table public.slow (n int) with (autovacuum_analyze_threshold = 0)")
        session.execute(SLOWLY.replace("SLEEP", ""))
        session.execute("create index on public.slow (public.slowly(n))")
        session.execute("insert into public.slow select generate_series(1, 100)")
        session.execute(SLOWLY.replace("SLEEP", "perform pg_catalog.pg_current_xact_id(), pg_catalog.pg_sleep(60);"))
        session.execute("alter system set autovacuum_naptime = '1s'")
        session.execute("select pg_reload_conf()")
        wait_for(session, "exists (select from pg_stat_activity where query like 'autovacuum: % public.slow')")
        yield
        session.execute("alter system reset autovacuum_naptime")
        session.execute("select pg_reload_conf()")
        session.execute("drop table public.slow")
        session.execute("drop function public.slowly")


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


def archive_by(session: psycopg.Connection, command: str) -> None:
    session.execute(sql.SQL("alter system set archive_command = {}").format(command))
    session.execute("select pg_reload_conf()")
    wait_for(session, f"current_setting('archive_command') = '{command}'")


@contextmanager
def an_archive_that_refuses(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as session:
        archive_by(session, REFUSES)
        failed = "coalesce(last_failed_time > last_archived_time, last_failed_time is not null)"
        session.execute("select pg_logical_emit_message(true, 'test', 'x')")
        session.execute("select pg_switch_wal()")
        wait_for(session, f"{failed} from pg_stat_archiver")
        yield
        archive_by(session, ARCHIVES)
        wait_for(session, "not exists (select from pg_ls_archive_statusdir() where name like '%.ready')")
        wait_for(session, f"not {failed} from pg_stat_archiver")


@contextmanager
def a_replica_that_has_stopped(url: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="romashka-test-replica-") as folder:
        command = [wheel_binaries() / "pg_receivewal", f"--dbname={url}", f"--directory={folder}", "--no-loop"]
        replica = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            with psycopg.connect(url, autocommit=True) as session:
                wait_for(session, "exists (select from pg_stat_replication where state = 'streaming')")
                os.kill(replica.pid, signal.SIGSTOP)
                # More than the socket between them takes.
                for _ in range(8):
                    session.execute("select pg_logical_emit_message(true, 'test', repeat('x', 1000000))")
                yield
        finally:
            replica.kill()
            replica.wait()
    with psycopg.connect(url, autocommit=True) as session:
        wait_for(session, "not exists (select from pg_stat_replication)")
