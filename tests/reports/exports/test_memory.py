"""Exports take no more memory for more rows.

Belongs here: what Python holds. Not here: Parquet, which reads ahead (`test_parquet.py`), and all that a process takes, which
`make bench` measures.
"""

import tracemalloc
import uuid
from pathlib import Path

import pytest

from tests.reports.conftest import Desk
from tests.reports.exports.test_exports import export

FEW, MANY = 3_000, 15_000


@pytest.mark.parametrize("form", ["csv", "json", "excel"])
def test_five_times_the_rows_take_no_more_memory(desk: Desk, acme: uuid.UUID, tmp_path: Path, form: str) -> None:
    def peak(rows: int) -> int:
        desk.execute("delete from marts.conversation_analytics", warehouse=True)
        desk.execute(
            "insert into marts.conversation_analytics (tenant_id, started_on, department) "
            "select %s, '2026-11-20', repeat('x', 200) || n from generate_series(1, %s) as n", acme, rows, warehouse=True
        )  # fmt: skip
        tracemalloc.start()
        try:
            assert export(desk, tmp_path / "rows", form).rows == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(MANY) < 1.5 * peak(FEW)
