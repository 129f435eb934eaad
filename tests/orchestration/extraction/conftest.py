"""The oracle of extraction: what `raw` should hold, read at the source without the change log."""

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import sql

from orchestration.databases import Databases
from orchestration.extraction.extract import Extract, extract
from orchestration.extraction.tables import TABLES
from tests.orchestration.conftest import KEY

Rows = dict[str, set[tuple[Any, ...]]]


def rows_of_source(connection: psycopg.Connection) -> Rows:
    """Every row that may leave, by table, as the given connection sees it."""
    connection.execute("select set_config('etl.pseudonym_key', %s, true)", (KEY,))
    found = {}
    for table in TABLES:
        columns = ", ".join(column.expression for column in table.columns)
        found[table.name] = set(connection.execute(f"select {columns} from public.{table.name} where {table.where}"))
    return found


def rows_of_raw(warehouse_url: str) -> Rows:
    """Every landed row, by table."""
    with psycopg.connect(warehouse_url) as connection:
        return {
            table.name: set(
                connection.execute(
                    sql.SQL("select {} from raw.{}").format(
                        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
                        sql.Identifier(table.name),
                    )
                )
            )
            for table in TABLES
        }


@pytest.fixture
def run_extract(databases: Databases) -> Callable[..., Extract]:
    """One extract between the test's databases."""
    return partial(extract, databases.operational, databases.warehouse, pseudonym_key=KEY)


@pytest.fixture
def assert_equal(databases: Databases) -> Callable[[], None]:
    """Fails unless raw equals the source as it is now."""

    def check() -> None:
        with psycopg.connect(databases.operational) as connection:
            expected = rows_of_source(connection)
        landed = rows_of_raw(databases.warehouse)
        for name, rows in expected.items():
            assert landed[name] == rows, (
                f"{name}: {len(rows - landed[name])} missing, {len(landed[name] - rows)} too many"
            )

    return check
