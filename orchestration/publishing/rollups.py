"""Rollups: days and months of a tenant, added up once, because readers ask for years of them again and again.

Belongs here: which days a publish touches, and the rows of those. Not here: what is added up (dbt_project), and how the rows
get into their table (`merge.py`). They are made of what is published, after that has been merged: of a touched day also the
conversations that were not touched count.
"""

from collections.abc import Iterable

import psycopg
from psycopg import sql

from orchestration.publishing.contract import Mart

# What a rollup has a row of, and the scope of a merge: those of them that a publish touches.
SCOPES = {"day": "rolled_days", "month": "rolled_months"}
BY = ("tenant_id", "date")
# Beyond these, reading everything once takes less than asking for each day.
MANY_DAYS = 1_000


def note_days(warehouse: psycopg.Connection, marts: Iterable[Mart]) -> int:
    """Note the days, and months, that will be other ones or are asked for. Before the merge: it takes the old rows away.

    Returns how many days those are.
    """
    for scope in SCOPES.values():
        warehouse.execute(
            sql.SQL(
                "create temporary table if not exists {} (tenant_id uuid, date date, primary key (tenant_id, date)) "
                "on commit delete rows"
            ).format(sql.Identifier(scope))
        )
    parts: list[sql.Composable] = [sql.SQL("select tenant_id, date from ops.touched_days")]
    for mart in marts:
        if mart.day and mart.scope:
            parts += [_built(mart, mart.day), _published(mart, mart.day, mart.scope)]
    noted = warehouse.execute(
        sql.SQL("insert into pg_temp.rolled_days {}").format(sql.SQL(" union ").join(parts))
    ).rowcount
    warehouse.execute(
        "insert into pg_temp.rolled_months "
        "select distinct tenant_id, cast(date_trunc('month', date) as date) from pg_temp.rolled_days"
    )
    return noted


def _built(mart: Mart, day: str) -> sql.Composed:
    return sql.SQL("select tenant_id, {} from pg_temp.{}").format(sql.Identifier(day), sql.Identifier(mart.name))


def _published(mart: Mart, day: str, scope: str) -> sql.Composed:
    return sql.SQL("select seen.tenant_id, seen.{} from pg_temp.{} as scope inner join {} as seen using ({})").format(
        sql.Identifier(day),
        sql.Identifier(scope),
        mart.table,
        sql.SQL(", ").join(map(sql.Identifier, mart.by)),
    )


def fill(warehouse: psycopg.Connection, mart: Mart, *, days: int | None) -> None:
    """Build a rollup aside: the rows of so many noted days, or without a number all rows."""
    asked = _asked(mart, days)
    name = sql.Identifier("pg_temp", mart.name)
    if _is_there(warehouse, name):
        warehouse.execute(sql.SQL("insert into {} {}").format(name, asked))
    else:
        warehouse.execute(
            sql.SQL("create temporary table {} on commit delete rows as {}").format(sql.Identifier(mart.name), asked)
        )


def _asked(mart: Mart, days: int | None) -> sql.Composed:
    if days is None:
        within = "{made}"
    elif days > MANY_DAYS:
        within = "{made} where (made.tenant_id, made.date) in (select tenant_id, date from pg_temp.{scope})"
    else:
        # The offset keeps the planner from joining with the sum of all days instead of asking for one at a time.
        within = (
            "pg_temp.{scope} as days cross join lateral (select * from {made} "
            "where made.tenant_id = days.tenant_id and made.date = days.date offset 0) as made"
        )
    columns = sql.SQL(", ").join(
        sql.SQL("cast(made.{0} as {1}) as {0}").format(sql.Identifier(column.name), sql.SQL(column.type))
        for column in mart.columns
    )
    made = sql.SQL("({}) as made").format(sql.SQL(mart.query or ""))
    scope = sql.Identifier(mart.scope or "")
    return sql.SQL("select {} from {}").format(columns, sql.SQL(within).format(made=made, scope=scope))


def _is_there(warehouse: psycopg.Connection, name: sql.Identifier) -> bool:
    row = warehouse.execute("select to_regclass(%s) is not null", (name.as_string(warehouse),)).fetchone()
    return row == (True,)
