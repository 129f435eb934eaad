"""The assets of `raw`: what their run pages show, that one run goes at a time, and how a failure reads.

Belongs here: what Dagster shows of an extract. Not here: what an extract lands (`tests/orchestration/extraction/`).
"""

from pathlib import Path

import dagster as dg
import psycopg
import yaml

from operational_schema.seeding import seed
from orchestration import dagster_home
from orchestration.databases import ready
from orchestration.defs.jobs import EXCLUSIVE, reconcile, refresh
from orchestration.settings import load


def shown(loaded: dg.Definitions, *, full: bool = False) -> dict[str, dict[str, object]]:
    """What the run pages of the tables show after a refresh."""
    config = {"ops": {"raw": {"config": {"full": full}}}}
    done = loaded.resolve_job_def("refresh").execute_in_process(run_config=config)
    return {
        event.asset_key.path[1]: {name: value.value for name, value in event.materialization.metadata.items()}
        for event in done.get_asset_materialization_events()
        if event.asset_key.path[0] == "raw"
    }


def test_each_table_shows_rows_lag_and_log(loaded: dg.Definitions, home: Path) -> None:
    operational = ready(load()).operational
    seed(operational)
    first = shown(loaded)["conversations"]
    assert first["inserted"] == first["dagster/row_count"] > 2
    with psycopg.connect(operational) as source, psycopg.connect(operational) as late:
        late.execute("update public.tenants set name = name")
        source.execute("update public.legal_holds set released_at = now() where released_at is null")
        ids = [key for (key,) in source.execute("select id from public.conversations order by id limit 2").fetchall()]
        source.execute("select set_config('etl.reason', 'correction', true)")
        source.execute("delete from public.conversations where id = %s", ids[:1])
        source.execute("update public.conversations set priority = 'urgent' where id = %s", ids[1:])
        source.execute(
            "insert into public.conversations (tenant_id, created_at) select tenant_id, '20000-01-01' "
            "from public.conversations where id = %s",
            ids[1:],
        )
        source.commit()
        second = shown(loaded)["conversations"]
    assert [second[name] for name in ("inserted", "updated", "deleted")] == [1, 1, 1]
    assert second["rejected"] >= 1
    assert second["change_log_rows"] >= 3
    assert second["oldest_open_transaction_seconds"] > 0


def test_one_run_at_a_time_writes_raw(home: Path) -> None:
    """Dagster queues the next one, and the same tag holds the nightly comparison back."""
    dagster_home.prepare(home / "dagster")
    (limit,) = yaml.safe_load((home / "dagster" / "dagster.yaml").read_text())["concurrency"]["runs"][
        "tag_concurrency_limits"
    ]
    assert (limit["key"], limit["limit"], limit["value"]) == (EXCLUSIVE, 1, {"applyLimitPerUniqueValue": True})
    assert refresh.tags[EXCLUSIVE] == reconcile.tags[EXCLUSIVE] == "refresh"


def test_a_failure_is_one_clear_line_and_a_halted_table_a_red_check(loaded: dg.Definitions, home: Path) -> None:
    operational = ready(load()).operational
    seed(operational)
    shown(loaded)
    with psycopg.connect(operational) as source:
        source.execute("alter table public.message_delivery_tracking rename to elsewhere")
    done = loaded.resolve_job_def("refresh").execute_in_process(raise_on_error=False)
    red = [check for check in done.get_asset_check_evaluations() if not check.passed]
    assert [check.asset_key.path[1] for check in red] == ["message_delivery_tracking"]
    assert "message_delivery_tracking" in str(red[0].description)
    with psycopg.connect(operational) as source:
        source.execute("alter table public.elsewhere rename to message_delivery_tracking")
        source.execute("truncate public.message_delivery_tracking")
    done = loaded.resolve_job_def("refresh").execute_in_process(raise_on_error=False)
    said = str(done.failure_data_for_node("raw").error.cause or done.failure_data_for_node("raw").error)
    assert "truncated at the source: message_delivery_tracking" in said
