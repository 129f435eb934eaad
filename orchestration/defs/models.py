"""How the dbt project looks in Dagster: an asset per model, a check per data test.

Belongs here: their specs, from dbt's manifest. Not here: running them (`transform.py`). Made by ourselves, because
dagster-dbt loads dbt, and a refresh does not need it: that alone took longer than the refresh.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.transformation.plan import PUBLISHED, Plan

MARTS = "marts"


def asset_key(node: Mapping[str, Any]) -> dg.AssetKey:
    """Schema and name, as an analyst would write them: `staging/stg_messages`, `marts/daily_metrics`."""
    named = node.get("meta", {}).get("dagster", {}).get("asset_key") if node["resource_type"] == "source" else None
    return dg.AssetKey(named or [MARTS if node["schema"] == PUBLISHED else node["schema"], node["name"]])


def model_keys(manifest: Mapping[str, Any]) -> dict[str, dg.AssetKey]:
    """The asset of each model, by the model's name."""
    return {node["name"]: asset_key(node) for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def asset_specs(manifest: Mapping[str, Any]) -> list[dg.AssetSpec]:
    """One asset per model. It is skipped in a run that has nothing to build."""
    return [
        dg.AssetSpec(
            asset_key(node),
            deps=_upstream(manifest, node),
            group_name="transform",
            kinds={"dbt", "postgres"},
            skippable=True,
            description=node["description"] or node["raw_code"],
            metadata={"dagster/column_schema": _columns(node)} if node["columns"] else {},
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    ]


def check_specs(manifest: Mapping[str, Any], plan: Plan) -> list[dg.AssetCheckSpec]:
    """One check per data test, on the model that the test is about."""
    keys = model_keys(manifest)
    return [dg.AssetCheckSpec(test.name, asset=keys[test.about], blocking=not test.only_warns) for test in plan.tests]


def _upstream(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> list[dg.AssetKey]:
    """What a model is made of. That it also reads the last generation of the marts would turn the graph in circles."""
    parents = [manifest["nodes"].get(key) or manifest["sources"][key] for key in node["depends_on"]["nodes"]]
    return [asset_key(each) for each in parents if each["resource_type"] == "model" or each["schema"] == "raw"]


def _columns(node: Mapping[str, Any]) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(column["name"], column["data_type"] or "?", column["description"])
            for column in node["columns"].values()
        ]
    )
