"""A tenant's reader, as a BI tool connects: its rows of the marts, and nothing else."""

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from operational_schema import demo_traffic
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.publishing import tenant_readers
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY

pytestmark = pytest.mark.usefixtures("every_server")


@pytest.fixture
def slugs(databases: Databases) -> list[str]:
    until = datetime(2026, 3, 31, 12, tzinfo=UTC)
    demo_traffic.load_traffic(databases.operational, conversations=60, tenants=2, days=30, seed=3, until=until)
    refresh(databases, pseudonym_key=KEY)
    with psycopg.connect(databases.warehouse) as warehouse:
        return [slug for (slug,) in warehouse.execute("select slug from marts.tenants order by slug")]


def test_each_reader_sees_its_tenant_in_every_mart(databases: Databases, slugs: list[str]) -> None:
    readers = {slug: tenant_readers.let_in(databases.warehouse, slug) for slug in slugs}
    with psycopg.connect(databases.warehouse) as warehouse:
        keys = dict(warehouse.execute("select slug, tenant_id from marts.tenants").fetchall())
        marts = warehouse.execute(
            "select table_schema, table_name from information_schema.columns "
            "where table_schema in ('marts', 'facts') and column_name = 'tenant_id'"
        ).fetchall()
    assert len(marts) >= 15
    for slug, url in readers.items():
        with psycopg.connect(url, autocommit=True) as reader:
            for mart in marts:
                try:
                    seen = reader.execute(sql.SQL("select distinct tenant_id from {}").format(sql.Identifier(*mart)))
                except psycopg.errors.InsufficientPrivilege:
                    assert mart[0] == "facts", "facts may be closed, marts are open"
                else:
                    assert {key for (key,) in seen} <= {keys[slug]}, mart
            assert reader.execute("select count(*) > 0 from conversation_analytics").fetchone() == (True,)
            assert reader.execute("select count(*) > 100 from metric_catalogue").fetchone() == (True,)


def test_a_reader_neither_writes_nor_looks_elsewhere(databases: Databases, slugs: list[str]) -> None:
    with psycopg.connect(tenant_readers.let_in(databases.warehouse, slugs[0]), autocommit=True) as reader:
        reader.execute("set default_transaction_read_only = off")
        for statement in (
            "select * from raw.messages",
            "select * from ops.publish_log",
            "delete from marts.daily_metrics",
            "insert into marts.tenant_readers select current_user, tenant_id from marts.tenants",
            "create table marts.mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)


def test_a_session_of_the_owner_acts_as_the_reader(databases: Databases, slugs: list[str]) -> None:
    with psycopg.connect(tenant_readers.as_reader(databases.warehouse, slugs[1])) as session:
        assert session.execute("select slug from tenants").fetchall() == [(slugs[1],)]
        assert session.execute("show default_transaction_read_only").fetchone() == ("on",)


def test_an_unknown_tenant_is_one_clear_line(databases: Databases, slugs: list[str]) -> None:
    with pytest.raises(WarehouseError, match="no tenant 'x; drop' in the marts"):
        tenant_readers.let_in(databases.warehouse, "x; drop")
