"""The demonstration, interrupted and run again: it ends whole, and a further run changes nothing that it should not."""

import mailbox
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
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


def state(home: Path) -> dict[str, object]:
    """What a further run must leave as it is."""
    server = EmbeddedServer(home / "postgres")
    with psycopg.connect(server.url("operational")) as operational:
        counts = operational.execute(
            "select (select count(*) from public.messages), (select count(*) from public.scheduled_reports), "
            "(select count(*) from public.report_deliveries where state = 'sent')"
        ).fetchone()
    with psycopg.connect(server.url("warehouse")) as warehouse:
        marts = warehouse.execute(
            "select count(*), sum(total_messages), sum(full_resolution_seconds) from marts.conversation_analytics"
        ).fetchone()
        days = warehouse.execute(
            "select count(*), md5(string_agg(d::text, '' order by d::text)) from marts.daily_metrics d"
        )
        days = days.fetchone()
    return {"operational": counts, "marts": marts, "days": days, "mails": len(mailbox.Maildir(home / "mail"))}


@pytest.mark.timeout(300)
def test_ctrl_c_at_any_moment_then_again_works(home: Path) -> None:
    for seconds in INTERRUPTED_AFTER:
        run = start(home)
        time.sleep(seconds)
        os.killpg(run.pid, signal.SIGINT)
        run.communicate(timeout=60)
        assert run.returncode != 0
    run = start(home)
    said, complained = run.communicate(timeout=200)
    assert run.returncode == 0, complained
    for word in ("refresh (Dagster)", "marts.daily_metrics", "mails sent in this run  3", "make dev"):
        assert word in said

    first = state(home)
    assert first["mails"] == 3
    run = start(home)
    said, complained = run.communicate(timeout=200)
    assert run.returncode == 0, complained
    assert "mails sent in this run  0" in said
    assert state(home) == first
