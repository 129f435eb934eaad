"""Rows of a COPY arrive whole, in their order; what the server complains of is raised, and leaves a connection of use."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from orchestration.embedded import EmbeddedServer
from reports.exports.blocks import Connection, blocks

MANY = sql.SQL("copy (select n, repeat('x', n % 300) from generate_series(1, 50000) as n) to stdout")
BROKEN = sql.SQL("copy (select 1 / (40000 - n), repeat('x', 100) from generate_series(1, 50000) as n) to stdout")


@pytest.fixture
def connection(server: EmbeddedServer) -> Iterator[Connection]:
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as opened:
        yield opened


@pytest.mark.parametrize("size", [1, 1000, 2**20, 2**30])
def test_all_rows_arrive_as_psycopg_itself_reads_them(connection: Connection, size: int) -> None:
    with connection.cursor().copy(MANY) as copy:
        expected = [bytes(row) for row in copy]
    found = []
    for block in blocks(connection, MANY, size=size):
        assert sum(block.lengths[:-1]) < size, "a block that is full takes no more rows"
        begins = 0
        for length in block.lengths:
            found.append(bytes(block.content[begins : begins + length]))
            begins += length
        assert begins == len(block.content)
    assert found == expected
    assert connection.execute("select 1").fetchone() == (1,)


def test_no_rows_are_no_blocks(connection: Connection) -> None:
    assert not list(blocks(connection, sql.SQL("copy (select 1 where false) to stdout"), size=1))


def test_an_error_of_the_server_on_the_way_is_raised(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero, match="division by zero"):
        list(blocks(connection, BROKEN, size=1000))
    assert connection.execute("select 1").fetchone() == (1,)


def test_an_error_takes_back_the_transaction_and_no_more(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), connection.transaction():
        list(blocks(connection, BROKEN, size=1000))
    assert connection.execute("select 1").fetchone() == (1,)


def test_closed_early_it_leaves_the_connection_of_use(connection: Connection) -> None:
    endless = sql.SQL(
        "copy (select repeat('x', 1000) from generate_series(1, 10000) as a, generate_series(1, 10000) as b) to stdout"
    )
    with connection.transaction(), closing(blocks(connection, endless, size=1000)) as told:
        assert next(told).lengths == [1001]
    assert connection.execute("select 1").fetchone() == (1,)


def test_a_server_that_goes_away_is_an_error(connection: Connection, server: EmbeddedServer) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as other:
        told = blocks(connection, MANY, size=1000)
        next(told)
        other.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            list(told)
