"""The check that goes red when the marts stand still, whatever the reason: no run, runs that fail, a source out of reach.

Belongs here: up to when the marts are right, held against the clock. Not here: runs (`transform.py`): a policy on those is
content with one that reads an old source, and says nothing where none is started.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.defs.jobs import PUBLICATION
from orchestration.defs.resources import House
from orchestration.following import said_at

# Without any change a refresh says so every ten minutes.
BEHIND_AFTER = timedelta(minutes=30)


@dg.asset_check(asset=PUBLICATION)
def data_is_fresh(house: House) -> dg.AssetCheckResult:
    """The marts are right up to an instant within the last half hour."""
    behind = datetime.now(UTC) - said_at(house.databases())
    is_late = behind > BEHIND_AFTER
    return dg.AssetCheckResult(
        passed=not is_late,
        description=f"{behind // timedelta(minutes=1):,} minutes behind: look at the runs of refresh, "
        "and whether the sensor changes_at_the_source is on"
        if is_late
        else None,
        metadata={"minutes_behind": round(behind / timedelta(minutes=1), 1)},
    )
