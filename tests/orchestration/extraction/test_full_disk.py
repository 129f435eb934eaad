"""X23: a warehouse whose disk is full says so, stays as it was, and goes on when there is room.

Belongs here: a real file system without room. Not here: a warehouse that may not be written (`test_interruptions.py`).
"""

import os
import pwd
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import extract
from tests.conftest import execute
from tests.orchestration.conftest import KEY, add_conversation, mounted
from tests.orchestration.extraction.conftest import rows_of_raw, rows_of_source

MEGABYTE = 1_000_000


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 40 MB that the server may write to."""
    folder = Path(tempfile.mkdtemp(prefix="romashka-test-disk-"))
    try:
        with mounted(folder, megabytes=40):
            if os.geteuid() == 0:
                os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
            yield folder
    finally:
        folder.rmdir()


@pytest.fixture
def warehouse(small_disk: Path, server: EmbeddedServer) -> Iterator[str]:
    """A database whose tables are on the small disk; its write-ahead log is not."""
    postgres = server.url("postgres")
    room = small_disk / "room"
    room.mkdir()
    os.chown(room, small_disk.stat().st_uid, -1)
    name = f"small_{uuid.uuid4().hex[:12]}"
    execute(postgres, f"create tablespace {name} location '{room}'")
    execute(postgres, f"create database {name} template template0 tablespace {name}")
    yield server.url(name)
    execute(postgres, f"drop database {name} with (force)")
    execute(postgres, f"drop tablespace {name}")


def test_a_full_disk_lands_nothing_and_the_next_extract_with_room_lands_all(
    operational_url: str, warehouse: str, small_disk: Path
) -> None:
    databases = Databases(operational_url, warehouse)
    prepare(databases)
    tenant = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
        conversation = add_conversation(source, tenant, "before")
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    landed = rows_of_raw(databases.warehouse)
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "select %s, %s, 'customer', 'x' from generate_series(1, 30000)",
            (tenant, conversation),
        )
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    ballast.write_bytes(b"x" * (free - 2 * MEGABYTE))
    with pytest.raises(WarehouseError, match="No space left on device"):
        extract(databases.operational, databases.warehouse, pseudonym_key=KEY, waits=(0.1,))
    assert rows_of_raw(databases.warehouse) == landed
    ballast.unlink()
    done = extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    assert (done.full_because, done.tables["messages"].inserted) == (None, 30_000)
    with psycopg.connect(databases.operational) as source:
        assert rows_of_raw(databases.warehouse) == rows_of_source(source)
