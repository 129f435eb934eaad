"""However a relation is divided, every row is read once, and every bucket is in one span.

Belongs here: `spans.py` and the files of a span, on real tables. Not here: what values become (`test_gathering.py`), who reads
(`test_readers.py`), and whole generations (`test_archive.py`).
"""

import resource
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from orchestration.extraction.archive import files, manifest, spans
from orchestration.extraction.archive.gathering import Bucket
from orchestration.extraction.archive.spans import Span
from tests.orchestration.extraction.archive.conftest import DATED, TENANTS, UNDATED, fill

pytestmark = pytest.mark.usefixtures("every_server")

BESIDE_A_BOUND = [UUID(int=2**127 - 1), UUID(int=2**127)]
INSTANTS = st.sampled_from(["infinity", "-infinity", None, "1970-01-01Z", "9998-12-31Z", "9999-12-31Z"]) | st.builds(
    "{:04}-{:02}-{:02} {:02}:30Z".format, st.integers(2024, 2026), st.integers(1, 12), st.integers(1, 28), st.integers(0, 23)
)  # fmt: skip
ROWS = st.lists(st.tuples(st.sampled_from([*TENANTS, *BESIDE_A_BOUND, None]), INSTANTS), max_size=60)


def numbers(connection: psycopg.Connection, span: Span) -> list[int]:
    """The rows of a span, each as often as it is read."""
    query = sql.SQL("select row_number from public.divided where {}")
    return [number for where in span.wheres for (number,) in connection.execute(query.format(where))]


def buckets_of(connection: psycopg.Connection, span: Span) -> set[Bucket]:
    return {bucket for where in span.wheres for bucket, _ in span.gathering.groups(connection, where, span.month)}


def small(monkeypatch: pytest.MonkeyPatch, *, worth: int = 40, most: int = 60, sampled: int = 3) -> None:
    for name, value in {"WORTH_A_STATEMENT": worth, "MOST_VALUES": most, "SAMPLED_PAGES": sampled}.items():
        monkeypatch.setattr(spans, name, value)


@settings(
    max_examples=40, print_blob=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip
@given(
    rows=ROWS, worth=st.integers(1, 40), most=st.integers(10, 100), sampled=st.integers(1, 15), chosen=st.data(),
    is_dated=st.booleans(),
)  # fmt: skip
def test_every_row_is_in_one_span(
    connection: psycopg.Connection,
    rows: list[tuple[UUID | None, str | None]],
    worth: int,
    most: int,
    sampled: int,
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
        small(patched, worth=worth, most=most, sampled=sampled)
        divided = list(spans.spans(connection, relation, touched))
    wanted = held if touched is None else touched
    read = sorted(number for span in divided for number in numbers(connection, span))
    assert read == sorted(number for bucket in wanted for number in held[bucket])
    found = [bucket for span in divided for bucket in buckets_of(connection, span)]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_rows_outside_of_all_intervals_are_in_a_span_of_their_own(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, worth=100, most=1000, sampled=1000)
    instants = [None, "infinity", "9999-12-30Z", "2026-05-01Z", "2026-11-30 23:59:59.999999Z", "2026-12-01Z"]
    months = [None, None, date(9999, 12, 1), date(2026, 5, 1), date(2026, 11, 1), date(2026, 12, 1)]
    fill(connection, [(TENANTS[number % 2], instants[number % 6]) for number in range(120)])
    everything = {(TENANTS[number % 2], months[number % 6]) for number in range(120)}
    assert len(list(spans.spans(connection, DATED, None))) == 3, "May to November, December, and the others"
    for touched in (None, *({bucket} for bucket in everything)):
        divided = list(spans.spans(connection, DATED, touched))
        found = {bucket for span in divided for bucket in buckets_of(connection, span)}
        assert found == (everything if touched is None else touched)
        read = sorted(number for span in divided for number in numbers(connection, span))
        assert read == [n for n in range(120) if touched is None or (TENANTS[n % 2], months[n % 6]) in touched]


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
    groups = [file.metadata.row_group(n).num_rows for file in files_of.values() for n in range(file.num_row_groups)]
    assert max(groups) == 3
    assert sum(entry.rows for entry in entries) == sum(groups) == 120
    found = {tenant: file.read(["row_number"])["row_number"].to_pylist() for tenant, file in files_of.items()}
    assert {tenant: sorted(rows) for tenant, rows in found.items()} == {
        str(tenant): list(range(place, 120, 7)) for place, tenant in enumerate(TENANTS)
    }
    assert list((tmp_path / manifest.ASIDE).iterdir()) == []


def test_a_file_holds_one_group_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "GROUP", 3)
    (tmp_path / manifest.ASIDE).mkdir()
    file = files.File(tmp_path, DATED, (TENANTS[0], None))
    for _ in range(3):
        assert list((tmp_path / manifest.ASIDE).iterdir()) == []
        file.add(pa.Table.from_pylist([{"row_number": 1}], schema=DATED.arrow))
    assert list((tmp_path / manifest.ASIDE).iterdir()) != []
    assert file.close().rows == 3


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
