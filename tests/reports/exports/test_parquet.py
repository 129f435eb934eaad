"""Parquet by two readers: all rows, in their order, of one snapshot, however they are cut; and nothing where one is lost."""

import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import query
from reports.exports import parquet, selection, writing
from tests.reports.conftest import Desk

FIRST = date(2026, 1, 1)
ON_DAYS = st.dictionaries(st.integers(0, 40), st.integers(1, 9), max_size=12)


def conversations(desk: Desk, tenant: uuid.UUID, on_days: dict[int, int]) -> list[uuid.UUID]:
    """Conversations of those days, so many of each, in their order and without any other."""
    desk.execute("delete from marts.conversation_analytics", warehouse=True)
    for day, rows in on_days.items():
        desk.add_conversations(tenant, str(FIRST + timedelta(days=day)), [{}] * rows)
    ordered = desk.execute(
        "select conversation_id from marts.conversation_analytics order by started_on, started_at, conversation_id",
        warehouse=True,
    )
    return [key for (key,) in ordered]


def cut(patch: pytest.MonkeyPatch, *, piece: int, at_once: int) -> None:
    patch.setattr(parquet, "ROWS_IN_A_PIECE", piece)
    patch.setattr(parquet, "BYTES_AT_ONCE", at_once)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(on_days=ON_DAYS, piece=st.integers(1, 12), at_once=st.integers(1, 2_000), most=st.none() | st.integers(0, 40))
def test_however_the_rows_are_cut_they_are_all_there_in_order(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, on_days: dict[int, int], piece: int, at_once: int, most: int | None
) -> None:
    wanted = conversations(desk, acme, on_days)[:most]
    to = tmp_path / "rows.parquet"
    with pytest.MonkeyPatch.context() as patch, query.marts(desk.warehouse) as marts:
        cut(patch, piece=piece, at_once=at_once)
        done = writing.write(marts, selection.parse(acme, "conversations", {}, most_rows=most), form="parquet", to=to)
    assert [uuid.UUID(str(key)) for key in pq.read_table(to)["conversation_id"].to_pylist()] == wanted
    assert (done.rows, done.rows_in_all) == (len(wanted), sum(on_days.values()))


def test_both_readers_see_one_generation(desk: Desk, acme: uuid.UUID) -> None:
    def seen(marts: query.Connection) -> Any:
        return marts.execute("select count(*) from marts.conversation_analytics").fetchone()

    with query.marts(desk.warehouse) as marts, marts.transaction():
        before = seen(marts)
        conversations(desk, acme, {0: 3})
        with query.beside(marts) as other:
            assert seen(other) == seen(marts) == before != (3,)


def test_a_reader_that_is_lost_leaves_nothing(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations(desk, acme, dict.fromkeys(range(40), 3))
    cut(monkeypatch, piece=3, at_once=1)
    read = parquet._read

    def until_it_is_lost(source: Any, *given: Any) -> Any:
        for number, table in enumerate(read(source, *given)):
            if number == 20 and source.marts is not marts:
                desk.execute("select pg_terminate_backend(%s)", source.marts.info.backend_pid)
            yield table

    monkeypatch.setattr(parquet, "_read", until_it_is_lost)
    with query.marts(desk.warehouse) as marts:
        with pytest.raises(psycopg.OperationalError):
            writing.write(
                marts, selection.parse(acme, "conversations", {}), form="parquet", to=tmp_path / "rows.parquet"
            )
        assert list(tmp_path.iterdir()) == []
        monkeypatch.setattr(parquet, "_read", read)
        done = writing.write(
            marts, selection.parse(acme, "conversations", {}), form="parquet", to=tmp_path / "rows.parquet"
        )
        assert done.rows == 120
