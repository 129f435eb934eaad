"""The analyses: each runs as a tenant's reader, gives the columns that it says, and sees that tenant's rows only."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from operational_schema import demo_traffic
from orchestration import dbt
from orchestration.databases import Databases
from orchestration.publishing import tenant_readers
from orchestration.refresh import refresh

ANALYSES = sorted((dbt.PROJECT / "analyses").glob("*/*.sql"))
KEY = "a key of the tests, and of nothing else"
# What synthetic traffic has nothing of: no rows is right.
MAY_BE_EMPTY = {
    "anomalies", "accuracy_trends", "handoff_reasons", "insights", "knowledge_by_category", "knowledge_effectiveness",
    "knowledge_trend", "revenue_attribution",
}  # fmt: skip


@pytest.mark.usefixtures("every_server")
def test_each_analysis_runs_as_a_reader_and_has_its_shape(
    databases: Databases,
) -> None:
    until = datetime(2026, 3, 31, 12, tzinfo=UTC)
    demo_traffic.load_traffic(databases.operational, conversations=600, tenants=2, days=40, seed=5, until=until)
    refresh(databases, pseudonym_key=KEY)
    # The data are as of now; the traffic has an end of its own.
    with psycopg.connect(databases.warehouse, autocommit=True) as warehouse:
        warehouse.execute("update marts.publication set data_as_of = %s", (until,))
        (slug,) = warehouse.execute("select slug from marts.tenants order by slug limit 1").fetchone()
    with psycopg.connect(tenant_readers.as_reader(databases.warehouse, slug)) as reader:
        assert reader.execute("select slug from marts.tenants").fetchall() == [(slug,)]
        for file in ANALYSES:
            found = reader.execute(file.read_text(encoding="utf-8"))
            assert [column.name for column in found.description] == shape_of(file), file.name
            assert found.fetchone() or file.stem in MAY_BE_EMPTY, f"{file.name} finds nothing"


def shape_of(file: Path) -> list[str]:
    (line,) = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("-- Shape: ")]
    return line.removeprefix("-- Shape: ").split(", ")


@pytest.mark.parametrize("file", ANALYSES, ids=lambda file: file.stem)
def test_an_analysis_asks_a_question_and_asks_for_no_now(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("-- ")
    assert "now()" not in text
    assert "current_" not in text
    assert max(map(len, text.splitlines())) <= 120


def test_there_are_twelve_worked_queries() -> None:
    assert sum(file.parent.name == "worked" for file in ANALYSES) == 12
