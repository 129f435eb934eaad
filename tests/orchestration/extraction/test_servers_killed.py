"""Servers that die: kill -9 of PostgreSQL itself, at the source and in the warehouse, amid an extract.

Belongs here: servers of the test's own. Not here: the extractor that dies, and the network (`test_interruptions.py`).
"""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import extract
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw, rows_of_source

SIDES = ("operational", "warehouse")


@pytest.fixture
def both(tmp_path: Path) -> Iterator[dict[str, EmbeddedServer]]:
    """A server for each side, safe as a user gets it."""
    made = {side: EmbeddedServer(tmp_path / side) for side in SIDES}
    for server in made.values():
        server.start()
    yield made
    for server in made.values():
        server.stop()


def kill(server: EmbeddedServer) -> None:
    """As a power cut would: the first line of postmaster.pid is whom to kill, and its sessions would live on for a moment."""
    first = next(server.folder.rglob("postmaster.pid")).read_text(encoding="ascii").splitlines()[0]
    sessions = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
    for process in (first, *sessions):
        # One that has seen the first die is gone by itself.
        with suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)


def start_again(server: EmbeddedServer) -> None:
    """As soon as the system has taken the dead one away."""
    while server.is_running():
        time.sleep(0.1)
    server.start()


@pytest.mark.parametrize("step", ["table messages", "landed", "committed"])
@pytest.mark.parametrize("side", SIDES)
def test_a_server_that_is_killed_amid_an_extract_loses_nothing(
    both: dict[str, EmbeddedServer], *, side: str, step: str
) -> None:
    """X12: one line of error; started again, the next extract is equal to the source."""
    databases = Databases(*(both[name].url("postgres") for name in SIDES))
    prepare(databases)
    tenant = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
        add_conversation(source, tenant, "before")
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, *(f"message {number}" for number in range(50)))

    def on_step(name: str, table: str) -> None:
        if f"{name} {table}".strip() == step:
            kill(both[side])

    with pytest.raises(WarehouseError, match="the extract was cut off"):
        extract(databases.operational, databases.warehouse, pseudonym_key=KEY, on_step=on_step, waits=())
    start_again(both[side])
    assert extract(databases.operational, databases.warehouse, pseudonym_key=KEY).full_because is None
    with psycopg.connect(databases.operational) as source:
        assert rows_of_raw(databases.warehouse) == rows_of_source(source)
        assert source.execute("select count(*) from etl.change").fetchone() == (0,)


def test_what_a_source_loses_in_a_crash_had_not_landed(both: dict[str, EmbeddedServer]) -> None:
    """Commits that wait for no disk: one that was seen and lost stayed in raw, and its number was another's afterwards."""
    both["operational"].stop()
    both["operational"] = EmbeddedServer(
        both["operational"].folder, options=(("synchronous_commit", "off"), ("wal_writer_delay", "10s"))
    )
    both["operational"].start()
    databases = Databases(*(both[name].url("postgres") for name in SIDES))
    prepare(databases)
    tenant = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)

    def on_step(name: str, table: str) -> None:
        if name == "committed":
            kill(both["operational"])

    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "committed to memory")
    with pytest.raises(WarehouseError, match="the extract was cut off"):
        extract(databases.operational, databases.warehouse, pseudonym_key=KEY, on_step=on_step, waits=())
    start_again(both["operational"])
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "with a number that was free again")
    assert extract(databases.operational, databases.warehouse, pseudonym_key=KEY).full_because is None
    with psycopg.connect(databases.operational) as source:
        assert rows_of_raw(databases.warehouse) == rows_of_source(source)
