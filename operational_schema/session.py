"""The one session in which a run of the migrations works, and the lock that keeps two runs apart.

Belongs here: opening it, and refusing what cannot hold a lock. Not here: what is done with it (`migrate.py`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from operational_schema.errors import SchemaError

LOCK = 5_846_012_937
POLL_SECONDS = 0.1


@contextmanager
def locked(url: str) -> Iterator[psycopg.Connection]:
    """A session in autocommit that holds the runner's lock; another run waits here. The lock dies with the session.

    Raises SchemaError for a database that cannot be reached or refuses, and behind a pooler that shares sessions.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            _refuse_shared_sessions(connection, url)
            _prepare(connection)
            _wait_for_lock(connection)
            yield connection
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error).strip().splitlines()[-1]
        raise SchemaError(f"the database refused: {said}; nothing more was applied") from error


def _wait_for_lock(connection: psycopg.Connection) -> None:
    """Ask again and again: a statement that waits has a snapshot, and an index that the other run builds concurrently would
    wait for whoever has one."""
    while connection.execute("select pg_try_advisory_lock(%s)", (LOCK,)).fetchone() != (True,):
        time.sleep(POLL_SECONDS)


def _prepare(connection: psycopg.Connection) -> None:
    """Let nothing end the session but itself, unless its client is gone; and let nobody's schema stand before the system's."""
    connection.execute("set search_path = pg_catalog, pg_temp")
    for setting in ("statement_timeout", "lock_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(f"set {setting} = 0")
    # The server notices a killed client only when it next writes to it: a long statement would go on, and hold the lock.
    with suppress(psycopg.errors.InvalidParameterValue):
        connection.execute("set client_connection_check_interval = '1s'")


def are_shared(first: psycopg.Connection, url: str) -> bool:
    """Whether a pooler in transaction mode hands one server session to several clients: a lock would be held by all of them.

    `first` is in autocommit: within one transaction any pooler keeps to one session.
    """
    with psycopg.connect(url, autocommit=True) as second:
        asked = [_backend(connection) for connection in (first, second, second, first)]
    return asked != [asked[0], asked[1], asked[1], asked[0]] or asked[0] == asked[1]


def _refuse_shared_sessions(first: psycopg.Connection, url: str) -> None:
    if are_shared(first, url):
        raise SchemaError(
            "this address is a pooler that shares sessions between transactions: use the database's own address "
            "(on Supabase port 5432, not 6543)"
        )


def _backend(connection: psycopg.Connection) -> int:
    row = connection.execute("select pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0
