"""The compiled dbt project as a plan: which SQL in which order, what it is checked by, and what becomes of it.

Belongs here: reading dbt's manifest. Not here: running anything (`build.py`, `checks.py`).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from orchestration import dbt
from orchestration.errors import WarehouseError
from orchestration.publishing import rollups
from orchestration.publishing.contract import FACTS, MARTS, Column, Mart
from orchestration.publishing.views import View, of_mart

PUBLISHED = "build"
QUERY = "query"
ROLLUP = "rollup"
SHAPES = ("table", "view", "fact", QUERY, ROLLUP)
SOURCES = ("raw", "ops", "facts", "marts")
# What readers have instead of a model that is not published itself.
READERS_NAMES = {"stg_extract": "marts.publication", "stg_tenants": "marts.tenants"}
RELATION = re.compile(rf'"{dbt.DATABASE}"\."(?P<schema>\w+)"\."(?P<name>\w+)"')


@dataclass(frozen=True)
class Model:
    """A model: its query, over raw rows and over the other models of this session."""

    name: str
    query: str
    is_view: bool
    unique: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class DataTest:
    """A query that must find no row. One of severity warn only tells."""

    name: str
    query: str
    about: str
    only_warns: bool = False


@dataclass(frozen=True)
class Plan:
    """Models in an order in which each finds what it reads, the tests of the built rows, and what becomes of them."""

    models: tuple[Model, ...]
    tests: tuple[DataTest, ...]
    marts: tuple[Mart, ...]
    views: tuple[View, ...]

    @cached_property
    def fingerprint(self) -> str:
        """Differs where a row could come out differently, or be promised differently."""
        parts: tuple[Model | Mart | View, ...] = (*self.models, *self.marts, *self.views)
        return hashlib.sha256(json.dumps([asdict(part) for part in parts]).encode()).hexdigest()


def load() -> Plan:
    """The plan of the project as it is now."""
    return of_manifest(dbt.manifest())


def of_manifest(manifest: Mapping[str, Any]) -> Plan:
    """The plan that a manifest with compiled SQL describes."""
    nodes = manifest["nodes"].values()
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    # Sorted, because the order of a set is another in each process, and would make another plan of it.
    order = TopologicalSorter(
        {key: sorted(set(models[key]["depends_on"]["nodes"]) & models.keys()) for key in sorted(models)}
    )
    ordered = [models[key] for key in order.static_order()]
    published = READERS_NAMES | {node["name"]: _readers_schema(node) for node in ordered if _becomes(node)}
    queries = {node["name"] for node in ordered if _becomes(node) == QUERY}
    built = {node["name"]: "pg_temp" for node in ordered if _becomes(node) not in (QUERY, ROLLUP)}
    marts = tuple(_mart(node, published) for node in ordered if _becomes(node) not in (None, QUERY))
    _hold_rollups(marts)
    return Plan(
        models=tuple(_model(node, built) for node in ordered if node["name"] in built),
        tests=tuple(
            DataTest(
                node["name"],
                _located(node, built),
                _about(node),
                only_warns=node["config"]["severity"].lower() == "warn",
            )
            for node in nodes
            if node["resource_type"] == "test"
        ),
        marts=marts,
        views=(
            *(of_mart(mart) for mart in marts if mart.is_shown),
            *(_view(node, published) for node in ordered if node["name"] in queries),
        ),
    )


def _hold_rollups(marts: tuple[Mart, ...]) -> None:
    """What a rollup reads must say of which day its rows are, or nobody would know what to add up anew."""
    dated = {mart.name for mart in marts if mart.day}
    for mart in marts:
        if undated := [name for name in mart.sources if name not in dated]:
            raise WarehouseError(
                f"rollup {mart.name} reads {undated[0]}, which names no day: dbt_project/README.md says how"
            )


def _becomes(node: Mapping[str, Any]) -> str | None:
    """What is made of a model: a table that readers see, a fact beneath their views, a query, a rollup; or nothing."""
    publish = node["config"]["meta"].get("publish", {})
    becomes: str | None = publish.get("as", "table" if node["schema"] == PUBLISHED else None)
    if becomes not in (None, *SHAPES):
        raise WarehouseError(f"model {node['name']} is published as {becomes}: it can be {', '.join(SHAPES)}")
    return becomes


def _schema(node: Mapping[str, Any]) -> str:
    return MARTS if node["schema"] == PUBLISHED and not _is_shown(node) else FACTS


def _readers_schema(node: Mapping[str, Any]) -> str:
    return MARTS if _is_shown(node) else _schema(node)


def _is_shown(node: Mapping[str, Any]) -> bool:
    """Whether readers see the table through a view of the same name."""
    return _becomes(node) in ("view", ROLLUP)


def _located(node: Mapping[str, Any], where: Mapping[str, str]) -> str:
    """The compiled query, with each model in the schema where it is at that time."""

    def locate(found: re.Match[str]) -> str:
        schema, name = found["schema"], found["name"]
        if schema in SOURCES:
            return f"{schema}.{name}"
        if name not in where:
            raise WarehouseError(
                f"{node['name']} reads {name}, which is not there then: dbt_project/README.md says why"
            )
        return f"{where[name]}.{name}" if "." not in where[name] else where[name]

    return RELATION.sub(locate, node["compiled_code"])


def _model(node: Mapping[str, Any], built: Mapping[str, str]) -> Model:
    indexes = node["config"].get("indexes") or ()
    return Model(
        name=node["name"],
        query=_located(node, built),
        is_view=node["config"]["materialized"] == "view",
        unique=tuple(tuple(index["columns"]) for index in indexes if index.get("unique")),
    )


def _about(test: Mapping[str, Any]) -> str:
    """The model that a test speaks of: the one it names, or the first it reads."""
    named = test["config"].get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
    return str(named or test["depends_on"]["nodes"][0].split(".")[-1])


def _mart(node: Mapping[str, Any], published: Mapping[str, str]) -> Mart:
    is_rollup = _becomes(node) == ROLLUP
    publish = node["config"]["meta"].get("publish", {})
    keys = [each["columns"] for each in node["constraints"] if each["type"] == "primary_key"]
    if len(keys) != 1:
        raise WarehouseError(f"mart {node['name']} has no primary key in its contract: dbt_project/README.md says how")
    return Mart(
        name=node["name"],
        description=node["description"],
        columns=_columns(node),
        key=tuple(keys[0]),
        scope=rollups.scope_of(node["name"]) if is_rollup else publish.get("scope"),
        by=rollups.BY if is_rollup else tuple(publish.get("by", ())),
        indexes=tuple(tuple(index["columns"]) for index in node["config"].get("indexes") or ()),
        for_everybody=bool(publish.get("for_everybody")),
        schema=_schema(node),
        is_shown=_is_shown(node),
        day=publish.get("day"),
        query=_located(node, published) if is_rollup else None,
        per=publish.get("per", "day"),
        sources=_read(node) if is_rollup else (),
    )


def _read(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(key.rpartition(".")[2] for key in node["depends_on"]["nodes"]))


def _view(node: Mapping[str, Any], published: Mapping[str, str]) -> View:
    return View(node["name"], node["description"], _columns(node), _located(node, published), _schema(node))


def _columns(node: Mapping[str, Any]) -> tuple[Column, ...]:
    return tuple(_column(column) for column in node["columns"].values())


def _column(column: Mapping[str, Any]) -> Column:
    meta = column["config"].get("meta", {})
    return Column(
        name=column["name"],
        type=column["data_type"],
        description=column["description"],
        not_null=any(each["type"] == "not_null" for each in column["constraints"]),
        runs_in=meta.get("runs_in"),
        hidden=bool(meta.get("hidden")),
    )
