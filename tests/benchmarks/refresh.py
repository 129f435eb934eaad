"""How long a committed message takes to its row in the marts, and how much of that is the start of processes.

Belongs here: one refresh, as a user runs it and in a warm process. Not here: volume (extraction and transform have
their own).
"""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from operational_schema import demo_traffic
from orchestration import refresh as refreshing
from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from tests.benchmarks.figure import Figure

CONVERSATIONS = 5_000
KEY = "the key of the benchmarks, no secret"
ROMASHKA = Path(sys.executable).parent / "romashka"


def message_to_mart(server: EmbeddedServer) -> Iterator[Figure]:
    """One new message among 5,000 conversations: the command, the same in a warm process, and the bare start."""
    databases = _filled(server)
    refreshing.refresh(databases, pseudonym_key=KEY)
    command = _seconds_of_command(databases)
    message = _write_message(databases)
    began = time.monotonic()
    done = refreshing.refresh(databases, pseudonym_key=KEY)
    warm = time.monotonic() - began
    if not _is_in_marts(databases, message):
        raise RuntimeError("the refresh did not bring the message into the marts")
    yield Figure("refresh.message_to_mart.command", command, "s")
    yield Figure("refresh.message_to_mart.warm_process", warm, "s")
    yield Figure("refresh.message_to_mart.process_start_share", (command - warm) / command, "ratio")
    for stage, seconds in done.seconds.items():
        yield Figure(f"refresh.message_to_mart.warm_process.{stage}", seconds, "s")


def _filled(server: EmbeddedServer) -> Databases:
    names = ("bench_operational", "bench_warehouse")
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(f"create database {name}")
    databases = Databases(*map(server.url, names))
    prepare(databases)
    demo_traffic.load_traffic(
        databases.operational, conversations=CONVERSATIONS, tenants=3, days=400, seed=1, until=datetime.now(UTC)
    )
    return databases


def _seconds_of_command(databases: Databases) -> float:
    """Seconds of `romashka refresh` after one more message, as a user types it."""
    message = _write_message(databases)
    environment = {
        **os.environ,
        "ROMASHKA_OPERATIONAL_URL": databases.operational,
        "ROMASHKA_WAREHOUSE_URL": databases.warehouse,
        "ROMASHKA_PSEUDONYM_KEY": KEY,
    }
    began = time.monotonic()
    subprocess.run([ROMASHKA, "refresh"], env=environment, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    if not _is_in_marts(databases, message):
        raise RuntimeError("romashka refresh did not bring the message into the marts")
    return seconds


def _write_message(databases: Databases) -> tuple[uuid.UUID, int]:
    """Commit one customer message; returns its conversation and how many public messages that has now."""
    with psycopg.connect(databases.operational) as connection:
        row = connection.execute(
            """
            with busiest as (select tenant_id, id from public.conversations order by id limit 1)
            insert into public.messages (tenant_id, conversation_id, sender_type, content)
            select tenant_id, id, 'customer', 'one more question' from busiest
            returning conversation_id
            """
        ).fetchone()
        assert row is not None
        count = connection.execute(
            "select count(*) from public.messages where conversation_id = %s and not is_internal", row
        ).fetchone()
        assert count is not None
    return row[0], count[0]


def _is_in_marts(databases: Databases, message: tuple[uuid.UUID, int]) -> bool:
    with psycopg.connect(databases.warehouse) as connection:
        row = connection.execute(
            "select total_messages from marts.conversation_analytics where conversation_id = %s", (message[0],)
        ).fetchone()
    return row == (message[1],)
