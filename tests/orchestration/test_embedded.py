"""The embedded server: made once, started when needed, survivable."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError


@pytest.fixture
def own_server(tmp_path: Path):
    server = EmbeddedServer(tmp_path / "postgres", options=(("fsync", "off"),))
    yield server
    server.stop()


def select_one(server: EmbeddedServer) -> int:
    with psycopg.connect(server.url("postgres")) as connection:
        return connection.execute("select 1").fetchone()[0]


def test_starts_once_answers_and_stops(own_server: EmbeddedServer) -> None:
    assert not own_server.is_running()
    assert own_server.start()
    assert not own_server.start(), "the second start finds it running"
    assert select_one(own_server) == 1
    assert own_server.stop()
    assert not own_server.is_running()
    assert not own_server.stop()


def test_listens_on_no_port_and_its_socket_is_private(own_server: EmbeddedServer) -> None:
    own_server.start()
    with psycopg.connect(own_server.url("postgres")) as connection:
        assert connection.execute("show listen_addresses").fetchone()[0] == ""
    assert own_server.sockets.stat().st_mode & 0o077 == 0


def test_databases_are_utf8_in_utc_with_the_c_order(own_server: EmbeddedServer) -> None:
    own_server.start()
    with psycopg.connect(own_server.url("postgres")) as connection:
        found = connection.execute(
            "select pg_encoding_to_char(encoding), datcollate, current_setting('timezone') "
            "from pg_database where datname = current_database()"
        ).fetchone()
    assert found == ("UTF8", "C.UTF-8", "UTC")


def test_starts_again_after_a_power_cut(own_server: EmbeddedServer) -> None:
    own_server.start()
    postmaster = int((own_server.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while own_server.is_running() and time.monotonic() < deadline:
        time.sleep(0.05)
    own_server.start()
    assert select_one(own_server) == 1


def test_a_dead_server_s_number_may_be_another_s(own_server: EmbeddedServer) -> None:
    """In a container that is started anew numbers are small, and come again."""
    own_server.start()
    noted = (own_server.data / "postmaster.pid", own_server.sockets / ".s.PGSQL.5432.lock")
    of_the_dead = [file.read_text().splitlines() for file in noted]
    own_server.stop()
    with subprocess.Popen(["sleep", "1000"], user=own_server.data.stat().st_uid) as other:
        for file, lines in zip(noted, of_the_dead, strict=True):
            file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        try:
            assert not own_server.is_running()
            assert own_server.start()
        finally:
            other.kill()
    assert select_one(own_server) == 1


def test_an_interrupted_making_of_the_data_is_begun_anew(own_server: EmbeddedServer) -> None:
    unfinished = own_server.folder / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("half")
    own_server.start()
    assert select_one(own_server) == 1


def test_a_deep_folder_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / ("deep" * 25) / "postgres")
    assert len(os.fsencode(server.sockets / ".s.PGSQL.5432")) < 108
    server.start()
    try:
        assert select_one(server) == 1
    finally:
        server.stop()


def test_two_processes_that_start_at_once_share_one_server(own_server: EmbeddedServer) -> None:
    program = (
        "import sys; from pathlib import Path; from orchestration.embedded import EmbeddedServer;"
        "print(EmbeddedServer(Path(sys.argv[1]), options=(('fsync', 'off'),)).start())"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(own_server.folder)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert answers == ["False", "False", "True"]


def test_missing_programs_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="cannot run initdb"):
        EmbeddedServer(tmp_path / "postgres", binaries=tmp_path).start()


def test_a_home_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WarehouseError, match="set ROMASHKA_HOME elsewhere"):
        EmbeddedServer(tmp_path / "file" / "postgres").start()
