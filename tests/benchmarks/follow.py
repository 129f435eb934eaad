"""`romashka refresh --follow` at 100 changed conversations a minute: how long a committed message takes to the marts.

Belongs here: the process as a user starts it, its latency and its memory.
Not here: a refresh of itself (`volume.py`), and one with nothing to do (`idle.py`).
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from tests.benchmarks.figure import Figure
from tests.benchmarks.volume import KEY, filled

CONVERSATIONS = int(os.environ.get("BENCH_FOLLOWED_CONVERSATIONS", "5000"))
CHANGES = int(os.environ.get("BENCH_FOLLOWED_CHANGES", "60"))
PER_MINUTE = 100
ROMASHKA = Path(sys.executable).parent / "romashka"
LOOK_EVERY_SECONDS = 0.05
# A conversation, and how many public messages it has now.
Told = tuple[uuid.UUID, int]
NEW = """
    with told as (
        insert into public.conversations (tenant_id) select id from public.tenants order by id limit 1
        returning tenant_id, id
    )
    insert into public.messages (tenant_id, conversation_id, sender_type, content)
    select tenant_id, id, 'customer', 'is anybody there?' from told
    returning conversation_id, 1
"""
ONE_MORE = """
    with told as (select tenant_id, id, message_count from public.conversations order by random() limit 1)
    insert into public.messages (tenant_id, conversation_id, sender_type, content)
    select tenant_id, id, 'customer', 'is anybody there?' from told
    returning conversation_id, (select message_count + 1 from told)
"""


def follow(server: EmbeddedServer) -> Iterator[Figure]:
    """Latency from commit to marts, and what the process grows by between the first and the last change."""
    databases = filled(server, "followed", CONVERSATIONS)
    environment = os.environ | {
        "ROMASHKA_OPERATIONAL_URL": databases.operational,
        "ROMASHKA_WAREHOUSE_URL": databases.warehouse,
        "ROMASHKA_PSEUDONYM_KEY": KEY,
    }
    command = [ROMASHKA, "refresh"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    with subprocess.Popen([*command, "--follow"], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(databases, say(databases))
            before = _resident_mb(process.pid)
            latencies = sorted(_latencies(databases))
            after = _resident_mb(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
    yield Figure("refresh.follow.message_to_mart.p50", latencies[len(latencies) // 2], "s")
    yield Figure("refresh.follow.message_to_mart.p95", latencies[int(len(latencies) * 0.95)], "s")
    yield Figure("refresh.follow.grown", after - before, "MB")


def _latencies(databases: Databases) -> Iterator[float]:
    """Changes come at their times, whether or not the marts have kept up: new conversations and messages in old ones, in turn."""
    written: dict[Told, float] = {}
    began = time.monotonic()
    number = 0
    with psycopg.connect(databases.warehouse, autocommit=True) as warehouse:
        while number < CHANGES or written:
            if number < CHANGES and time.monotonic() >= began + number * 60 / PER_MINUTE:
                written[say(databases, NEW if number % 2 else ONE_MORE)] = time.monotonic()
                number += 1
            for told in seen(warehouse, list(written)):
                yield time.monotonic() - written.pop(told)
            time.sleep(LOOK_EVERY_SECONDS)


def say(databases: Databases, statement: str = NEW) -> Told:
    """One message is committed: in a new conversation, or in any."""
    with psycopg.connect(databases.operational) as source:
        row = source.execute(statement).fetchone()
    assert row is not None
    return row[0], row[1]


def seen(warehouse: psycopg.Connection, told: list[Told]) -> list[Told]:
    """Those whose messages the marts have counted."""
    found = "select conversation_id, total_messages from marts.conversation_analytics where conversation_id = any(%s)"
    counted: dict[uuid.UUID, int] = dict(warehouse.execute(found, ([key for key, _ in told],)).fetchall())
    return [(key, messages) for key, messages in told if counted.get(key, 0) >= messages]


def _wait_for(databases: Databases, told: Told) -> None:
    with psycopg.connect(databases.warehouse, autocommit=True) as warehouse:
        while not seen(warehouse, [told]):
            time.sleep(LOOK_EVERY_SECONDS)


def _resident_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
