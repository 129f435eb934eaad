"""Threads that read at once, each with a connection of its own that sees what the first one sees.

Belongs here: the threads, and sharing the snapshot. Not here: what is read. A connection is made when its thread has work.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TypeVar

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


class AtOnce:
    """Has work done by threads. `refused` says of each that has no connection of its own what kept it from having one."""

    def __init__(self, warehouse: psycopg.Connection, url: str, opened: ExitStack) -> None:
        row = warehouse.execute("select pg_export_snapshot()").fetchone()
        self._warehouse, self._url, self._snapshot, self._opened = warehouse, url, row[0] if row else "", opened
        self._pool, self._of_thread = ThreadPoolExecutor(MOST), threading.local()
        self._reading = list[psycopg.Connection]()
        self.refused = list[str]()

    def __call__(self, work: Callable[[psycopg.Connection], T]) -> Future[T]:
        """What it returns, some time."""
        return self._pool.submit(lambda: work(self._reader()))

    @property
    def told(self) -> str | None:
        """What a person should know of it: that there were fewer connections than threads, and why."""
        if not self.refused:
            return None
        return f"{len(self.refused)} of {len(self._reading)} readers had no connection of their own: {self.refused[0]}"

    def end(self, *, at_once: bool) -> None:
        """Wait for what has begun, or have the server cancel it. What has not begun is not done."""
        if at_once:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for each in self._reading:
                each.cancel_safe()
        self._pool.shutdown(cancel_futures=True)

    def _reader(self) -> psycopg.Connection:
        if not hasattr(self._of_thread, "reader"):
            self._of_thread.reader = self._another() or self._warehouse
            self._reading.append(self._of_thread.reader)
            _prepare(self._of_thread.reader)
        found: psycopg.Connection = self._of_thread.reader
        return found

    def _another(self) -> psycopg.Connection | None:
        try:
            reader = self._opened.enter_context(connect(self._url))
        except psycopg.OperationalError as error:
            self.refused.append(str(error).strip().splitlines()[-1].strip())
            return None
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(self._snapshot)))
        return reader


@contextmanager
def readers(warehouse: psycopg.Connection, url: str) -> Iterator[AtOnce]:
    """Threads with connections to the same database, in transactions with the snapshot of the one that `warehouse` is in.

    Those for which the server has no connection left take turns at `warehouse`. An error ends what has begun, and what has not
    is not done.
    """
    with ExitStack() as opened:
        at_once = AtOnce(warehouse, url, opened)
        try:
            yield at_once
        except BaseException:
            at_once.end(at_once=True)
            raise
        at_once.end(at_once=False)


def _prepare(reader: psycopg.Connection) -> None:
    reader.execute(SETTINGS)
    reader.adapters.register_loader("bytea", _WhereItLies)
