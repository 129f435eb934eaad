"""The dbt project as a whole: it builds on an empty warehouse, its layers point one way, its marts are described."""

import re
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbt.cli.main import dbtRunner

from orchestration import dbt
from orchestration.databases import Databases, prepare
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import extract
from orchestration.transformation import plan
from orchestration.transformation.transform import Transformer
from reports.catalog import METRICS

pytestmark = pytest.mark.long

LONGEST_MODEL = 110
WIDEST_LINE = 100
ASKS_FOR_NOW = re.compile(r"\bnow\(\)|\bcurrent_(date|time)|\blocaltime|_timestamp\(\)", re.IGNORECASE)
# What only renames needs no proof; what computes does.
WITHOUT_UNIT_TEST = {
    "conversation_days",
    "knowledge_items",
    "metric_catalogue",
    "stg_agent_availability",
    "stg_business_stretches",
    "stg_conversation_notes",
    "stg_knowledge_items",
    "stg_knowledge_uses",
    "stg_message_deliveries",
    "stg_workflow_runs",
    "stg_extract",
    "stg_published_backlog_changes",
    "stg_published_conversation_days",
    "stg_published_conversations",
    "stg_published_daily_metrics",
    "stg_tenants",
    "tenants",
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dbt.manifest()


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


@pytest.mark.usefixtures("every_server")
def test_an_empty_warehouse_builds_documents_itself_and_passes_every_unit_test(
    operational_url: str, new_database: Callable[..., str], tmp_path: Path
) -> None:
    databases = Databases(operational=operational_url, warehouse=new_database())
    prepare(databases)
    extract(databases.operational, databases.warehouse, pseudonym_key="k" * 32)
    with psycopg.connect(databases.warehouse) as warehouse:
        Transformer(warehouse, plan.load()).keep_promises()
    with dbt.in_environment(dbt.environment(databases.warehouse)), chdir(dbt.PROJECT):
        project, target = str(dbt.PROJECT), str(tmp_path)
        where = ["--project-dir", project, "--profiles-dir", project, "--target-path", target, "--quiet"]
        result = dbtRunner().invoke(["build", *where])
        assert dbtRunner().invoke(["docs", "generate", *where]).success
    assert (tmp_path / "catalog.json").exists()
    failures = [
        f"{each.node.name}: {each.message}"
        for each in result.result.results
        if each.status not in ("pass", "success", "no-op")
    ]
    assert not failures
    assert sum(each.node.resource_type == "unit_test" for each in result.result.results) >= 75
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute("select count(*) from build.conversation_analytics").fetchone() == (0,)


def test_layers_point_one_way(manifest: dict[str, Any]) -> None:
    may_read = {
        "staging": {"source", "staging"},
        "intermediate": {"staging", "intermediate"},
        "build": {"staging", "intermediate", "days", "build"},
        "days": {"staging", "intermediate", "days", "build"},
    }
    for model in models(manifest):
        for parent in model["depends_on"]["nodes"]:
            kind = "source" if parent.startswith("source.") else manifest["nodes"][parent]["schema"]
            assert kind in may_read[model["schema"]], f"{model['name']} reads {parent}"


def test_every_model_that_computes_has_a_unit_test(manifest: dict[str, Any]) -> None:
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    assert {model["name"] for model in models(manifest)} - tested == WITHOUT_UNIT_TEST


def test_every_column_of_a_mart_is_described_and_under_contract(manifest: dict[str, Any]) -> None:
    marts = [model for model in models(manifest) if model["schema"] == "build"]
    assert len(marts) == 21
    for mart in marts:
        assert mart["config"]["contract"]["enforced"], mart["name"]
        assert mart["description"]
        assert any(constraint["type"] == "primary_key" for constraint in mart["constraints"]), mart["name"]
        for name, column in mart["columns"].items():
            assert column["description"], f"{mart['name']}.{name} has no description"
            assert column["data_type"], f"{mart['name']}.{name} has no type"


def test_the_exposure_names_the_marts_that_reports_read(manifest: dict[str, Any]) -> None:
    marts = {model["name"] for model in models(manifest) if model["schema"] == "build"}
    sources = "".join(file.read_text(encoding="utf-8") for file in Path("reports").glob("*.py"))
    read = marts & set(re.findall(r"(?:from|join) marts\.(\w+)", sources))
    (exposure,) = manifest["exposures"].values()
    assert {node.split(".")[-1] for node in exposure["depends_on"]["nodes"]} == read


def test_every_number_says_its_unit_and_whether_it_adds_up(manifest: dict[str, Any]) -> None:
    for mart in (model for model in models(manifest) if model["schema"] == "build"):
        for name, column in mart["columns"].items():
            if column["data_type"] in ("bigint", "integer") or column["data_type"].startswith("numeric"):
                assert {"unit", "additive", "cohort"} <= column["config"]["meta"].keys(), f"{mart['name']}.{name}"


def test_the_catalogue_defines_all_of_metrics_md_that_a_conversation_says(manifest: dict[str, Any]) -> None:
    """Instants, words and flags, too: only what tells rows apart is no metric."""
    (analytics,) = [model for model in models(manifest) if model["name"] == "conversation_analytics"]
    without_unit = {name for name, column in analytics["columns"].items() if "unit" not in column["config"]["meta"]}
    assert without_unit == {
        "tenant_id", "conversation_id", "customer_key", "agent_id", "channel_type", "department", "language", "started_on",
        "started_month", "daily_metrics_id", "running_status", "next_due_at",
    }  # fmt: skip


@pytest.mark.parametrize("file", sorted(dbt.PROJECT.glob("models/**/*.sql")), ids=lambda file: file.stem)
def test_a_model_is_short_and_asks_for_no_now(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODEL
    assert max(map(len, text.splitlines())) <= WIDEST_LINE
    assert not ASKS_FOR_NOW.search(text)


def test_a_failing_data_test_is_one_clear_line(operational_url: str, new_database: Callable[..., str]) -> None:
    """A message whose conversation is not there would be missing from every sum, and the build says so."""
    databases = Databases(operational=operational_url, warehouse=new_database())
    prepare(databases)
    extract(databases.operational, databases.warehouse, pseudonym_key="k" * 32)
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(
            "insert into raw.messages (id, tenant_id, conversation_id, ordinal, sender_type, is_internal, created_at) "
            "values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 0, 'customer', false, '2024-01-01')"
        )
    with psycopg.connect(databases.warehouse) as session:
        transformer = Transformer(session, plan.load())
        with pytest.raises(WarehouseError, match=r"every_row_has_its_conversation.*keep the last generation"):
            transformer.transform()


def test_the_catalogue_lists_every_number_as_it_is_described(
    manifest: dict[str, Any], operational_url: str, new_database: Callable[..., str]
) -> None:
    databases = Databases(operational=operational_url, warehouse=new_database())
    prepare(databases)
    extract(databases.operational, databases.warehouse, pseudonym_key="k" * 32)
    with psycopg.connect(databases.warehouse) as warehouse:
        Transformer(warehouse, plan.load()).transform()
        listed = warehouse.execute(
            "select sql_name, definition, unit, cohort, is_additive, null_rule from marts.metric_catalogue"
        ).fetchall()
    described = {
        f"{mart['name']}.{name}": (column["description"], column["config"]["meta"])
        for mart in models(manifest)
        if mart["schema"] == "build"
        for name, column in mart["columns"].items()
        if "unit" in column["config"].get("meta", {})
    }
    assert {row[0] for row in listed} == described.keys()
    for sql_name, definition, unit, cohort, is_additive, null_rule in listed:
        text, meta = described[sql_name]
        assert (definition, unit, cohort, is_additive) == (text, meta["unit"], meta["cohort"], meta["additive"])
        assert null_rule == "Never null." or (null_rule.startswith("Null") and null_rule.rstrip(".") in text)


def test_every_figure_of_a_report_is_made_of_described_columns(manifest: dict[str, Any]) -> None:
    columns = {
        f"{mart['name']}.{name}": column["config"].get("meta", {})
        for mart in models(manifest)
        if mart["schema"] == "build"
        for name, column in mart["columns"].items()
    }
    for metric in METRICS:
        assert set(metric.made_of) <= columns.keys(), metric.name
        units = {columns[name]["unit"] for name in metric.made_of if "unit" in columns[name]}
        if metric.unit == "seconds":
            assert units == {"seconds"}, metric.name
        if metric.unit == "score":
            assert units == {"score"}, metric.name
