"""Assets of the stage transform: dbt's models, and the publication that shows them to readers.

Belongs here: how Dagster runs a transform, and what its run pages show. Not here: the specs of models (`models.py`), the
models (dbt_project), the transform itself (`orchestration/transformation/`). One function makes all of them, because
they are built and published in one transaction.
"""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from orchestration import dbt
from orchestration.databases import connect, one_refresh_at_a_time
from orchestration.defs.jobs import PUBLICATION
from orchestration.defs.models import asset_specs, check_specs, model_keys
from orchestration.defs.resources import House
from orchestration.extraction.state import read_data_as_of
from orchestration.publishing.application import give_back
from orchestration.publishing.live import keep_live
from orchestration.publishing.publish import Publication
from orchestration.transformation import plan, touch
from orchestration.transformation.checks import Checked, ChecksFailedError
from orchestration.transformation.transform import Transformed, Transformer

MANIFEST = dbt.manifest()
PLAN = plan.of_manifest(MANIFEST)
KEYS = model_keys(MANIFEST)


class RebuildConfig(dg.Config):
    """What to build besides what was touched: everything, or the local days from the first to the last (YYYY-MM-DD)."""

    everything: bool = False
    first_day: str | None = None
    last_day: str | None = None


@dg.multi_asset(
    name="models",
    specs=[
        *asset_specs(MANIFEST),
        dg.AssetSpec(
            PUBLICATION,
            group_name="transform",
            kinds={"postgres"},
            deps=[
                KEYS[name] for name in sorted({mart.name for mart in PLAN.marts} | {view.name for view in PLAN.views})
            ],
            description="The generation of the marts that readers see, and up to which instant the source was read.",
            freshness_policy=dg.FreshnessPolicy.time_window(
                fail_window=timedelta(minutes=30), warn_window=timedelta(minutes=15)
            ),
        ),
    ],
    check_specs=check_specs(MANIFEST, PLAN),
    # Not to build some of them, but because a run that has nothing to build makes none of them.
    can_subset=True,
)
def models(
    context: dg.AssetExecutionContext, config: RebuildConfig, house: House
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Every model over what was touched, every data test as a check, and their publication."""
    checks = {(check.asset_key, check.name) for check in context.selected_asset_check_keys}
    for result in _transform(context, config, house):
        if isinstance(result, dg.AssetCheckResult):
            is_asked_for = (result.asset_key, result.check_name) in checks
        else:
            is_asked_for = result.asset_key in context.selected_asset_keys
        if is_asked_for:
            yield result


def _transform(
    context: dg.AssetExecutionContext, config: RebuildConfig, house: House
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    url = house.databases().warehouse
    began = time.monotonic()
    try:
        with one_refresh_at_a_time(url), connect(url) as warehouse:
            transformer = Transformer(warehouse, PLAN)
            _ask_for(config, transformer)
            done = transformer.transform()
    except ChecksFailedError as failed:
        yield from _checks(failed.checked)
        raise dg.Failure(str(failed)) from failed
    if not done.models:
        context.log.info("Nothing was touched: no model was built.")
    yield from _materialized(done)
    yield from _checks(done.checks)
    yield _published(done.publication, seconds=time.monotonic() - began)


def _ask_for(config: RebuildConfig, transformer: Transformer) -> None:
    """Touch what the run's configuration names."""
    with transformer.warehouse.transaction():
        if config.everything:
            touch.everything(transformer.warehouse)
        if config.first_day or config.last_day:
            first, last = (_day(day) for day in (config.first_day, config.last_day))
            touch.days(transformer.warehouse, first=first, last=last)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise dg.Failure(f"{text} is no day: write first_day and last_day as YYYY-MM-DD") from error


def _materialized(done: Transformed) -> Iterator[dg.MaterializeResult[None]]:
    """What was built, with the rows that readers see of a mart, and those that this build is about of any other model."""
    for built in done.models:
        mart = done.publication.marts.get(built.name)
        metadata: dict[str, Any] = {
            "seconds": round(built.seconds, 3),
            "data_as_of": dg.MetadataValue.timestamp(done.publication.data_as_of),
        }
        if built.rows is not None:
            metadata |= {"rows_built": built.rows, "dagster/row_count": mart.rows if mart else built.rows}
        if mart:
            metadata |= {"inserted": mart.inserted, "updated": mart.updated, "deleted": mart.deleted}
        yield dg.MaterializeResult(asset_key=KEYS[built.name], metadata=metadata)
    # A view shows what was published beneath it.
    for view in (view for view in PLAN.views if done.models and view.name not in done.publication.marts):
        instant = dg.MetadataValue.timestamp(done.publication.data_as_of)
        yield dg.MaterializeResult(asset_key=KEYS[view.name], metadata={"data_as_of": instant})


def _checks(checked: list[Checked]) -> Iterator[dg.AssetCheckResult]:
    for each in checked:
        yield dg.AssetCheckResult(
            asset_key=KEYS[each.test.about],
            check_name=each.test.name,
            passed=each.passed,
            severity=dg.AssetCheckSeverity.WARN if each.test.only_warns else dg.AssetCheckSeverity.ERROR,
            metadata={"rows_found": each.found, "first": each.first},
        )


def _published(publication: Publication, *, seconds: float) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        asset_key=PUBLICATION,
        metadata={
            "generation": publication.generation,
            "dagster/row_count": publication.rows,
            "rows_changed": sum(mart.changed for mart in publication.marts.values()),
            "seconds": round(seconds, 3),
            "data_as_of": dg.MetadataValue.timestamp(publication.data_as_of),
            "lag_seconds": round((datetime.now(UTC) - publication.data_as_of).total_seconds(), 3),
        },
    )


@dg.asset(
    key=["application", "metrics"],
    group_name="transform",
    kinds={"postgres"},
    deps=[["marts", "publication"]],
)
def application_metrics(house: House) -> dg.MaterializeResult[None]:
    """The application's daily_metrics and conversation_analytics, one row per row that it has a place for; live figures."""
    databases = house.databases()
    began = time.monotonic()
    with one_refresh_at_a_time(databases.warehouse):
        returned = give_back(databases.warehouse, databases.operational)
        live = keep_live(databases.operational)
    rows = {
        f"{table} {verb}": count
        for table, each in returned.items()
        for verb, count in (("written", each.written), ("deleted", each.deleted))
    }
    return dg.MaterializeResult(
        metadata={
            "seconds": round(time.monotonic() - began, 3),
            "data_as_of": dg.MetadataValue.timestamp(read_data_as_of(databases.warehouse)),
            **rows,
            "realtime_metrics written": live,
        }
    )
