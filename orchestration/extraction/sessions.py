"""Connections of an extract, which end when the other side is gone, also where nobody says so.

Belongs here: time-outs of the network and of the server. Not here: what is read or written over them.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo

# Texts pass from one session to another as they are, whatever the environment or the role would have them be.
# A cable that was cut is noticed by TCP itself within a minute.
NETWORK = {
    "client_encoding": "UTF8",
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# Of a server's or a role's, too: what we write would be read as something else, and what is written to us not at all.
WORDS = {"datestyle": "ISO", "standard_conforming_strings": "on"}
# Of a server's or a role's settings, and the version that brought them: Supabase has some, set for requests.
LIMITS = {
    "statement_timeout": 0,
    "lock_timeout": 0,
    "idle_in_transaction_session_timeout": 0,
    "idle_session_timeout": 14_00_00,
    "transaction_timeout": 17_00_00,
}
# The server, too: it would hold the locks and the snapshot of a host that died for two hours.
NOTICED_BY_THE_SERVER = {
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "60s",
}
# A proxy that keeps the connection and passes nothing on is noticed by this.
SILENT_SECONDS = 1800.0
# Who waits for us, or for a lock, is not at work.
ASK_SECONDS = 5
IS_AT_WORK = """
    select exists (
        select from pg_stat_activity
        where pid = %s and state = 'active' and coalesce(wait_event_type, '') not in ('Client', 'Lock')
    )
"""


def connect(url: str, *, on_open: Callable[[psycopg.Connection], None] = lambda opened: None) -> psycopg.Connection:
    """Connect, without the server's own limits of time."""
    connection = psycopg.connect(url, autocommit=True, **NETWORK)  # type: ignore[arg-type]
    on_open(connection)
    last_as_long_as_we_do(connection)
    connection.autocommit = False
    return connection


def last_as_long_as_we_do(connection: psycopg.Connection) -> None:
    """Lift the server's own limits of time: our work is longer than a request of the application, and a lock is held meanwhile.

    Have it end the session, and what it holds, within a minute of our host's death instead. The connection is in autocommit.
    """
    lifted = {limit: "0" for limit, since in LIMITS.items() if connection.info.server_version >= since}
    settings = lifted | NOTICED_BY_THE_SERVER | WORDS
    connection.execute(
        "select set_config(name, value, false) from unnest(%s::text[], %s::text[]) as setting (name, value)",
        (list(settings), list(settings.values())),
    )


@dataclass(frozen=True)
class Watched:
    """A connection, and how its server is asked what it does for it."""

    connection: psycopg.Connection
    conninfo: str
    pid: int

    def is_at_work(self) -> bool:
        """Whether the server says, by another connection and soon, that it works for this one."""
        answers: list[bool] = []

        def ask() -> None:
            with (
                contextlib.suppress(psycopg.Error),
                psycopg.connect(self.conninfo, connect_timeout=ASK_SECONDS) as other,
            ):
                answers.append(other.execute(IS_AT_WORK, (self.pid,)).fetchone() == (True,))

        # A proxy may keep silent towards the question, too.
        asking = threading.Thread(target=ask, name="ask", daemon=True)
        asking.start()
        asking.join(timeout=ASK_SECONDS)
        return answers == [True]


class Watch:
    """Notes that something moved; hangs up what it watches when nothing did for too long, and no server is at work for it."""

    def __init__(self, *, seconds: float) -> None:
        self._watched: list[Watched] = []
        self._seconds = seconds
        self._moved = time.monotonic()
        self._over = threading.Event()

    def add(self, connection: psycopg.Connection) -> None:
        """Watch this connection, too."""
        info = connection.info
        self._watched.append(
            Watched(connection, make_conninfo(info.dsn, password=info.password or None), info.backend_pid)
        )
        self.moved()

    def moved(self) -> None:
        """Say that something moved."""
        self._moved = time.monotonic()

    def end(self) -> None:
        """Stop watching."""
        self._over.set()

    def run(self) -> None:
        """Watch until the end, or until all was silent for too long."""
        while not self._over.wait(min(self._seconds / 4, 5)):
            if time.monotonic() - self._moved <= self._seconds:
                continue
            # One statement over all rows of a large table may take longer than any silence that we bear; and as long as there
            # is nothing to watch, as where another landing is waited for, nobody is silent.
            if not self._watched or any(each.is_at_work() for each in self._watched):
                self.moved()
                continue
            for each in self._watched:
                _hang_up(each.connection)
            return


@contextlib.contextmanager
def watched(*, seconds: float = SILENT_SECONDS) -> Iterator[Watch]:
    """Hang up what is watched when nothing moves for some time: whoever waits on it gets an OperationalError."""
    watch = Watch(seconds=seconds)
    thread = threading.Thread(target=watch.run, name="watch", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join()


def _hang_up(connection: psycopg.Connection) -> None:
    """Close the socket under a connection that another thread waits on; libpq itself cannot be called from two."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
