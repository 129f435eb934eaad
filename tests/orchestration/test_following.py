"""`romashka refresh --follow`, as a process: it keeps up, outlives its database, and ends when asked."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration import dbt
from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY, add_conversation, assert_as_built_anew, databases_of, held, rows_of_marts

ROMASHKA = Path(sys.executable).parent / "romashka"
# Of a busy machine; the benchmarks measure.
PATIENCE_SECONDS = 60


@pytest.fixture
def databases(own_server: EmbeddedServer) -> Databases:
    made = databases_of(own_server)
    dbt.ensure_manifest()
    return made


@pytest.fixture
def follower(databases: Databases, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "ROMASHKA_OPERATIONAL_URL": databases.operational,
        "ROMASHKA_WAREHOUSE_URL": databases.warehouse,
        "ROMASHKA_PSEUDONYM_KEY": KEY,
        "ROMASHKA_HOME": str(tmp_path / "home"),
    }
    with subprocess.Popen(
        [ROMASHKA, "refresh", "--follow"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            if condition():
                return
        except psycopg.Error:
            pass
        time.sleep(0.1)
    pytest.fail("it did not come to pass")


def say_and_wait(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        told = add_conversation(source, tenant, "hello", "is anybody there?")

    def is_in_marts() -> bool:
        with psycopg.connect(databases.warehouse) as warehouse:
            found = "select total_messages from marts.conversation_analytics where conversation_id = %s"
            return warehouse.execute(found, (told,)).fetchone() == (2,)

    wait_for(is_in_marts)


def test_it_keeps_up_outlives_its_database_and_ends_when_asked(
    databases: Databases, own_server: EmbeddedServer, tenant: uuid.UUID, follower: subprocess.Popen[str]
) -> None:
    say_and_wait(databases, tenant)
    say_and_wait(databases, tenant)
    own_server.stop()
    time.sleep(1.5)
    own_server.start()
    say_and_wait(databases, tenant)
    follower.send_signal(signal.SIGINT)
    out, err = follower.communicate(timeout=PATIENCE_SECONDS)
    assert follower.returncode == 0, err
    assert "generation 3" in out
    assert out.splitlines()[-1].startswith("ended after ")
    assert err, "the loss was told"
    assert all(line.startswith("romashka: ") and line.endswith("; trying again") for line in err.splitlines()), err
    assert "Traceback" not in err


def test_a_halted_table_is_told_once_and_holds_nothing_else_back(
    databases: Databases, tenant: uuid.UUID, follower: subprocess.Popen[str]
) -> None:
    say_and_wait(databases, tenant)
    with psycopg.connect(databases.operational) as source:
        source.execute("alter table public.export_jobs rename to elsewhere")
    say_and_wait(databases, tenant)
    say_and_wait(databases, tenant)
    follower.send_signal(signal.SIGINT)
    _, err = follower.communicate(timeout=PATIENCE_SECONDS)
    assert err.splitlines() == ['romashka: raw.export_jobs has halted: relation "public.export_jobs" does not exist']


def test_a_round_that_is_refused_is_told_and_tried_again(
    databases: Databases, tenant: uuid.UUID, follower: subprocess.Popen[str]
) -> None:
    say_and_wait(databases, tenant)
    assert follower.stderr is not None
    with psycopg.connect(databases.warehouse) as warehouse:
        spoiled = warehouse.execute(
            "insert into raw.messages (id, tenant_id, conversation_id, ordinal, sender_type, is_internal, created_at) "
            "values (gen_random_uuid(), %s, gen_random_uuid(), 0, 'customer', false, now()) returning id, conversation_id",
            (tenant,),
        ).fetchone()
        assert spoiled is not None
        warehouse.execute("insert into ops.touched_conversations values (%s, %s)", (tenant, spoiled[1]))
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "one more")
    line = follower.stderr.readline()
    assert "data test " in line
    assert "keep the last generation; trying again" in line
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("delete from raw.messages where id = %s", (spoiled[0],))
    say_and_wait(databases, tenant)
    follower.send_signal(signal.SIGTERM)
    assert follower.wait(PATIENCE_SECONDS) == 0


def interrupt_amid_a_round(
    databases: Databases, tenant: uuid.UUID, follower: subprocess.Popen[str], *, times: int
) -> str:
    """Ctrl-C while rows are about to be published, and readers see none of them. Returns what was complained of."""
    say_and_wait(databases, tenant)
    with held(databases.warehouse, "marts.daily_metrics") as is_waited_for:
        before = rows_of_marts(databases.warehouse)
        with psycopg.connect(databases.operational) as source:
            add_conversation(source, tenant, "one", "more")
        wait_for(is_waited_for)
        for _ in range(times):
            follower.send_signal(signal.SIGINT)
            time.sleep(1)
        if times > 1:
            follower.wait(PATIENCE_SECONDS)
        assert rows_of_marts(databases.warehouse) == before
    return follower.communicate(timeout=PATIENCE_SECONDS)[1]


def conversations(databases: Databases) -> list[tuple[int, ...]]:
    with psycopg.connect(databases.warehouse) as warehouse:
        return warehouse.execute("select count(*), sum(total_messages) from marts.conversation_analytics").fetchall()


def test_ctrl_c_amid_a_round_has_it_finished(
    databases: Databases, tenant: uuid.UUID, follower: subprocess.Popen[str]
) -> None:
    assert interrupt_amid_a_round(databases, tenant, follower, times=1) == ""
    assert follower.returncode == 0
    assert conversations(databases) == [(2, 4)]
    assert_as_built_anew(databases)


def test_a_second_ctrl_c_takes_the_round_back(
    databases: Databases, tenant: uuid.UUID, follower: subprocess.Popen[str]
) -> None:
    complaint = interrupt_amid_a_round(databases, tenant, follower, times=2)
    assert complaint == "romashka: interrupted; what had not been finished was not written\n"
    assert follower.returncode == 130
    assert conversations(databases) == [(1, 2)]
    refresh(databases, pseudonym_key=KEY)
    assert conversations(databases) == [(2, 4)]
    assert_as_built_anew(databases)
