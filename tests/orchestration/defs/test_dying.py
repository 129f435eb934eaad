"""Deaths amid a run: a worker that is killed, and a machine that loses power.

Belongs here: `romashka dev`, its daemon, its workers, and what they leave to the next start. Not here: refreshes without
Dagster (`tests/orchestration/test_refresh_killed.py`), and a database that dies (`test_following.py`).
"""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from tests.orchestration.conftest import PATIENCE_SECONDS, add_conversation, held, wait_for
from tests.orchestration.defs.served import Served

pytestmark = pytest.mark.long

IN_PROCESS = "from orchestration import demo, settings; demo.run_refresh_job(settings.load())"
MARTS = "select count(*), sum(total_messages) from marts.conversation_analytics"
DAYS = "select sum(total_conversations), sum(happened_customer_messages) from marts.daily_metrics"


@pytest.fixture
def served(home: Path, databases: Databases) -> Iterator[Served]:
    """Not started: what comes before is the test's."""
    made = Served(home)
    yield made
    made.end()


def seen(databases: Databases) -> list[tuple[object, ...]]:
    """What readers have before them."""
    with psycopg.connect(databases.warehouse) as warehouse:
        asked = (MARTS, DAYS, "select generation from marts.publication")
        return [warehouse.execute(query).fetchone() or () for query in asked]


def say(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello", "is anybody there?")


def said_everywhere(databases: Databases, conversations: int) -> bool:
    """Whether every conversation with its two messages is in both marts."""
    told = (conversations, 2 * conversations)
    return seen(databases)[:2] == [told, told]


def kill_a_demonstration(databases: Databases, home: Path) -> None:
    """Its run has no code server that could say what became of it."""
    environment = {**os.environ, "ROMASHKA_HOME": str(home)}
    with (
        held(databases.warehouse, "raw.messages") as is_waited_for,
        subprocess.Popen([sys.executable, "-c", IN_PROCESS], env=environment) as process,
    ):
        wait_for(is_waited_for, "the demonstration's run is about to land")
        process.kill()


@pytest.mark.timeout(400)
def test_a_run_whose_process_died_fails_and_the_next_goes_through(
    served: Served, databases: Databases, tenant: uuid.UUID, home: Path
) -> None:
    """O2, with O1: nothing that is dead keeps the marts back, neither a run's process nor one of a demonstration."""
    say(databases, tenant)
    kill_a_demonstration(databases, home)
    served.start()
    *_, dead = served.statuses()
    wait_for(lambda: served.statuses()[dead] == "FAILURE", "the run of the dead demonstration has failed")
    wait_for(lambda: "SUCCESS" in served.statuses().values(), "the sensor's run goes through")
    assert said_everywhere(databases, 1)
    before = seen(databases)
    with held(databases.warehouse, "facts.conversation_analytics") as is_waited_for:
        # Before there is something to do: the sensor leaves that to a run that is queued.
        killed = served.launch("refresh")
        say(databases, tenant)
        wait_for(is_waited_for, "it is about to publish")
        os.kill(served.worker(killed), signal.SIGKILL)
        wait_for(lambda: served.statuses()[killed] == "FAILURE", "the killed run has failed")
        assert seen(databases) == before
    wait_for(lambda: said_everywhere(databases, 2), "the next run goes through")
    wait_for(lambda: list(served.statuses().values()).count("SUCCESS") == 2, "as a success")


@pytest.mark.timeout(400)
def test_after_a_power_cut_a_queue_goes_on(served: Served, databases: Databases, tenant: uuid.UUID) -> None:
    """O1: daemon, server and worker die at once, while one run works and another waits for it."""
    served.start()
    wait_for(lambda: "SUCCESS" in served.statuses().values(), "the first run goes through")
    before = seen(databases)
    with held(databases.warehouse, "facts.conversation_analytics") as is_waited_for:
        killed = served.launch("refresh")
        say(databases, tenant)
        wait_for(is_waited_for, "it is about to publish")
        queued = served.launch("refresh")
        wait_for(lambda: served.statuses()[queued] == "QUEUED", "another waits for it")
        served.kill()
        assert seen(databases) == before
    served.start()
    wait_for(lambda: served.statuses()[killed] == "FAILURE", "the dead run has failed")
    wait_for(lambda: served.statuses()[queued] == "SUCCESS", "the one that waited goes through, once")
    assert said_everywhere(databases, 1)
    (daemon,) = served.running(b"dagster._daemon")
    os.kill(daemon, signal.SIGKILL)
    assert served.process.wait(PATIENCE_SECONDS) == 1, "without its daemon it does not stay as if all were well"
    assert "romashka: the Dagster UI ended by itself" in served.log.read_text()
    assert served.commands() == []
