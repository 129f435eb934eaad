"""The models, built aside: as temporary tables and views of one session, which nobody else sees.

Belongs here: making and filling them. Not here: whether they are right (`checks.py`), and who will see the rows
(`orchestration/publishing/`). They outlive a transaction empty, so that a warm session only fills them again.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.publishing.contract import Mart, is_empty
from orchestration.transformation.plan import Model, Plan

UNPUBLISHED = "the marts keep the last generation"
# Small tables are planned well without statistics, and gathering them takes longer than reading them.
MANY_ROWS = 2_000
SETTINGS = (
    # Compiling pays for no query of ours, and each is planned for the rows of its own build.
    "jit = off",
    "plan_cache_mode = force_custom_plan",
    "temp_buffers = '256MB'",
    "work_mem = '128MB'",
    # What it reads is held in memory. As if from a spinning disk, reading all history seems cheaper than the touched days.
    "random_page_cost = 1.1",
    # Enough for the sizes of what is joined here; more took as long as filling the wide tables.
    "default_statistics_target = 10",
)


@dataclass(frozen=True)
class Built:
    """Rows of a model, and the seconds they took; a view has no rows of its own."""

    name: str
    rows: int | None
    seconds: float


def prepare_session(warehouse: psycopg.Connection) -> None:
    """Settings of a session that builds; once, before its first transaction."""
    for setting in SETTINGS:
        warehouse.execute(sql.SQL("set {}").format(sql.SQL(setting)))
    warehouse.commit()


def build(
    warehouse: psycopg.Connection, plan: Plan, *, on_model: Callable[[str], None] = lambda name: None
) -> list[Built]:
    """Build every model over the working set. Raises WarehouseError naming the model that fails."""
    present = _present(warehouse)
    marts = {mart.name: mart for mart in plan.marts}
    built = []
    for model in plan.models:
        began = time.monotonic()
        try:
            rows = _make(warehouse, model, marts.get(model.name), present)
        except psycopg.errors.DatabaseError as error:
            said = " ".join(str(error).split())
            raise WarehouseError(f"model {model.name} failed: {said}; {UNPUBLISHED}") from error
        built.append(Built(model.name, rows, time.monotonic() - began))
        on_model(model.name)
    return built


def _present(warehouse: psycopg.Connection) -> dict[str, bool]:
    """What an earlier build of this session has left, empty, and whether it has its keys."""
    named = "select relname, relhasindex from pg_class where relnamespace = pg_my_temp_schema()"
    return dict(warehouse.execute(named).fetchall())


def _make(warehouse: psycopg.Connection, model: Model, mart: Mart | None, present: Mapping[str, bool]) -> int | None:
    name = sql.Identifier(model.name)
    if model.is_view:
        if model.name not in present:
            warehouse.execute(sql.SQL("create temporary view {} as {}").format(name, sql.SQL(model.query)))
        return None
    query = _promised(model, mart) if mart else sql.SQL(model.query)
    if model.name in present:
        rows = warehouse.execute(sql.SQL("insert into pg_temp.{} {}").format(name, query)).rowcount
    else:
        if mart:
            _hold_to_contract(warehouse, model, mart)
        rows = warehouse.execute(
            sql.SQL("create temporary table {} on commit delete rows as {}").format(name, query)
        ).rowcount
    if not present.get(model.name):
        _hold_to_keys(warehouse, model, mart)
    if rows > MANY_ROWS:
        warehouse.execute(sql.SQL("analyze pg_temp.{}").format(name))
    return rows


def _hold_to_keys(warehouse: psycopg.Connection, model: Model, mart: Mart | None) -> None:
    """A double must be refused. In a published table without rows its own key does that, once for all."""
    keys = model.unique
    if mart and not is_empty(warehouse, mart):
        keys = (*keys, mart.key)
    for key in keys:
        columns = sql.SQL(", ").join(map(sql.Identifier, key))
        warehouse.execute(sql.SQL("create unique index on pg_temp.{} ({})").format(sql.Identifier(model.name), columns))


def _promised(model: Model, mart: Mart) -> sql.Composed:
    """A mart's query, with each column in its promised precision and order."""
    columns = sql.SQL(", ").join(
        sql.SQL("cast({0} as {1}) as {0}").format(sql.Identifier(column.name), sql.SQL(column.type))
        for column in mart.columns
    )
    return sql.SQL("select {} from ({}) as made").format(columns, sql.SQL(model.query))


def _hold_to_contract(warehouse: psycopg.Connection, model: Model, mart: Mart) -> None:
    """A query that gives other columns than are promised must fail here, not at a reader."""
    made = _described(warehouse, sql.SQL("select * from ({}) as made limit 0").format(sql.SQL(model.query)))
    promised = _described(warehouse, sql.SQL("select * from {} limit 0").format(mart.table))
    wrong = sorted(name for name in made.keys() | promised.keys() if made.get(name) != promised.get(name))
    if wrong:
        name = wrong[0]
        raise WarehouseError(
            f"model {mart.name} breaks its contract: {name} is {made.get(name, 'missing')}, "
            f"promised is {promised.get(name, 'no such column')}; {UNPUBLISHED}"
        )


def _described(warehouse: psycopg.Connection, query: sql.Composed) -> dict[str, str]:
    """Names and types of the columns that a query gives, without their precision."""
    described = warehouse.execute(query).description or []
    return {column.name: column.type_display.split("(")[0] for column in described}
