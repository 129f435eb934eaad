"""However a relation is divided, every row is read once, and every bucket is in one span.

Belongs here: `spans.py`, `readers.py` and the files of a span, on real tables. Not here: what values become
(`test_gathering.py`), and whole generations (`test_archive.py`).
"""

import resource
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.conninfo import make_conninfo

from orchestration.extraction.archive import files, manifest, spans
from orchestration.extraction.archive.gathering import Bucket
from orchestration.extraction.archive.readers import MOST, readers
from orchestration.extraction.archive.relations import Relation
from orchestration.extraction.archive.spans import Span
from tests.orchestration.conftest import wait_for

pytestmark = pytest.mark.usefixtures("every_server")

COLUMNS = {"tenant_id": "uuid", "row_number": "integer", "created_at": "timestamp with time zone", "filler": "text"}
DATED = Relation("public", "divided", tuple(COLUMNS.items()))
UNDATED = Relation("public", "divided", tuple((name, kind) for name, kind in COLUMNS.items() if name != "created_at"))
TENANTS = [UUID(int=2**128 // 7 * number) for number in range(7)]
# A page has four of them.
FILLER = "x" * 1900
INSTANTS = st.sampled_from(["infinity", "-infinity", None, "1970-01-01Z", "9998-12-31Z", "9999-12-31Z"]) | st.builds(
    "{:04}-{:02}-{:02} {:02}:30Z".format, st.integers(2024, 2026), st.integers(1, 12), st.integers(1, 28), st.integers(0, 23)
)  # fmt: skip
ROWS = st.lists(st.tuples(st.sampled_from([*TENANTS, None]), INSTANTS), max_size=60)


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    return new_database()


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as opened:
        said = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        opened.execute(f"create table public.divided ({said})")
        opened.execute("alter table public.divided alter filler set storage plain")
        yield opened


def fill(connection: psycopg.Connection, rows: list[tuple[UUID | None, str | None]]) -> None:
    connection.execute("truncate public.divided")
    with connection.cursor().copy("copy public.divided from stdin") as copy:
        for number, (tenant, instant) in enumerate(rows):
            copy.write_row((tenant, number, instant, FILLER))


def numbers(connection: psycopg.Connection, span: Span) -> list[int]:
    """The rows of a span, each as often as it is read."""
    query = sql.SQL("select row_number from public.divided where {}")
    return [number for where in span.wheres for (number,) in connection.execute(query.format(where))]


def buckets_of(connection: psycopg.Connection, span: Span) -> set[Bucket]:
    return {bucket for where in span.wheres for bucket, _ in span.gathering.groups(connection, where, span.month)}


def small(monkeypatch: pytest.MonkeyPatch, *, worth: int = 40, most: int = 60) -> None:
    for name, value in {"WORTH_A_STATEMENT": worth, "MOST_VALUES": most, "SAMPLED_PAGES": 3}.items():
        monkeypatch.setattr(spans, name, value)


@settings(
    max_examples=40, print_blob=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip
@given(rows=ROWS, worth=st.integers(1, 80), most=st.integers(10, 100), chosen=st.data(), is_dated=st.booleans())
def test_every_row_is_in_one_span(
    connection: psycopg.Connection,
    rows: list[tuple[UUID | None, str | None]],
    worth: int,
    most: int,
    chosen: st.DataObject,
    is_dated: bool,
) -> None:
    relation = DATED if is_dated else UNDATED
    fill(connection, rows)
    month = sql.SQL(relation.month)
    query = sql.SQL("select tenant_id, {}, row_number from public.divided where tenant_id is not null").format(month)
    held: dict[Bucket, list[int]] = {}
    for tenant, month_of_row, number in connection.execute(query):
        held.setdefault((tenant, month_of_row), []).append(number)
    touched = chosen.draw(
        st.none() | st.sets(st.sampled_from(sorted(held, key=str)), min_size=1) if held else st.none()
    )
    with pytest.MonkeyPatch.context() as patched:
        small(patched, worth=worth, most=most)
        divided = list(spans.spans(connection, relation, touched))
    wanted = held if touched is None else touched
    read = sorted(number for span in divided for number in numbers(connection, span))
    assert read == sorted(number for bucket in wanted for number in held[bucket])
    found = [bucket for span in divided for bucket in buckets_of(connection, span)]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_a_large_month_is_read_in_pieces_into_one_file_of_each_tenant(
    connection: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    monkeypatch.setattr(files, "GROUP", 3)
    fill(connection, [(TENANTS[number % 7], f"2026-05-{number % 28 + 1:02} 12:00Z") for number in range(120)])
    (tmp_path / manifest.ASIDE).mkdir()
    divided = list(spans.spans(connection, DATED, None))
    assert max(len(span.wheres) for span in divided) > 3
    entries = [entry for span in divided for entry in files.write(span, tmp_path, connection)]
    assert sorted(entry.parts[0] for entry in entries) == sorted(str(tenant) for tenant in TENANTS)
    files_of = {entry.parts[0]: pq.ParquetFile(tmp_path / entry.path) for entry in entries}
    assert all(file.metadata.num_row_groups > 1 for file in files_of.values())
    found = {tenant: file.read(["row_number"])["row_number"].to_pylist() for tenant, file in files_of.items()}
    assert {tenant: sorted(rows) for tenant, rows in found.items()} == {
        str(tenant): list(range(place, 120, 7)) for place, tenant in enumerate(TENANTS)
    }
    assert list((tmp_path / manifest.ASIDE).iterdir()) == []


def test_many_tenants_do_not_need_many_open_files(connection: psycopg.Connection, tmp_path: Path) -> None:
    connection.execute(
        "insert into public.divided select gen_random_uuid(), n, '2026-05-01', '' from generate_series(1, 300) as n"
    )
    (tmp_path / manifest.ASIDE).mkdir()
    (span,) = spans.spans(connection, DATED, None)
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 30, most))
    try:
        entries = files.write(span, tmp_path, connection)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (least, most))
    assert sorted(entry.rows for entry in entries) == [1] * 300


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


def test_an_early_year_has_four_digits_in_the_name_of_a_file(connection: psycopg.Connection, tmp_path: Path) -> None:
    fill(connection, [(TENANTS[0], "0044-03-15Z")])
    (tmp_path / manifest.ASIDE).mkdir()
    (span,) = spans.spans(connection, DATED, None)
    (entry,) = files.write(span, tmp_path, connection)
    assert entry.parts == (str(TENANTS[0]), DATED.name, "0044-03")


def test_the_undated_rows_of_one_tenant_are_read_in_pieces(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL sends no row of a gigabyte, which one group of all of them would be."""
    small(monkeypatch)
    fill(connection, [(TENANTS[3], None)] * 120)
    read = [
        len(list(connection.execute(sql.SQL("select from public.divided where {}").format(where))))
        for span in spans.spans(connection, UNDATED, None)
        for where in span.wheres
    ]
    assert sum(read) == 120
    assert max(read) <= 40


def test_an_interval_ends_where_the_next_begins() -> None:
    months = {date(2025, 11, 1): 5.0, date(2025, 12, 1): 50.0, date(2026, 3, 1): 1.0, date(2026, 5, 1): 2.0}
    with pytest.MonkeyPatch.context() as patched:
        small(patched)
        assert list(spans._intervals(months)) == [
            (date(2025, 11, 1), date(2026, 3, 1), 55.0),
            (date(2026, 3, 1), date(2026, 6, 1), 3.0),
        ]
