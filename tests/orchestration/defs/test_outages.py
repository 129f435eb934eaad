"""O10: Dagster without room for its records, and without a database: it lives on, and goes on when both are back.

Belongs here: `romashka dev` beside what it needs. Not here: its own processes that die (`test_dying.py`), and the disk of the
warehouse (`tests/orchestration/extraction/test_full_disk.py`).
"""

import subprocess
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from tests.orchestration.conftest import KEY, add_conversation, wait_for
from tests.orchestration.defs.served import Served

COUNT = "select count(*), sum(total_messages) from marts.conversation_analytics"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that the test may stop, and that nobody else starts."""
    server = EmbeddedServer(tmp_path / "postgres")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def databases(own_server: EmbeddedServer) -> Databases:
    with psycopg.connect(own_server.url("postgres"), autocommit=True) as connection:
        for name in ("o", "w"):
            connection.execute(f"create database {name}")
    made = Databases(operational=own_server.url("o"), warehouse=own_server.url("w"))
    prepare(made)
    return made


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Path]:
    """Dagster's folder, on a file system of its own."""
    folder = tmp_path / "home" / "dagster"
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        warnings.warn("NO FILE SYSTEM CAN BE MOUNTED HERE: Dagster is not tested on a full disk", stacklevel=2)
        pytest.skip("NO FILE SYSTEM CAN BE MOUNTED HERE: run as root to test Dagster on a full disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def served(records: Path, databases: Databases) -> Iterator[Served]:
    made = Served(
        records.parent,
        ROMASHKA_OPERATIONAL_URL=databases.operational,
        ROMASHKA_WAREHOUSE_URL=databases.warehouse,
        ROMASHKA_PSEUDONYM_KEY=KEY,
    )
    yield made.start()
    made.end()


def say(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "hello", "is anybody there?")


def is_seen(databases: Databases, conversations: int) -> bool:
    try:
        with psycopg.connect(databases.warehouse) as warehouse:
            return warehouse.execute(COUNT).fetchone() == (conversations, 2 * conversations)
    except psycopg.errors.UndefinedTable:
        return False


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


@pytest.mark.timeout(400)
def test_it_outlives_a_full_disk_and_a_stopped_server(
    served: Served, databases: Databases, tenant: uuid.UUID, records: Path, own_server: EmbeddedServer
) -> None:
    say(databases, tenant)
    wait_for(lambda: is_seen(databases, 1), "the first run goes through")
    wait_for(lambda: "SUCCESS" in served.statuses().values(), "and is done")
    filler = fill(records)
    say(databases, tenant)
    wait_for(lambda: "sqlite3.OperationalError" in served.log.read_text(), "it has met the full disk")
    assert is_seen(databases, 1)
    filler.unlink()
    wait_for(lambda: is_seen(databases, 2), "there is room again")
    own_server.stop()
    wait_for(lambda: "cannot reach database" in served.log.read_text(), "it has met the stopped server")
    own_server.start()
    say(databases, tenant)
    wait_for(lambda: is_seen(databases, 3), "the server is back")
    served.end()
    assert served.process.returncode == 0, "Ctrl-C is no error"
