"""One table on both sides: what makes two rows unlike.

Belongs here: digests. Not here: what is done about a difference (`test_reconciling.py`).
"""

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql

from operational_schema import seeding
from orchestration.databases import Databases
from orchestration.extraction.comparing import Comparison
from orchestration.extraction.extract import Extract
from orchestration.extraction.snapshot import open_snapshot
from orchestration.extraction.tables import TABLES
from tests.orchestration.conftest import KEY

pytestmark = pytest.mark.usefixtures("every_server")

ANOTHER = {
    "text": "coalesce({0}, '') || 'x'",
    "uuid": "gen_random_uuid()",
    "boolean": "{0} is not true",
    "timestamptz": "coalesce({0}, '2026-01-01') + interval '1 second'",
    "date": "{0} + 1",
    "time": "coalesce({0}, '12:00') - interval '1 second'",
}


def test_every_column_counts(databases: Databases, run_extract: Callable[..., Extract]) -> None:
    """Another value in any of one row is found, and makes its month differ."""
    seeding.seed(databases.operational)
    run_extract()
    with (
        open_snapshot(databases.operational, pseudonym_key=KEY) as snapshot,
        psycopg.connect(databases.warehouse) as warehouse,
    ):
        for table in TABLES:
            for column in table.columns:
                name = sql.Identifier(column.name)
                with warehouse.transaction(force_rollback=True):
                    warehouse.execute(
                        sql.SQL("update {table} set {name} = {other} where id = (select id from {table} limit 1)").format(
                            table=sql.Identifier("raw", table.name), name=name,
                            other=sql.SQL(ANOTHER.get(column.type, "coalesce({0}, 0) + 1")).format(name),
                        )
                    )  # fmt: skip
                    _, found = Comparison(snapshot, warehouse, table).differences(mend=False)
                assert sum(each.rows for each in found) in (1, 2), f"{table.name}.{column.name}"
