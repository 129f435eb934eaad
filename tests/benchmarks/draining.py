"""A bare COPY, emptied to nowhere: the least that any reader of these rows must wait for.

Belongs here: the emptying. Not here: which rows, and what is held against it.
"""

import os
import select
from contextlib import closing

import psycopg
from psycopg import sql

from tests.benchmarks.stopwatch import seconds_of

BUFFER = 2**20
# The server's last words of a statement, outside a transaction.
READY = b"Z\0\0\0\5I"


def drained(url: str, *queries: sql.Composable, key: str = "") -> float:
    """Seconds for the rows of the queries, one after the other, in binary, over connections that are open."""
    seconds = 0.0
    for query in queries:
        with closing(psycopg.connect(url, autocommit=True)) as source:
            source.execute("select set_config('etl.pseudonym_key', %s, false)", (key,))
            said = sql.SQL("copy ({}) to stdout (format binary)").format(query).as_bytes(source)
            seconds += seconds_of(lambda: _drain(source, said))  # noqa: B023
    return seconds


def _drain(source: psycopg.Connection, statement: bytes) -> None:
    """Empty the socket itself: row by row in Python is no bare COPY. The connection is of no use afterwards."""
    source.pgconn.send_query(statement)
    source.pgconn.flush()
    end = b""
    while not end.endswith(READY):
        select.select([source.fileno()], [], [])
        end = (end + os.read(source.fileno(), BUFFER))[-len(READY) :]
