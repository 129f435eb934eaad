"""seed-data.sql: a row in every table of each tenant, and the same again changes nothing."""

import psycopg
import pytest

from operational_schema.seeding import seed

pytestmark = pytest.mark.usefixtures("every_server")


def counts(url: str) -> dict[str, list[int]]:
    """Rows by table and tenant."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        return {
            table: [
                count
                for (count,) in connection.execute(
                    f"select count(*) from public.{table} group by {'id' if table == 'tenants' else 'tenant_id'}"
                )
            ]
            for (table,) in tables
        }


def test_every_tenant_has_a_row_in_every_table(operational_url: str) -> None:
    seed(operational_url)
    assert {table: len(found) for table, found in counts(operational_url).items() if len(found) != 2} == {}


def test_seeding_again_changes_nothing(operational_url: str) -> None:
    seed(operational_url)
    before = counts(operational_url)
    with psycopg.connect(operational_url) as connection:
        connection.execute("truncate etl.change")
    seed(operational_url)
    assert counts(operational_url) == before
    with psycopg.connect(operational_url) as connection:
        assert connection.execute("select count(*) from etl.change").fetchone() == (0,)
