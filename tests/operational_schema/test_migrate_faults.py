"""The runner among others: a second run, a kill, a lock, a pooler.

Belongs here: faults that need processes and sessions (M1, M6, M7, M13). Not here: what files say (`test_migrate.py`).
"""

import signal
import tempfile
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from operational_schema import migrate
from operational_schema.errors import SchemaError
from orchestration.embedded import EmbeddedServer
from tests.operational_schema.conftest import Folder
from tests.operational_schema.pooler import SharingPooler
from tests.operational_schema.running import start, wait_for

pytestmark = pytest.mark.usefixtures("every_server")


def _sleeping(url: str) -> list[tuple[int]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
        ).fetchall()


def _versions(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [version for (version,) in connection.execute("select version from app.migration order by applied_at")]


def test_of_two_runs_at_once_one_applies_and_the_other_finds_nothing_to_do(empty_url: str, folder: Folder) -> None:
    """M1."""
    folder.write("001_a.sql", "create table public.a (id int); select pg_sleep(1);")
    folder.write("002_b.sql", "create table public.b (id int);")
    runs = [start(empty_url, folder) for _ in range(2)]
    said = sorted(run.communicate(timeout=30) for run in runs)
    assert said == [("\n", ""), ("supabase_shim.sql 001_a.sql 002_b.sql\n", "")]
    assert _versions(empty_url) == ["shim", "001", "002"]


def test_a_killed_run_leaves_nothing_and_holds_nothing(empty_url: str, folder: Folder) -> None:
    """M6: killed within 002, after 001 was committed."""
    folder.write("001_a.sql", "create table public.a (id int);")
    folder.write("002_b.sql", "create table public.b (id int); select pg_sleep(600);")
    run = start(empty_url, folder)
    wait_for(lambda: _sleeping(empty_url))
    run.send_signal(signal.SIGKILL)
    run.communicate()
    folder.write("002_b.sql", "create table public.b (id int);")
    assert folder.up(empty_url) == ["002_b.sql"]
    assert _versions(empty_url) == ["shim", "001", "002"]


def test_a_locked_table_is_waited_for_briefly_and_again(
    empty_url: str, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M7: the application's queries stand behind the runner for one lock_timeout at most, and have their turn before the next."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "500ms")
    monkeypatch.setattr(migrate, "TRIES", 3)
    folder.write("001_a.sql", "create table public.a (id int);")
    folder.up(empty_url)
    folder.write("002_b.sql", "create table public.b (id int); alter table public.a add column more int;")
    pauses: list[float] = []
    with psycopg.connect(empty_url) as holder, psycopg.connect(empty_url, autocommit=True) as application:
        holder.execute("select * from public.a")
        application.execute("set lock_timeout = '60s'")

        def pause(seconds: float) -> None:
            application.execute("select * from public.a")
            pauses.append(seconds)
            if len(pauses) == 3:
                holder.rollback()

        monkeypatch.setattr(migrate, "time", SimpleNamespace(sleep=pause))
        with pytest.raises(SchemaError, match=r"^002_b\.sql: others kept a table locked, and nothing was changed"):
            folder.up(empty_url)
        assert _versions(empty_url) == ["shim", "001"]
        assert folder.up(empty_url) == ["002_b.sql"]
    assert pauses == [migrate.PAUSE_SECONDS] * 3


@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_a_pooler_that_shares_sessions_is_refused(
    sessions: int, every_server: EmbeddedServer, empty_url: str, folder: Folder
) -> None:
    """M13."""
    database = str(conninfo_to_dict(empty_url)["dbname"])
    folder.write("001_a.sql", "create table public.a (id int);")
    with tempfile.TemporaryDirectory() as place:
        pooler = SharingPooler(Path(place), sockets=every_server.sockets, database=database, sessions=sessions)
        try:
            with pytest.raises(SchemaError, match="pooler that shares sessions"):
                folder.up(f"postgresql://postgres@/{database}?host={place}")
        finally:
            pooler.close()
    assert folder.up(empty_url)[1:] == ["001_a.sql"]


def test_a_server_that_is_not_there_is_one_line(folder: Folder) -> None:
    with pytest.raises(SchemaError, match=r"^the database refused: .*; nothing more was applied$"):
        folder.up("postgresql://postgres@/x?host=/nowhere")
