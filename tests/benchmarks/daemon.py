"""How long a committed message takes to the marts with the Dagster daemon on its default schedule, as `romashka dev` runs it.

Belongs here: the latency. Not here: one warm process (`follow.py`), or one command (`refresh.py`).
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from tests.benchmarks.figure import Figure
from tests.benchmarks.follow import KEY, ROMASHKA, Told, say, seen
from tests.benchmarks.volume import filled

CONVERSATIONS = 2_000
CHANGES = 20
# No multiple of the five seconds between two looks of the sensor: changes come at any moment between them.
EVERY_SECONDS = 11.7
# Until the daemon has started, and has brought in the history.
STARTED_WITHIN = 180.0


def dagster_daemon(server: EmbeddedServer) -> Iterator[Figure]:
    """Median, p95 and the longest, over changes that come about every twelve seconds."""
    databases = filled(server, "daemon", CONVERSATIONS)
    with _dagster(databases), psycopg.connect(databases.warehouse, autocommit=True) as warehouse:
        first = say(databases)
        until = time.monotonic() + STARTED_WITHIN
        while not _is_published(warehouse) or not seen(warehouse, [first]):
            if time.monotonic() > until:
                raise RuntimeError("the daemon brought nothing into the marts")
            time.sleep(1)
        latencies = sorted(_latencies(databases, warehouse))
    yield Figure("refresh.daemon.message_to_mart.p50", latencies[len(latencies) // 2], "s")
    yield Figure("refresh.daemon.message_to_mart.p95", latencies[int(len(latencies) * 0.95)], "s")


@contextmanager
def _dagster(databases: Databases) -> Iterator[None]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="romashka-bench-dagster-", ignore_cleanup_errors=True) as home:
        environment = os.environ | {
            "ROMASHKA_HOME": home,
            "ROMASHKA_OPERATIONAL_URL": databases.operational,
            "ROMASHKA_WAREHOUSE_URL": databases.warehouse,
            "ROMASHKA_PSEUDONYM_KEY": KEY,
        }
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [ROMASHKA, "dev", "--port", str(port)]
        with subprocess.Popen(command, env=environment, start_new_session=True, **quiet) as dagster:
            try:
                yield
            finally:
                dagster.send_signal(signal.SIGINT)


def _latencies(databases: Databases, warehouse: psycopg.Connection) -> Iterator[float]:
    written: dict[Told, float] = {}
    began = time.monotonic()
    number = 0
    while number < CHANGES or written:
        if number < CHANGES and time.monotonic() >= began + number * EVERY_SECONDS:
            written[say(databases)] = time.monotonic()
            number += 1
        for told in seen(warehouse, list(written)):
            yield time.monotonic() - written.pop(told)
        time.sleep(0.2)


def _is_published(warehouse: psycopg.Connection) -> bool:
    row = warehouse.execute("select to_regclass('marts.conversation_analytics') is not null").fetchone()
    return row == (True,)
