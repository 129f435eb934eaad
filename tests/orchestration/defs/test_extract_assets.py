"""The assets of `raw`: what their run pages show, that one run goes at a time, and how a failure reads.

Belongs here: what Dagster shows of an extract. Not here: what an extract lands (`tests/orchestration/extraction/`).
"""

import re
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml

from operational_schema.seeding import seed
from orchestration import dagster_home
from orchestration.databases import ready
from orchestration.defs.jobs import EXCLUSIVE, reconcile, refresh
from orchestration.defs.schedules import reconcile_nightly
from orchestration.extraction import extract as extracting
from orchestration.settings import load


def shown(loaded: dg.Definitions, *, full: bool = False) -> dict[str, dict[str, object]]:
    """What the run pages of the tables show after a refresh."""
    config = {"ops": {"raw": {"config": {"full": full}}}}
    return metadata_by_table(loaded.resolve_job_def("refresh").execute_in_process(run_config=config))


def metadata_by_table(done: dg.ExecuteInProcessResult) -> dict[str, dict[str, object]]:
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
        late.commit()
    with psycopg.connect(operational) as source:
        source.execute("alter table public.conversation_notes rename column is_internal to hidden")
        waiting = source.execute("update public.conversation_notes set hidden = not hidden").rowcount
    third = shown(loaded, full=True)["conversations"]
    assert third["rejected"] == third["rejected_so_far"] == second["rejected"]
    assert third["change_log_rows"] == waiting, "a halted table waits for them"
    assert third["change_log_mb"] > 0  # type: ignore[operator]
    assert [second[name] for name in ("inserted", "updated", "deleted")] == [1, 1, 1]
    assert second["rejected"] == second["rejected_so_far"] >= 1
    assert second["change_log_rows_read"] >= 3
    assert second["oldest_open_transaction_seconds"] > 0
    assert second["snapshot_seconds"] > 0


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
    known = shown(loaded)
    with psycopg.connect(operational) as source:
        source.execute("alter table public.message_delivery_tracking rename to elsewhere")
    done = loaded.resolve_job_def("refresh").execute_in_process(raise_on_error=False)
    red = [check for check in done.get_asset_check_evaluations() if not check.passed]
    assert [check.asset_key.path[1] for check in red] == ["message_delivery_tracking"]
    assert "message_delivery_tracking" in str(red[0].description)
    now = metadata_by_table(done)
    assert {name for name, each in now.items() if each["data_as_of"] == known[name]["data_as_of"]} == {
        "message_delivery_tracking"
    }
    with psycopg.connect(operational) as source:
        source.execute("alter table public.elsewhere rename to message_delivery_tracking")
        source.execute("truncate public.message_delivery_tracking")
    assert "truncated at the source: message_delivery_tracking" in why_failed(loaded, "refresh", "raw")
    archived = why_failed(loaded, "archive", "ops__archive", before=lambda: (home / "archive").write_text("no folder"))
    assert "the archive cannot be written" in archived
    prepared = "update ops.prepared set sha256 = 'that of another release'"
    compared = why_failed(loaded, "reconcile", "ops__reconciliation", before=lambda: on_warehouse(prepared))
    assert "is that of another release: run romashka migrate" in compared


def why_failed(loaded: dg.Definitions, job: str, node: str, *, before: Callable[[], object] = lambda: None) -> str:
    """What the run page says on top: a Failure has a description, any other exception a stack trace."""
    before()
    done = loaded.resolve_job_def(job).execute_in_process(raise_on_error=False)
    failed = done.failure_data_for_node(node)
    assert failed is not None
    assert failed.user_failure_data is not None
    return str(failed.user_failure_data.description)


def on_warehouse(statement: str) -> None:
    with psycopg.connect(ready(load()).warehouse) as warehouse:
        warehouse.execute(statement.encode())


def test_a_transaction_that_is_left_open_is_a_red_check(
    loaded: dg.Definitions, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X4: the alert, with the name of who holds the log back."""
    operational = ready(load()).operational
    seed(operational)

    def red() -> list[str]:
        done = loaded.resolve_job_def("refresh").execute_in_process()
        return [str(check.description) for check in done.get_asset_check_evaluations() if not check.passed]

    monkeypatch.setattr(extracting, "LONG_TRANSACTION_SECONDS", 0)
    with psycopg.connect(operational) as late:
        late.execute("update public.tenants set name = name")
        (line,) = red()
        assert line.startswith(f"session {late.info.backend_pid} has been open for more than 0 s")
        late.commit()
    assert red() == []


def test_a_table_that_is_left_out_of_the_comparison_is_a_red_check(loaded: dg.Definitions, home: Path) -> None:
    """X9 and X10: TRUNCATE that the log did not hear of."""
    operational = ready(load()).operational
    seed(operational)
    shown(loaded)
    with psycopg.connect(operational) as source:
        source.execute("alter table public.conversation_notes disable trigger user")
        source.execute("truncate public.conversation_notes")
    compared = loaded.resolve_job_def("reconcile").execute_in_process(raise_on_error=False)
    (check,) = compared.get_asset_check_evaluations()
    assert not check.passed
    assert "public.conversation_notes is empty at the source" in str(check.description)


def test_a_change_that_the_log_did_not_hear_of_is_a_red_check(loaded: dg.Definitions, home: Path) -> None:
    """Of the extract while the triggers are off, and of the comparison that mends what was missed."""
    operational = ready(load()).operational
    seed(operational)
    shown(loaded)
    with psycopg.connect(operational) as source:
        source.execute("alter table public.messages disable trigger change_log_update")
        source.execute("update public.messages set is_internal = not is_internal")
    done = loaded.resolve_job_def("refresh").execute_in_process(raise_on_error=False)
    (red,) = [check for check in done.get_asset_check_evaluations() if not check.passed]
    assert red.asset_key.path == ["raw", "messages"]
    assert "enable always its triggers change_log_update" in str(red.description)
    with psycopg.connect(operational) as source:
        source.execute("alter table public.messages enable always trigger change_log_update")
    loaded.resolve_job_def("refresh").execute_in_process()
    on_warehouse("update raw.messages set is_internal = not is_internal")
    said = []
    for _ in range(2):
        compared = loaded.resolve_job_def("reconcile").execute_in_process(raise_on_error=False)
        (check,) = compared.get_asset_check_evaluations()
        (made,) = compared.get_asset_materialization_events()
        said.append((check.passed, str(check.description), made.materialization.metadata["mended"].value))
    assert [passed for passed, _, _ in said] == [False, True]
    assert re.match(r"raw\.messages, \d{4}-\d\d: 0 rows were missing, 0 too many, \d+ unlike; mended$", said[0][1])
    assert said[0][2] > said[1][2] == 0
    assert reconcile_nightly.default_status == dg.DefaultScheduleStatus.RUNNING
