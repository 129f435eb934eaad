"""The job of erasure, its sensor, and the check that goes red before a day is missed.

Belongs here: what Dagster does about requests. Not here: what an erasure does (`tests/orchestration/lifecycle/`).
"""

from pathlib import Path

import dagster as dg
import psycopg
import pytest

from operational_schema.seeding import seed
from orchestration.databases import ready
from orchestration.defs.resources import House
from orchestration.defs.schedules import erasure_requests, erasures_looked_at
from orchestration.lifecycle import holds
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


def asked() -> list[str | None]:
    """The keys of the runs that the sensor asks for."""
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance=instance, resources={"house": House()})
        return [request.run_key for request in erasure_requests.evaluate_tick(context).run_requests or ()]


def test_a_request_is_done_and_a_late_one_is_red(loaded: dg.Definitions, operational: str) -> None:
    """R8: the sensor asks once for what is new, and once a day for what cannot be done."""

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
    assert asked() == [new], "the same key: one run"
    hold = holds.place(operational, tenant=slug, reason="a court", customer=customer)
    done = loaded.resolve_job_def("erasure").execute_in_process(raise_on_error=False)
    assert "under legal hold" in str(done.failure_data_for_node("lifecycle__erasure"))
    assert asked() != [new], "held: tried again tomorrow"
    holds.release(operational, hold)
    done = loaded.resolve_job_def("erasure").execute_in_process()
    (said,) = done.get_asset_materialization_events()
    assert said.materialization.metadata["dagster/row_count"].value == 1
    assert (asked(), is_fine()) == ([], True)
    assert erasures_looked_at.default_status == dg.DefaultScheduleStatus.RUNNING
