"""Threads that read at once, each with a connection of its own that sees what the first one sees.

Belongs here: the threads, and sharing the snapshot. Not here: what is read. A connection is made when its thread has work.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Protocol, TypeVar

import psycopg
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from orchestration.extraction.sessions import connect

T = TypeVar("T")

# One more than there are cores: now and then one waits for the disk, or for its turn in Python.
MOST = min(4, (os.cpu_count() or 1) + 1)
# Texts come in the session's encoding.
# Groups are few, and their rows many: sorted, each row would be copied twice before its values are.
SETTINGS = """
    set local client_encoding = 'UTF8';
    set local work_mem = '128MB';
    set local enable_sort = off;
    set local max_parallel_workers_per_gather = 0;
    set local jit = off;
"""


class _WhereItLies(Loader):
    """The bytes of a bytea as libpq has them, not copied."""

    format = Format.BINARY

    def load(self, data: Buffer) -> Buffer:
        return data


class AtOnce(Protocol):
    """Has work done by one of the threads."""

    def __call__(self, work: Callable[[psycopg.Connection], T], /) -> Future[T]:
        """What it returns, some time."""
        ...


@contextmanager
def readers(warehouse: psycopg.Connection, url: str) -> Iterator[AtOnce]:
    """Threads with connections to the same database, in transactions with the snapshot of the one that `warehouse` is in.

    Those for which the server has no connection left take turns at `warehouse`. An error ends what has begun, and what has not
    is not done.
    """
    row = warehouse.execute("select pg_export_snapshot()").fetchone()
    of_thread, reading = threading.local(), list[psycopg.Connection]()
    with ExitStack() as opened:

        def reader() -> psycopg.Connection:
            if not hasattr(of_thread, "reader"):
                of_thread.reader = _another(url, row[0] if row else "", opened) or warehouse
                reading.append(of_thread.reader)
                _prepare(of_thread.reader)
            found: psycopg.Connection = of_thread.reader
            return found

        pool = ThreadPoolExecutor(MOST)
        try:
            yield lambda work: pool.submit(lambda: work(reader()))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for each in reading:
                each.cancel_safe()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _another(url: str, snapshot: str, opened: ExitStack) -> psycopg.Connection | None:
    try:
        reader = opened.enter_context(connect(url))
    except psycopg.OperationalError:
        return None
    reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    reader.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
    return reader


def _prepare(reader: psycopg.Connection) -> None:
    reader.execute(SETTINGS)
    reader.adapters.register_loader("bytea", _WhereItLies)
