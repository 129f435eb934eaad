"""Dagster's definitions, loaded as the server loads them, and run for real."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg

from orchestration.databases import ready
from orchestration.extraction.tables import TABLES
from orchestration.settings import load


def test_assets_are_nouns_in_the_three_groups(loaded: dg.Definitions) -> None:
    groups: dict[str, set[str]] = {}
    for spec in loaded.resolve_all_asset_specs():
        groups.setdefault(spec.group_name or "", set()).add(spec.key.to_user_string())
    assert groups["extract"] >= {f"raw/{table.name}" for table in TABLES}
    assert groups["transform"] >= {"marts/conversation_analytics", "marts/daily_metrics", "marts/publication"}
    assert groups["report"] == {
        f"report/{kind}" for kind in ("performance", "satisfaction", "ai_analytics", "custom", "exports")
    }


def test_the_graph_leads_from_raw_to_the_mails(loaded: dg.Definitions) -> None:
    graph = loaded.resolve_asset_graph()
    ancestors = graph.get_ancestor_asset_keys(dg.AssetKey(["report", "performance"]))
    assert {dg.AssetKey(["raw", "messages"]), dg.AssetKey(["marts", "daily_metrics"])} <= set(ancestors)


def test_publication_waits_for_every_mart(loaded: dg.Definitions) -> None:
    graph = loaded.resolve_asset_graph()
    marts = {key for key in graph.get_all_asset_keys() if key.path[0] == "marts"} - {
        dg.AssetKey(["marts", "publication"])
    }
    assert set(graph.get(dg.AssetKey(["marts", "publication"])).parent_keys) >= marts


def test_the_refresh_job_runs_and_each_asset_says_rows_seconds_and_instant(loaded: dg.Definitions, home: Path) -> None:
    result = loaded.resolve_job_def("refresh").execute_in_process(raise_on_error=False)
    assert result.success
    said = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    for name, metadata in said.items():
        assert "data_as_of" in metadata, name
        if name.startswith("raw/") or name in ("marts/daily_metrics", "marts/publication"):
            assert {"dagster/row_count", "seconds"} <= metadata.keys(), name
    checks = result.get_asset_check_evaluations()
    assert {check.check_name for check in checks} >= {"days_hold_every_conversation_once", "no_duration_is_negative"}
    assert all(check.passed for check in checks)


def test_the_reports_job_runs(loaded: dg.Definitions, home: Path) -> None:
    assert loaded.resolve_job_def("refresh").execute_in_process().success
    assert loaded.resolve_job_def("reports").execute_in_process().success


def test_a_reports_run_shows_recipients_by_state_and_is_red_when_nothing_left(
    loaded: dg.Definitions, home: Path
) -> None:
    from operational_schema.seeding import seed

    def states(*, of_success: bool) -> dict[str, str]:
        done = job.execute_in_process(raise_on_error=False)
        assert done.success is of_success
        failed = [event.step_failure_data.user_failure_data for event in done.all_events if event.is_step_failure]
        made = [event.materialization for event in done.get_asset_materialization_events()]
        return {
            name: str(each.metadata["recipients_by_state"].value)
            for each in [*made, *filter(None, failed)]
            if "recipients_by_state" in each.metadata
            for name in [each.asset_key.path[-1] if isinstance(each, dg.AssetMaterialization) else "failed"]
        }

    job = loaded.resolve_job_def("reports")
    operational = ready(load()).operational
    seed(operational)
    assert loaded.resolve_job_def("refresh").execute_in_process().success
    assert "| sent |" in states(of_success=True)["performance"]
    with psycopg.connect(operational) as connection:
        connection.execute("delete from public.report_deliveries")
        connection.execute(
            "update public.scheduled_reports set last_run_at = null, recipients = array['x@evil.example']"
        )
    assert "| skipped |" in states(of_success=False)["failed"]
    assert "performance" in states(of_success=True), "nothing was due"
    three_hours_ago = datetime.now(UTC) - timedelta(hours=3)
    with psycopg.connect(operational) as connection:
        connection.execute("delete from public.report_deliveries")
        connection.execute(
            "update public.scheduled_reports set catch_up = 'skip', timezone = 'UTC', schedule_cron = %s",
            (f"0 {three_hours_ago.hour} * * *",),
        )
        connection.execute("update public.scheduled_reports set last_run_at = now() - interval '2 days'")
    assert "| skipped |" in states(of_success=False)["failed"], "a run that only passed slots over sent nothing"


def test_the_sensor_asks_for_due_slots(loaded: dg.Definitions, home: Path) -> None:
    from operational_schema.seeding import seed
    from orchestration.defs.resources import House

    seed(ready(load()).operational)
    sensor = loaded.resolve_sensor_def("report_slots") if hasattr(loaded, "resolve_sensor_def") else None
    sensor = sensor or loaded.get_sensor_def("report_slots")
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance=instance, resources={"house": House()})
        requests = sensor.evaluate_tick(context).run_requests
    assert len(requests) == 4, "two active reports of two tenants"
    assert len({request.run_key for request in requests}) == 4
    with psycopg.connect(ready(load()).operational) as connection:
        connection.execute("update public.scheduled_reports set last_run_at = now()")
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance=instance, resources={"house": House()})
        assert sensor.evaluate_tick(context).skip_message == "No slot has come, and no mail waits."


def test_an_export_whose_run_was_killed_is_asked_for_again(loaded: dg.Definitions, home: Path) -> None:
    """Its job is waiting still, and Dagster skips a key that any run has had: the key has the quarter of the hour."""
    from operational_schema.seeding import seed
    from orchestration.defs.resources import House
    from orchestration.defs.schedules import export_requests

    seed(ready(load()).operational)
    with psycopg.connect(ready(load()).operational) as source:
        source.execute("update public.export_jobs set status = 'completed', completed_at = now(), file_url = 'a.csv'")
        row = source.execute(
            "insert into public.export_jobs (tenant_id, name, type, format, status) "
            "select id, 'All', 'conversations', 'csv', 'processing' from public.tenants limit 1 returning id"
        ).fetchone()
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance=instance, resources={"house": House()})
        (request,) = export_requests.evaluate_tick(context).run_requests or ()
    job, quarter = str(request.run_key).split("/")
    assert job == str(row[0] if row else None)
    assert datetime.fromisoformat(f"{quarter}Z").minute % 15 == 0


def test_a_file_whose_time_is_over_goes_without_anybody_asking_for_an_export(
    loaded: dg.Definitions, home: Path
) -> None:
    from operational_schema.seeding import seed
    from orchestration.defs.resources import House
    from orchestration.defs.schedules import export_requests

    seed(ready(load()).operational)
    with psycopg.connect(ready(load()).operational) as source:
        source.execute("update public.export_jobs set status = 'completed', completed_at = now(), expires_at = null")
    context = dg.build_sensor_context(resources={"house": House()})
    assert not export_requests.evaluate_tick(context).run_requests
    with psycopg.connect(ready(load()).operational) as source:
        source.execute("update public.export_jobs set file_url = 'a.csv', expires_at = now() - interval '1 hour'")
    (request,) = export_requests.evaluate_tick(context).run_requests or ()
    assert str(request.run_key).startswith("expired/")


def test_a_change_at_the_source_launches_one_refresh(loaded: dg.Definitions, home: Path) -> None:
    from operational_schema.seeding import seed
    from orchestration.defs.resources import House
    from orchestration.defs.schedules import changes_at_the_source

    def look(instance: dg.DagsterInstance) -> int:
        context = dg.build_sensor_context(instance=instance, resources={"house": House()})
        return len(changes_at_the_source.evaluate_tick(context).run_requests or ())

    refresh = loaded.resolve_job_def("refresh")
    with dg.instance_for_test() as instance:
        assert look(instance) == 1, "nothing has been published yet"
        assert refresh.execute_in_process(instance=instance).success
        assert look(instance) == 0
        seed(ready(load()).operational)
        assert look(instance) == 1
        instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTED)
        assert look(instance) == 0, "a refresh is at work"


def test_a_run_that_died_is_made_up_for_once(loaded: dg.Definitions, home: Path) -> None:
    """O2: what it had landed is no change any more; what kills every run is not fed for ever; a refusal is no death."""
    from orchestration.defs.schedules import has_died_once

    refresh = loaded.resolve_job_def("refresh")
    with dg.instance_for_test() as instance:
        assert not has_died_once(instance, "refresh")
        instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.SUCCESS)
        assert not has_died_once(instance, "refresh")
        for is_first in (True, False):
            instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.FAILURE)
            assert has_died_once(instance, "refresh") is is_first
        refused = {"ops": {"models": {"config": {"first_day": "soon"}}}}
        assert not refresh.execute_in_process(instance=instance, run_config=refused, raise_on_error=False).success
        assert not has_died_once(instance, "refresh")


def test_a_run_is_about_the_days_that_its_configuration_names(loaded: dg.Definitions, home: Path) -> None:
    refresh = loaded.resolve_job_def("refresh")
    assert refresh.execute_in_process().success
    asked = {"ops": {"models": {"config": {"first_day": "2024-01-01", "last_day": "2024-01-31"}}}}
    assert refresh.execute_in_process(run_config=asked).success
    for wrong in ({"first_day": "2024-01-01"}, {"first_day": "soon", "last_day": "2024-01-31"}):
        done = refresh.execute_in_process(run_config={"ops": {"models": {"config": wrong}}}, raise_on_error=False)
        assert not done.success


def test_retention_runs_and_a_check_goes_red_where_it_does_not(loaded: dg.Definitions, home: Path) -> None:
    """Also where the job never runs: the check has a job of its own."""
    from operational_schema.seeding import seed
    from orchestration.defs.schedules import retention_daily, retention_looked_at

    seed(ready(load()).operational)
    assert loaded.resolve_job_def("refresh").execute_in_process().success
    with psycopg.connect(ready(load()).operational) as source:
        source.execute("update public.tenants set created_at = now() - interval '2 days'")

    def looked_at() -> dict[str, bool]:
        done = loaded.resolve_job_def("retention_check").execute_in_process(raise_on_error=False)
        return {check.check_name: check.passed for check in done.get_asset_check_evaluations()}

    assert looked_at() == {"no_run_is_overdue": False, "nothing_waits_for_the_warehouse": True}
    done = loaded.resolve_job_def("retention").execute_in_process()
    (said,) = done.get_asset_materialization_events()
    assert {"dagster/row_count", "kept", "rows_waiting_too_long"} <= said.materialization.metadata.keys()
    assert looked_at() == {"no_run_is_overdue": True, "nothing_waits_for_the_warehouse": True}
    assert retention_daily.default_status == dg.DefaultScheduleStatus.STOPPED, "somebody switches forgetting on"
    assert retention_looked_at.default_status == dg.DefaultScheduleStatus.RUNNING
