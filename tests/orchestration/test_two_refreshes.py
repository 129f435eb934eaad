"""Refreshes at once, in processes of their own: one waits for the other, and readers see whole generations.

Belongs here: the lock of the warehouse, with real processes on both sides of it. Not here: Dagster's queue
(`defs/test_extract_assets.py`).
"""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import REFRESH_LOCK, Databases
from orchestration.refresh import refresh
from tests.orchestration import refreshing
from tests.orchestration.conftest import (
    KEY,
    add_conversation,
    assert_as_built_anew,
    generation_of,
    held,
    rows_of_marts,
    wait_for,
)

WAITS = (
    "select exists (select from pg_locks where locktype = 'advisory' and not granted "
    "and database = (select oid from pg_database where datname = current_database()) "
    f"and (classid::bigint << 32) + objid::bigint = {REFRESH_LOCK})"
)
DAYS = """
from orchestration.definitions import definitions
days = {"ops": {"models": {"config": {"first_day": "2025-01-01", "last_day": "2026-02-04"}}}}
definitions().resolve_job_def("refresh").execute_in_process(run_config=days)
"""


@pytest.fixture
def refreshed(databases: Databases, tenant: uuid.UUID) -> Databases:
    """With a conversation in the marts."""
    say(databases, tenant)
    refresh(databases, pseudonym_key=KEY)
    return databases


def say(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello", "is anybody there?")


def is_refused_the_lock(databases: Databases) -> bool:
    with psycopg.connect(databases.warehouse) as warehouse:
        return warehouse.execute(WAITS).fetchone() == (True,)


def ends_well(process: subprocess.Popen[str]) -> None:
    _, err = process.communicate()
    assert process.returncode == 0, err


def test_the_second_waits_and_each_publishes_all_or_nothing(refreshed: Databases, tenant: uuid.UUID) -> None:
    """O5: what came after the first had read is the second's."""
    say(refreshed, tenant)
    before = rows_of_marts(refreshed.warehouse)
    with refreshing.start(refreshed, refreshing.WAIT, "transform daily_metrics") as first:
        assert first.stdout
        assert first.stdout.readline() == "waiting\n"
        say(refreshed, tenant)
        with refreshing.start(refreshed) as second:
            wait_for(lambda: is_refused_the_lock(refreshed), "the second waits for the lock")
            assert rows_of_marts(refreshed.warehouse) == before
            ends_well(first)
            ends_well(second)
    assert generation_of(refreshed.warehouse) == 3
    assert_as_built_anew(refreshed)


def test_three_at_once_make_the_rows_of_one(refreshed: Databases, tenant: uuid.UUID) -> None:
    """O5."""
    say(refreshed, tenant)
    processes = [refreshing.start(refreshed) for _ in range(3)]
    for process in processes:
        with process:
            ends_well(process)
    assert generation_of(refreshed.warehouse) == 2, "two had nothing to do"
    assert_as_built_anew(refreshed)


def test_four_hundred_days_are_one_build_and_the_next_refresh_follows_it(
    refreshed: Databases, tenant: uuid.UUID, tmp_path: Path
) -> None:
    """O7: rebuilt by Dagster, not day by day: what comes meanwhile waits for one build, and for no other."""
    environment = {
        **os.environ,
        "ROMASHKA_HOME": str(tmp_path),
        "ROMASHKA_OPERATIONAL_URL": refreshed.operational,
        "ROMASHKA_WAREHOUSE_URL": refreshed.warehouse,
        "ROMASHKA_PSEUDONYM_KEY": KEY,
    }
    with held(refreshed.warehouse, "marts.publication") as is_waited_for:
        days = subprocess.Popen([sys.executable, "-c", DAYS], env=environment, stderr=subprocess.PIPE, text=True)
        wait_for(is_waited_for, "the days are built")
        with psycopg.connect(refreshed.warehouse) as warehouse:
            assert warehouse.execute("select count(*) from ops.touched_days").fetchone() == (400,)
        say(refreshed, tenant)
        meanwhile = refreshing.start(refreshed)
        wait_for(lambda: is_refused_the_lock(refreshed), "the refresh waits for the days")
    for process in (days, meanwhile):
        with process:
            ends_well(process)
    assert generation_of(refreshed.warehouse) == 3
    assert_as_built_anew(refreshed)
