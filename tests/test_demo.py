"""The demonstration, interrupted and run again: it ends whole, and a further run changes nothing that it should not."""

import mailbox
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from orchestration.embedded import EmbeddedServer

pytestmark = pytest.mark.long

ROMASHKA = Path(sys.executable).parent / "romashka"
INTERRUPTED_AFTER = (1.5, 3.5, 8.0)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    EmbeddedServer(tmp_path / "postgres").stop()


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [ROMASHKA, "demo"],
        env={**os.environ, "ROMASHKA_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def state(home: Path, until: datetime) -> dict[str, object]:
    """What a further run must leave as it is: of reports those due until then, of days those that nothing reaches any more."""
    server = EmbeddedServer(home / "postgres")
    with psycopg.connect(server.url("operational")) as operational:
        counts = operational.execute(
            "select (select count(*) from public.messages), (select count(*) from public.scheduled_reports), "
            "(select count(*) from public.report_deliveries where state = 'sent' and slot_at <= %s)", (until,),
        ).fetchone()  # fmt: skip
    with psycopg.connect(server.url("warehouse")) as warehouse:
        marts = warehouse.execute(
            "select count(*), sum(total_messages), sum(full_resolution_seconds) from marts.conversation_analytics"
        ).fetchone()
        days = warehouse.execute(
            "select count(*), md5(string_agg(d::text, '' order by d::text)) from marts.daily_metrics d "
            "where date < (select max(started_on) - 7 from marts.conversation_analytics)"
        )
        days = days.fetchone()
    return {"operational": counts, "marts": marts, "days": days}


def due_since(home: Path, moment: datetime) -> int:
    """Mails of reports that have fallen due since: at nine o'clock of some tenant."""
    with psycopg.connect(EmbeddedServer(home / "postgres").url("operational")) as operational:
        return operational.execute(
            "select count(*) from public.report_deliveries where slot_at > %s", (moment,)
        ).fetchone()[0]  # type: ignore[index,no-any-return]


def mails(home: Path) -> int:
    return len(mailbox.Maildir(home / "mail"))


@pytest.mark.timeout(300)
def test_ctrl_c_at_any_moment_then_again_works(home: Path) -> None:
    for seconds in INTERRUPTED_AFTER:
        run = start(home)
        time.sleep(seconds)
        os.killpg(run.pid, signal.SIGINT)
        said, _ = run.communicate(timeout=60)
        assert run.returncode != 0 or "make dev" in said, "a quick machine was done before"
    run = start(home)
    said, complained = run.communicate(timeout=200)
    assert run.returncode == 0, complained
    for word in ("refresh (Dagster)", "marts.daily_metrics", "mails sent in this run", "make dev"):
        assert word in said

    until = datetime.now(UTC)
    first = state(home, until)
    assert mails(home) == 3
    run = start(home)
    said, complained = run.communicate(timeout=200)
    assert run.returncode == 0, complained
    due = due_since(home, until)
    assert f"mails sent in this run  {due}" in said
    assert (state(home, until), mails(home)) == (first, 3 + due)
