"""The plan that is read from dbt's manifest."""

import os
import subprocess
import sys

import pytest

from orchestration import dbt
from orchestration.errors import WarehouseError
from orchestration.transformation import plan


def test_every_process_makes_the_same_plan() -> None:
    """The order of sets differs between processes; another plan would have everything built anew."""
    dbt.ensure_manifest()
    program = "from orchestration.transformation import plan; print(plan.load().fingerprint)"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_a_model_comes_after_what_it_reads() -> None:
    made = plan.load()
    places = {model.name: place for place, model in enumerate(made.models)}
    assert places["stg_working_set"] < places["stg_messages"] < places["int_public_messages"]
    assert places["conversation_analytics"] < places["int_conversations_of_days"] < places["daily_metrics"]
    assert "agent_daily" not in places, "a query is made for readers, not built"


def test_a_query_that_reads_what_readers_do_not_have_is_refused() -> None:
    manifest = dbt.manifest()
    manifest["nodes"]["model.romashka.agent_daily"]["compiled_code"] += f' -- "{dbt.DATABASE}"."staging"."stg_messages"'
    with pytest.raises(WarehouseError, match="agent_daily reads stg_messages, which is not there then"):
        plan.of_manifest(manifest)


def test_a_mart_without_a_key_is_refused() -> None:
    manifest = dbt.manifest()
    manifest["nodes"]["model.romashka.tenants"]["constraints"] = []
    with pytest.raises(WarehouseError, match="mart tenants has no primary key"):
        plan.of_manifest(manifest)
