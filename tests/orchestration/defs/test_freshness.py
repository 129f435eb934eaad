"""How far behind the marts are, as the Dagster UI shows it: a figure on the asset page, and a check that goes red.

Belongs here: both. Not here: what makes them run (`test_definitions.py`).
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg

from orchestration.databases import ready
from orchestration.settings import load


def test_the_asset_page_shows_by_how_much_the_marts_are_behind(loaded: dg.Definitions, home: Path) -> None:
    """From the instant of the data to that of the publication, also where nothing had to be built."""
    refresh, publication = loaded.resolve_job_def("refresh"), dg.AssetKey(["marts", "publication"])
    assert refresh.execute_in_process().success
    for minutes in (7, 3):
        with psycopg.connect(ready(load()).warehouse) as warehouse:
            ((as_of,),) = warehouse.execute(
                "update ops.extract_state set data_as_of = now() - %s returning data_as_of",
                (timedelta(minutes=minutes),),
            ).fetchall()
        before = datetime.now(UTC)
        done = refresh.execute_in_process(asset_selection=[key for key in keys_of(loaded) if key.path[0] != "raw"])
        after = datetime.now(UTC)
        (said,) = [
            event.materialization.metadata
            for event in done.get_asset_materialization_events()
            if event.asset_key == publication
        ]
        rounded = timedelta(milliseconds=1)
        assert before - rounded <= as_of + timedelta(seconds=said["lag_seconds"].value) <= after + rounded
        assert said["data_as_of"].value == as_of.timestamp()


def keys_of(loaded: dg.Definitions) -> set[dg.AssetKey]:
    """The assets of the refresh job."""
    return set(loaded.resolve_job_def("refresh").asset_layer.executable_asset_keys)


def test_a_check_goes_red_where_the_marts_stand_still(loaded: dg.Definitions, home: Path) -> None:
    """O9: whatever keeps them back, and only until they have caught up."""
    from orchestration.defs.schedules import freshness_looked_at

    def is_fresh() -> bool:
        done = loaded.resolve_job_def("freshness_check").execute_in_process(raise_on_error=False)
        (check,) = done.get_asset_check_evaluations()
        return check.passed

    assert not is_fresh(), "nothing has been published yet"
    refresh = loaded.resolve_job_def("refresh")
    assert refresh.execute_in_process().success
    assert is_fresh()
    with psycopg.connect(ready(load()).warehouse) as warehouse:
        warehouse.execute("update marts.publication set data_as_of = data_as_of - interval '31 minutes'")
    assert not is_fresh()
    assert refresh.execute_in_process().success
    assert is_fresh()
    assert freshness_looked_at.default_status == dg.DefaultScheduleStatus.RUNNING
