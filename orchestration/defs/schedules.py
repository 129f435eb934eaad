"""When jobs run by themselves.

Belongs here: schedules and sensors. Not here: the slots of reports, which come from `scheduled_reports` by the
evaluator in `reports/schedules.py`: Dagster's own schedules run only the last missed tick.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.databases import require_prepared
from orchestration.defs.jobs import (
    archive,
    erasure,
    erasure_check,
    freshness_check,
    reconcile,
    refresh,
    reports,
    retention,
    retention_check,
)
from orchestration.defs.resources import House
from orchestration.following import is_changed, said_at
from orchestration.lifecycle import erasure_ledger
from reports.due import due_slots
from reports.exports.jobs import is_any_file_over, waiting_jobs

# A run takes seconds to start: one is started for changes, not by the clock. Without any, the marts say anew so often up to
# when they are right, and what has fallen due by then is built.
SAY_EVERY = timedelta(minutes=10)
AT_WORK = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
)


def is_at_work(instance: dg.DagsterInstance, job: str) -> bool:
    """Whether a run of the job is queued or runs; Dagster's run monitoring ends those whose process has died."""
    return bool(instance.get_runs(dg.RunsFilter(job_name=job, statuses=list(AT_WORK)), limit=1))


def has_died_once(instance: dg.DagsterInstance, job: str) -> bool:
    """Whether the last run's process died, and not that of the run before, too: whatever kills each would kill on and on."""
    runs = instance.get_runs(dg.RunsFilter(job_name=job), limit=2)
    died = [
        run.status is dg.DagsterRunStatus.FAILURE and not instance.get_run_stats(run.run_id).steps_failed
        for run in runs
    ]
    return died in ([True], [True, False])


@dg.sensor(job=refresh, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def changes_at_the_source(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    """Launches the job `refresh` when something was committed at the source, and every ten minutes without.

    A run that died may have landed what it did not publish, which is no change at the source any more.
    """
    if is_at_work(context.instance, refresh.name):
        return dg.SkipReason("A refresh is at work: what has changed meanwhile is for the next look.")
    databases = house.databases()
    require_prepared(databases)
    at = datetime.now(UTC)
    is_due = is_changed(databases) or said_at(databases) < at - SAY_EVERY
    if not (is_due or has_died_once(context.instance, refresh.name)):
        return dg.SkipReason("Nothing has changed.")
    return dg.SensorResult(run_requests=[dg.RunRequest()])


freshness_looked_at = dg.ScheduleDefinition(
    name="freshness_looked_at",
    job=freshness_check,
    cron_schedule="*/15 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

archive_nightly = dg.ScheduleDefinition(
    name="archive_nightly", job=archive, cron_schedule="30 5 * * *", default_status=dg.DefaultScheduleStatus.STOPPED
)
# On, as every check is: what the log never heard of is found by nothing else.
reconcile_nightly = dg.ScheduleDefinition(
    name="reconcile_nightly", job=reconcile, cron_schedule="0 2 * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)


@dg.sensor(job=reports, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
def report_slots(house: House) -> dg.SensorResult | dg.SkipReason:
    """Launches the job `reports` for each slot that has come, or was missed."""
    due = due_slots(operational_url=house.databases().operational, at=datetime.now(UTC))
    if not due:
        return dg.SkipReason("No slot has come, and no mail waits.")
    requests = [
        dg.RunRequest(run_key=slot.key, asset_selection=[dg.AssetKey(["report", slot.report.report_type])])
        for slot in due
    ]
    return dg.SensorResult(run_requests=requests)


@dg.sensor(job=reports, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
def export_requests(house: House) -> dg.SensorResult:
    """Launches the exports when somebody has asked for one, or a file's time is over."""
    operational, at = house.databases().operational, datetime.now(UTC)
    waiting = waiting_jobs(operational)
    if is_any_file_over(operational, at):
        waiting.append("expired")
    if not waiting:
        return dg.SensorResult()
    # Dagster skips a key that any run has had: a job whose run was killed is for the next quarter of an hour.
    quarter = f"{at.replace(minute=at.minute // 15 * 15):%Y-%m-%dT%H:%M}"
    request = dg.RunRequest(run_key="/".join([*waiting, quarter]), asset_selection=[dg.AssetKey(["report", "exports"])])
    return dg.SensorResult(run_requests=[request])


# By night in Europe and America; each tenant's periods end at its own midnights, whenever this runs.
retention_daily = dg.ScheduleDefinition(
    job=retention, cron_schedule="15 4 * * *", default_status=dg.DefaultScheduleStatus.STOPPED
)
retention_looked_at = dg.ScheduleDefinition(
    name="retention_looked_at",
    job=retention_check,
    cron_schedule="45 */6 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.sensor(job=erasure, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
def erasure_requests(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    """Launches the erasures when somebody has asked for one, and again for as long as one waits and none is at work."""
    if is_at_work(context.instance, erasure.name):
        return dg.SkipReason("An erasure is at work: what waits beside it is for the next look.")
    at = datetime.now(UTC)
    waiting = erasure_ledger.waiting(house.databases().operational)
    looks = [f"{each.id}:{try_of(each.status, at)}" for each in waiting if not each.only_waits]
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key="/".join(sorted(looks)))] if looks else [])


def try_of(status: str, at: datetime) -> str:
    """Which try an instant is in: of what is held, or has failed and said why, one a day; of anything else one an hour.

    Dagster skips a key that any run has had: without the hour, a request whose run was killed would wait for ever.
    """
    return f"{at:%Y-%m-%d}" if status in ("held", "failed") else f"{at:%Y-%m-%dT%H}"


erasures_looked_at = dg.ScheduleDefinition(
    name="erasures_looked_at",
    job=erasure_check,
    cron_schedule="50 */6 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
