"""O10: Dagster without room for its records, and without a database: it lives on, and goes on when both are back.

Belongs here: `romashka dev` beside what it needs. Not here: its own processes that die (`test_dying.py`), and the disk of the
warehouse (`tests/orchestration/extraction/test_full_disk.py`).
"""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from tests.orchestration.conftest import KEY, add_conversation, databases_of, mounted, wait_for
from tests.orchestration.defs.served import Served

pytestmark = pytest.mark.long

COUNT = "select count(*), sum(total_messages) from marts.conversation_analytics"


@pytest.fixture
def databases(own_server: EmbeddedServer) -> Databases:
    return databases_of(own_server)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Path]:
    """Dagster's folder, on a file system of its own."""
    folder = tmp_path / "home" / "dagster"
    folder.mkdir(parents=True)
    with mounted(folder, megabytes=16):
        yield folder


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
