"""romashka refresh and status as a person types them: what they say beside the rows that moved.

Belongs here: the lines. Not here: the main job by hand (`test_cli.py`), and following (`test_following.py`).
"""

import re
import uuid
from collections.abc import Callable

import psycopg

from orchestration.databases import Databases
from tests.orchestration.test_cli import Romashka, fails
from tests.orchestration.test_cli import romashka as romashka  # a fixture is known by its name


def test_values_that_could_not_be_kept_are_counted(romashka: Romashka, databases: Databases, tenant: uuid.UUID) -> None:
    """Of this refresh, and of all before it."""
    urls = {"ROMASHKA_OPERATIONAL_URL": databases.operational, "ROMASHKA_WAREHOUSE_URL": databases.warehouse}
    assert "rejected" not in romashka("refresh", **urls).stdout + romashka("status", **urls).stdout
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.conversations (tenant_id, created_at) values (%s, '20000-01-01')", (tenant,))
    now, known = re.findall(
        r"(\d+) values rejected now; in all (\1 values could not be kept \(.* of raw.conversations.*\): "
        r"ops.rejected_rows has keys and reasons)",
        romashka("refresh", **urls).stdout,
    )[0]
    assert int(now) > 0
    assert f"0 values rejected now; in all {known}" in romashka("refresh", **urls).stdout
    folded = romashka("status", **urls).stdout
    assert "".join(known.split()) in "".join(folded.split()), "a long cell has several lines"


def test_a_url_that_points_elsewhere_is_one_line(
    romashka: Romashka, databases: Databases, tenant: uuid.UUID, new_database: Callable[..., str]
) -> None:
    """X9: nothing has landed, and nothing has left the marts, until somebody says that it was meant."""
    urls = {"ROMASHKA_OPERATIONAL_URL": databases.operational, "ROMASHKA_WAREHOUSE_URL": databases.warehouse}
    romashka("refresh", **urls)
    elsewhere = urls | {"ROMASHKA_OPERATIONAL_URL": new_database(template="operational_template")}
    names = "select count(*) from marts.tenants"
    for full in ([], ["--full"]):
        fails(romashka("refresh", *full, **elsewhere), "none of the tenants that have landed: nothing was landed")
        with psycopg.connect(databases.warehouse) as warehouse:
            assert warehouse.execute(names).fetchone() == (1,)
    fails(romashka("refresh", "--replace", "--follow", **elsewhere), "--replace and --follow do not go together")
    romashka("refresh", "--replace", **elsewhere)
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute(names).fetchone() == (0,)
