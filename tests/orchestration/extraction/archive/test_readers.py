"""Threads read what the first connection sees, as far as there are connections, and end together.

Belongs here: `readers.py`. Not here: what they read (`test_gathering.py`), and for whom (`test_archive.py`).
"""

import threading
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from orchestration.extraction.archive import spans
from orchestration.extraction.archive.readers import MOST, readers
from tests.orchestration.conftest import wait_for
from tests.orchestration.extraction.archive.conftest import DATED, TENANTS, fill

pytestmark = pytest.mark.usefixtures("every_server")


def test_readers_see_what_the_first_connection_sees(url: str, connection: psycopg.Connection) -> None:
    fill(connection, [(TENANTS[0], None)])
    with psycopg.connect(url) as first:
        first.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        first.execute("select from public.divided")
        fill_more = "insert into public.divided (tenant_id) select tenant_id from public.divided"
        with readers(first, url) as at_once:
            connection.execute(fill_more)
            together = threading.Barrier(2, timeout=60)

            def look(reader: psycopg.Connection) -> tuple[int, Any]:
                together.wait()
                return reader.info.backend_pid, reader.execute("select count(*) from public.divided").fetchone()

            seen = [future.result() for future in (at_once(look), at_once(look))]
        assert at_once.told is None
        pids = [pid for pid, _ in seen]
        assert [row for _, row in seen] == [(1,), (1,)]
        assert len({first.info.backend_pid, *pids}) == 3
    there = "select exists (select from pg_stat_activity where pid = any(%s))"
    wait_for(lambda: connection.execute(there, (pids,)).fetchone() == (False,), "the connections end with the reading")


def test_an_error_ends_what_has_begun_and_nothing_else_begins(url: str, connection: psycopg.Connection) -> None:
    begun = []
    asleep = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"

    def read(reader: psycopg.Connection) -> None:
        begun.append(reader)
        reader.execute("select pg_sleep(30)")

    with psycopg.connect(url) as first, pytest.raises(ZeroDivisionError), readers(first, url) as at_once:
        futures = [at_once(read) for _ in range(2 * MOST)]
        wait_for(lambda: connection.execute(asleep).fetchone() == (MOST,), "all threads read")
        raise ZeroDivisionError
    assert len(begun) == MOST
    assert all(reader.closed for reader in begun)
    assert [type(future.exception()) for future in futures[:MOST]] == [psycopg.errors.QueryCanceled] * MOST


def test_where_no_connection_is_left_the_first_one_reads(url: str, connection: psycopg.Connection) -> None:
    fill(connection, [(tenant, None) for tenant in TENANTS])
    role = f"few_{uuid4().hex}"
    connection.execute(f"create role {role} login connection limit 1")
    try:
        connection.execute(f"grant select on public.divided to {role}")
        theirs = make_conninfo(url, user=role)
        with psycopg.connect(theirs) as first, readers(first, theirs) as at_once:
            (span,) = spans.spans(first, DATED, None)
            together = threading.Barrier(2, timeout=60)

            def read(reader: psycopg.Connection) -> int:
                assert reader is first
                together.wait()
                groups = span.gathering.groups(reader, *span.wheres, span.month)
                return sum(rows.num_rows for _, rows in groups)

            assert [future.result() for future in (at_once(read), at_once(read))] == [7, 7]
        assert at_once.told is not None
        assert at_once.told.startswith("2 of 2 readers had no connection of their own: ")
        assert f'too many connections for role "{role}"' in at_once.told
    finally:
        connection.execute(f"drop owned by {role}")
        connection.execute(f"drop role {role}")


def test_texts_are_the_same_in_a_session_of_another_encoding(url: str, connection: psycopg.Connection) -> None:
    connection.execute("insert into public.divided values (%s, 1, null, 'Grüße')", (TENANTS[0],))
    theirs = make_conninfo(url, client_encoding="LATIN1")
    with psycopg.connect(theirs) as first, readers(first, theirs) as at_once:
        (span,) = spans.spans(first, DATED, None)
        read = at_once(lambda reader: list(span.gathering.groups(reader, *span.wheres, span.month)))
        assert [rows["filler"].to_pylist() for _, rows in read.result()] == [["Grüße"]]
