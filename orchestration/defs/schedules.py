"""When jobs run by themselves.

Belongs here: schedules and sensors. Not here: the slots of reports, which come from `scheduled_reports` by the
evaluator in `reports/schedules.py`: Dagster's own schedules run only the last missed tick.
"""

from datetime import UTC, datetime

import dagster as dg

from orchestration.defs.jobs import refresh, reports
from orchestration.defs.resources import House
from reports.exports.jobs import waiting_jobs
from reports.run import due_slots

every_five_minutes = dg.ScheduleDefinition(
    name="refresh_every_five_minutes",
    job=refresh,
    cron_schedule="*/5 * * * *",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)


@dg.sensor(job=reports, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
def report_slots(house: House) -> dg.SensorResult:
    """Launches the job `reports` for each slot that has come."""
    due = due_slots(operational_url=house.databases().operational, at=datetime.now(UTC))
    requests = [
        dg.RunRequest(run_key=slot.key, asset_selection=[dg.AssetKey(["report", slot.report.report_type])])
        for slot in due
    ]
    return dg.SensorResult(run_requests=requests)


@dg.sensor(job=reports, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
def export_requests(house: House) -> dg.SensorResult:
    """Launches the exports when somebody has asked for one."""
    waiting = waiting_jobs(house.databases().operational)
    if not waiting:
        return dg.SensorResult()
    request = dg.RunRequest(run_key="/".join(waiting), asset_selection=[dg.AssetKey(["report", "exports"])])
    return dg.SensorResult(run_requests=[request])
