"""The operational database's own daily figures against the marts: two witnesses, on every day of generated traffic."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from operational_schema import demo_traffic
from orchestration.databases import Databases
from orchestration.publishing.mirrors import DAYS
from orchestration.refresh import refresh

KEY = "a key of the tests, and of nothing else"
UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
AGGREGATED = """
    select public.aggregate_daily_metrics(days.date, days.tenant_id)
    from (
        select distinct c.tenant_id, (c.created_at at time zone t.timezone)::date as date
        from public.conversations as c
        inner join public.tenants as t on t.id = c.tenant_id
    ) as days
"""


@pytest.fixture
def databases(every_server: Any, databases: Databases) -> Databases:
    demo_traffic.load_traffic(databases.operational, conversations=150, tenants=3, days=30, seed=9, until=UNTIL)
    return databases


def days(databases: Databases, source: str) -> list[tuple[Any, ...]]:
    names = ", ".join((*DAYS.cell, *DAYS.columns))
    with psycopg.connect(databases.operational) as operational:
        return operational.execute(
            f"select {names} from public.daily_metrics where source = %s order by {', '.join(DAYS.cell)}", (source,)
        ).fetchall()


def test_both_say_the_same_of_every_day(databases: Databases) -> None:
    with psycopg.connect(databases.operational) as operational:
        operational.execute(AGGREGATED)
    by_database = days(databases, "database")
    refresh(databases, pseudonym_key=KEY)
    assert days(databases, "warehouse") == by_database
    assert len(by_database) > 100
    assert not days(databases, "database"), "a day that the warehouse has published is its own"
