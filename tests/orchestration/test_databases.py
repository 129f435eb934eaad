"""Connecting: what keeps it from opening is one line, without what is secret.

Belongs here: `databases.connect`, and what is refused before anything is made. Not here: URLs that settings refuse before
(`test_settings.py`).
"""

import tempfile
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from orchestration.databases import Databases, connect, prepare, require_prepared
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.extraction import sessions as extracting
from tests.conftest import execute
from tests.operational_schema.pooler import SharingPooler


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


@pytest.mark.parametrize("sessions", [1, 2, 3])
@pytest.mark.parametrize("side", ["operational", "warehouse"])
def test_a_pooler_that_shares_sessions_is_refused_on_either_side(
    server: EmbeddedServer, databases: Databases, *, side: str, sessions: int
) -> None:
    """Two refreshes would hold one lock, and one would find the temporary tables of the other."""
    database = str(conninfo_to_dict(getattr(databases, side))["dbname"])
    require_prepared(databases)
    with (
        tempfile.TemporaryDirectory() as place,
        closing(SharingPooler(Path(place), sockets=server.sockets, database=database, sessions=sessions)),
    ):
        behind = replace(databases, **{side: f"postgresql://postgres@/{database}?host={place}"})
        for refuses in (prepare, require_prepared):
            with pytest.raises(WarehouseError, match=f"database {database} at .* a pooler that shares sessions"):
                refuses(behind)


# Of what a server may set for requests; 16 and older lack the last.
LIMITS = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
)


@pytest.mark.parametrize("opens", [connect, extracting.connect])
def test_limits_of_time_that_a_server_sets_for_requests_are_lifted(
    every_server: EmbeddedServer, empty_url: str, opens: Callable[[str], psycopg.Connection]
) -> None:
    """X24: a session that only waits held the lock of a refresh, until the server ended it for being idle."""
    name = conninfo_to_dict(empty_url)["dbname"]
    of_this_server = "select name, setting from pg_settings where name = any(%s) order by name"
    with psycopg.connect(empty_url, autocommit=True) as owner:
        limits = [limit for limit, _ in owner.execute(of_this_server, (list(LIMITS),))]
        for limit in limits:
            owner.execute(f"alter database {name} set {limit} = '10s'".encode())
    assert len(limits) >= len(LIMITS) - 1
    with opens(empty_url) as session:
        session.rollback()
        assert session.execute(of_this_server, (limits,)).fetchall() == [(limit, "0") for limit in limits]
