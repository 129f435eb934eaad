"""Rows of `COPY … TO STDOUT`, some megabytes together.

Belongs here: hearing them. Not here: what they say. psycopg's own loop asks the socket before each row, and costs a thread of
Python four times what this does.
"""

import select
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import pq, sql

Connection = psycopg.Connection[Any]

# The server sends 8 KB at a time. Woken by each, the reader interrupts it as often; what it says meanwhile waits in the socket.
PAUSE = 0.0005
# Records of TLS that are half read do not make a socket readable.
LONGEST_WAIT = 0.1


@dataclass(frozen=True)
class Block:
    """Whole rows, one after the other as the server sent them, and the bytes of each."""

    content: bytearray = field(default_factory=bytearray)
    lengths: list[int] = field(default_factory=list)

    def rows(self) -> Iterator[memoryview]:
        """Row by row."""
        content, begins = memoryview(self.content), 0
        for length in self.lengths:
            yield content[begins : begins + length]
            begins += length


def blocks(connection: Connection, statement: sql.SQL | sql.Composed, *, size: int) -> Generator[Block]:
    """The rows of a COPY, so many bytes together and a row more. Raises the server's error; closed early, it cancels."""
    block, server = Block(), connection.pgconn
    with connection.cursor().copy(statement):
        while (told := server.get_copy_data(1))[0] >= 0:
            length, row = told
            if not length:
                _wait(server)
                continue
            block.content.extend(row)
            block.lengths.append(length)
            if len(block.content) >= size:
                yield block
                block = Block()
        _end(server)
    if block.lengths:
        yield block


def _wait(server: pq.abc.PGconn) -> None:
    if not _is_readable(server, within=0):
        time.sleep(PAUSE)
        _is_readable(server, within=LONGEST_WAIT)
    server.consume_input()


def _is_readable(server: pq.abc.PGconn, *, within: float) -> bool:
    return bool(select.select([server.socket], [], [], within)[0])


def _end(server: pq.abc.PGconn) -> None:
    """Hear the result, and all that comes after it, so that the connection can be asked something else."""
    results = list(iter(server.get_result, None))
    if failed := next((each for each in results if each and each.status != pq.ExecStatus.COMMAND_OK), None):
        raise psycopg.errors.error_from_result(failed)
