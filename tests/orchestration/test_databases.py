"""Connecting: what keeps it from opening is one line, without what is secret.

Belongs here: `databases.connect`, and what is refused before anything is made. Not here: URLs that settings refuse before
(`test_settings.py`).
"""

import traceback
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from orchestration.databases import Databases, connect, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from tests.conftest import execute


@pytest.fixture
def latin(server: EmbeddedServer) -> Iterator[str]:
    """Name of a database whose letters are single bytes."""
    name = f"latin_{uuid.uuid4().hex[:12]}"
    execute(server.url("postgres"), f"create database {name} template template0 encoding 'LATIN1' locale 'C'")
    yield name
    execute(server.url("postgres"), f"drop database {name}")


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    """S16: libpq's own words have a part of the password."""
    spoiled = "postgresql://u:can%ary@h/d"
    with pytest.raises(WarehouseError, match="cannot be read") as refused:
        connect(spoiled)
    assert "can%ary" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("side", ["operational", "warehouse"])
def test_a_database_whose_letters_are_other_bytes_is_refused(
    server: EmbeddedServer, new_database: Callable[..., str], latin: str, *, side: str
) -> None:
    databases = replace(Databases(new_database(), new_database()), **{side: server.url(latin)})
    with pytest.raises(WarehouseError, match=f"database {latin} at .* is encoded in LATIN1"):
        prepare(databases)
