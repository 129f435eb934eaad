"""Assets of the stage transform: dbt's models, and the publication that shows them to readers.

Belongs here: how Dagster runs dbt and publishing. Not here: the models (dbt_project) and the merge
(`orchestration/publishing/`).
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets

from orchestration.databases import connect, count_rows, one_refresh_at_a_time
from orchestration.dbt import BUILD, MANIFEST, environment, in_environment
from orchestration.defs.resources import House
from orchestration.extraction.state import read_data_as_of
from orchestration.publishing.publish import publish


class Translator(DagsterDbtTranslator):
    """Asset keys are schema and name, as an analyst would write them; all models are of the group transform."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`raw/messages`, `staging/stg_messages`, `build/daily_metrics`."""
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The stage."""
        return "transform" if dbt_resource_props["resource_type"] != "source" else "extract"


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=Translator(), name="models")
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource, house: House) -> Iterator[Any]:
    """Every model, and every data test as a check."""
    url = house.databases().warehouse
    # dbt leaves this process in its project's folder; what is relative must not lead elsewhere afterwards.
    with chdir(Path.cwd()), one_refresh_at_a_time(url), in_environment(environment(url)), connect(url) as warehouse:
        warehouse.autocommit = True
        data_as_of = dg.MetadataValue.timestamp(read_data_as_of(url))
        for event in dbt.cli([*BUILD], context=context).stream():
            if isinstance(event, dg.Output):
                schema, name = context.asset_key_for_output(event.output_name).path
                rows = count_rows(warehouse, schema, name)
                yield event.with_metadata({**event.metadata, "dagster/row_count": rows, "data_as_of": data_as_of})
            else:
                yield event


def marts_of_manifest() -> list[dg.AssetKey]:
    """What a publish shows: every model that is built for it."""
    nodes = json.loads(MANIFEST.read_text(encoding="utf-8"))["nodes"].values()
    return sorted(
        dg.AssetKey(["build", node["name"]])
        for node in nodes
        if node["resource_type"] == "model" and node["schema"] == "build"
    )


@dg.asset(
    key=["marts", "publication"],
    group_name="transform",
    kinds={"postgres"},
    deps=marts_of_manifest(),
)
def publication(house: House) -> dg.MaterializeResult[None]:
    """The generation of the marts that readers see: one row, with the instant up to which the source was read."""
    url = house.databases().warehouse
    began = time.monotonic()
    with one_refresh_at_a_time(url):
        published = publish(url)
    rows = {
        f"{mart} {verb}": count
        for mart, change in published.marts.items()
        for verb, count in (
            ("inserted", change.inserted),
            ("updated", change.updated),
            ("deleted", change.deleted),
        )
    }
    return dg.MaterializeResult(
        metadata={
            "generation": published.generation,
            "dagster/row_count": published.rows,
            "seconds": round(time.monotonic() - began, 3),
            "data_as_of": dg.MetadataValue.timestamp(published.data_as_of),
            **rows,
        }
    )
