"""The job of erasure, its sensor, and the check that goes red before a day is missed.

Belongs here: what Dagster does about requests. Not here: what an erasure does (`tests/orchestration/lifecycle/`).
"""

from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from operational_schema.seeding import seed
from orchestration.databases import ready
from orchestration.definitions import definitions
from orchestration.defs.resources import House
from orchestration.defs.schedules import erasure_requests, erasures_looked_at, try_of
from orchestration.lifecycle import erasure_ledger, holds
from orchestration.settings import load


@pytest.fixture
def operational(home: Path) -> str:
    """Tenants with customers, of whom none has asked, and none is held."""
    url = ready(load()).operational
    seed(url)
    with psycopg.connect(url) as source:
        source.execute("delete from public.erasure_requests")
        source.execute("update public.legal_holds set released_at = now() where released_at is null")
    return url


def asked(*, beside: dg.DagsterRunStatus | None = None) -> list[str | None]:
    """The keys of the runs that the sensor asks for, beside a run that is where it says."""
    with dg.instance_for_test() as instance:
        if beside:
            job = definitions().resolve_job_def("erasure")
            instance.create_run_for_job(job, status=beside)
        context = dg.build_sensor_context(instance=instance, resources={"house": House()})
        return [request.run_key for request in erasure_requests.evaluate_tick(context).run_requests or ()]


def test_a_request_is_done_and_a_late_one_is_red(loaded: dg.Definitions, operational: str) -> None:
    """R8: the sensor asks once an hour for what waits, and once a day for what cannot be done."""

    def is_fine() -> bool:
        done = loaded.resolve_job_def("erasure_check").execute_in_process(raise_on_error=False)
        return all(check.passed for check in done.get_asset_check_evaluations())

    assert (asked(), is_fine()) == ([], True)
    with psycopg.connect(operational) as source:
        slug, customer = source.execute(
            "insert into public.erasure_requests (tenant_id, customer_id, requested_at, due_at) "
            "select tenant_id, id, now() - interval '25 days', now() + interval '4 days 23 hours' "
            "from public.customer_profiles order by id limit 1 "
            "returning (select slug from public.tenants where id = tenant_id), customer_id"
        ).fetchone()  # type: ignore[misc]
    assert not is_fine(), "due within five days"
    (new,) = asked()
    assert asked(beside=dg.DagsterRunStatus.STARTED) == []
    assert asked(beside=dg.DagsterRunStatus.FAILURE) != []
    hold = holds.place(operational, tenant=slug, reason="a court", customer=customer)
    done = loaded.resolve_job_def("erasure").execute_in_process(raise_on_error=False)
    assert "under legal hold" in str(done.failure_data_for_node("lifecycle__erasure"))
    assert asked() != [new], "held: tried again tomorrow"
    holds.release(operational, hold)
    done = loaded.resolve_job_def("erasure").execute_in_process()
    (said,) = done.get_asset_materialization_events()
    told = said.materialization.metadata
    assert (told["dagster/row_count"].value, told["files_waiting_in_storage"].value) == (0, 1)
    assert (asked(), is_fine()) == ([], False), "a file of theirs is in the storage still"
    with psycopg.connect(operational) as source:
        source.execute("update public.file_deletions set deleted_at = now() where deleted_at is null")
    done = loaded.resolve_job_def("erasure").execute_in_process()
    (said,) = done.get_asset_materialization_events()
    assert said.materialization.metadata["dagster/row_count"].value == 1
    assert (asked(), is_fine()) == ([], True)
    assert erasures_looked_at.default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_alarm_comes_on_the_twenty_fifth_day(operational: str) -> None:
    """R8: of thirty."""
    with psycopg.connect(operational) as source:
        asked_at = source.execute(
            "insert into public.erasure_requests (tenant_id, customer_id) "
            "select tenant_id, id from public.customer_profiles order by id limit 1 returning requested_at"
        ).fetchone()[0]  # type: ignore[index]
    minute = timedelta(minutes=1)
    alarm = asked_at + timedelta(days=25)
    assert [len(erasure_ledger.late(operational, at=at)) for at in (alarm - minute, alarm + minute)] == [0, 1]


def test_what_waits_for_the_storage_launches_nothing_until_it_is_empty(
    loaded: dg.Definitions, operational: str
) -> None:
    """R8: and is late like any other."""
    with psycopg.connect(operational, autocommit=True) as source:
        source.execute(
            "with file as (insert into public.file_deletions (tenant_id, storage_provider, file_path, reason) "
            "select id, 'aws', 'a.pdf', 'erasure' from public.tenants order by id limit 1 returning id, tenant_id), "
            "asked as (insert into public.erasure_requests (tenant_id, customer_id, status, steps_done, requested_at, due_at) "
            "select tenant_id, gen_random_uuid(), 'awaiting_files', '{source}', now() - interval '29 days', now() "
            "from file returning id) "
            "insert into app.erasure_files (request_id, file_id) select asked.id, file.id from asked cross join file"
        )
        done = loaded.resolve_job_def("erasure_check").execute_in_process(raise_on_error=False)
        assert not all(check.passed for check in done.get_asset_check_evaluations())
        assert asked() == []
        source.execute("update public.file_deletions set deleted_at = now() where file_path = 'a.pdf'")
    assert len(asked()) == 1


@pytest.mark.parametrize("status", ["pending", "running"])
def test_what_a_killed_run_left_is_tried_again_within_the_hour(status: str) -> None:
    """R8: pending, for the run died before it began, or a backup brought them back; running, for it died in the middle."""
    first = datetime.fromisoformat("2026-11-27T09:05Z")
    assert try_of(status, first) == try_of(status, first + timedelta(minutes=54))
    assert try_of(status, first) != try_of(status, first + timedelta(hours=1))


@pytest.mark.parametrize("status", ["held", "failed"])
def test_what_cannot_be_done_is_tried_again_the_next_day(status: str) -> None:
    first = datetime.fromisoformat("2026-11-27T00:05Z")
    assert try_of(status, first) == try_of(status, first + timedelta(hours=23))
    assert try_of(status, first) != try_of(status, first + timedelta(days=1))
