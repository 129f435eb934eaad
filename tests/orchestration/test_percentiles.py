"""Percentiles from buckets, against percentile_cont over the durations themselves."""

from collections import Counter
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from orchestration import dbt
from orchestration.databases import Databases

pytestmark = pytest.mark.usefixtures("every_server")

PROMISED = Decimal("0.015")
durations = st.lists(
    st.one_of(st.just(0), st.integers(1, 5_000), st.integers(1, 10**9), st.integers(1, 3 * 10**11)),
    min_size=1,
    max_size=60,
)


def bucket_sql() -> str:
    """The macro, as dbt renders it."""
    macro = (dbt.PROJECT / "macros" / "duration_bucket.sql").read_text(encoding="utf-8")
    return Environment().from_string(macro).module.duration_bucket("seconds")


@given(milliseconds=durations, share=st.sampled_from((0.0, 0.1, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0)))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_percentiles_are_within_what_is_promised(databases: Databases, milliseconds: list[int], share: float) -> None:
    stated = [Decimal(value) / 1000 for value in milliseconds]
    with psycopg.connect(databases.warehouse) as warehouse:
        buckets = warehouse.execute(
            f"select {bucket_sql()} from unnest(%s::numeric[]) as seconds", (stated,)
        ).fetchall()
        counted = Counter(bucket for (bucket,) in buckets)
        found, exact = warehouse.execute(
            "select marts.percentile_seconds(%(share)s, %(buckets)s::integer[], %(counts)s::bigint[]), "
            "(select percentile_cont(%(share)s) within group (order by seconds::double precision) "
            "from unnest(%(stated)s::numeric[]) as seconds)",
            {"share": share, "buckets": [*counted], "counts": [*counted.values()], "stated": stated},
        ).fetchone()
    assert abs(found - Decimal(exact)) <= Decimal(exact) * PROMISED + Decimal("0.001"), "to the millisecond"


def test_of_nothing_there_is_no_percentile(databases: Databases) -> None:
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute("select marts.percentile_seconds(0.5, '{}', '{}')").fetchone() == (None,)
        assert warehouse.execute("select marts.percentile_seconds(0.5, null, null)").fetchone() == (None,)
