"""The data tests: each is a query over the built rows that must find none.

Belongs here: asking them, and saying what they found. Not here: the queries (dbt_project/tests).
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from orchestration.errors import WarehouseError
from orchestration.transformation.build import UNPUBLISHED
from orchestration.transformation.plan import DataTest, Plan


@dataclass(frozen=True)
class Checked:
    """A data test, and how many rows it found that should not be."""

    test: DataTest
    found: int
    first: str

    @property
    def passed(self) -> bool:
        """Whether it found none."""
        return self.found == 0

    def __str__(self) -> str:
        """What is wrong, in one line."""
        return f"{self.test.name} found {self.found} rows in {self.test.about}, the first is {self.first}"


class ChecksFailedError(WarehouseError):
    """Built rows are wrong: they are not published."""

    def __init__(self, checked: list[Checked]) -> None:
        self.checked = checked
        failed = [each for each in checked if not each.passed and not each.test.only_warns]
        more = f" (and {len(failed) - 1} more tests)" if len(failed) > 1 else ""
        super().__init__(f"data test {failed[0]}{more}; {UNPUBLISHED}")


def check(warehouse: psycopg.Connection, plan: Plan) -> list[Checked]:
    """Ask every data test. Raises ChecksFailedError if one of severity error has found rows."""
    checked = [_ask(warehouse, test) for test in plan.tests]
    if any(not each.passed and not each.test.only_warns for each in checked):
        raise ChecksFailedError(checked)
    return checked


def _ask(warehouse: psycopg.Connection, test: DataTest) -> Checked:
    query = sql.SQL("select found.*, count(*) over () as rows_found from ({}) as found limit 1").format(
        sql.SQL(test.query)
    )
    with warehouse.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query).fetchone()
    if row is None:
        return Checked(test, 0, "")
    found = row.pop("rows_found")
    return Checked(test, found, ", ".join(f"{name} {value}" for name, value in row.items()))
