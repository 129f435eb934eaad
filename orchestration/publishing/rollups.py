"""Rollups: days and months of a tenant, added up once, because readers ask for years of them again and again.

Belongs here: which of them a publish changes, and their rows. Not here: what is added up (dbt_project), and how rows get into
a table (`merge.py`). They are made of what is published, after that has been merged: of a day also the conversations count
that were not touched.
"""

import psycopg
from psycopg import sql

from orchestration.publishing.contract import Mart

BY = ("tenant_id", "date")
PERIODS = {"day": "made.date", "month": "cast(date_trunc('month', made.date) as date)"}
# Beyond these, reading everything once takes less than asking for each of them.
MANY = 1_000


def scope_of(name: str) -> str:
    """The relation of what a rollup is asked for anew."""
    return f"{name}_periods"


def begin(warehouse: psycopg.Connection) -> None:
    """Make ready to note days, before the first merge."""
    warehouse.execute(
        "create temporary table if not exists changed_days "
        "(fact text, tenant_id uuid, date date, primary key (fact, tenant_id, date)) on commit delete rows"
    )


def noting(warehouse: psycopg.Connection, mart: Mart, day: str, statement: sql.Composed) -> int:
    """Change rows of a fact, `seen` in the statement, and note their days. Returns how many rows those are."""
    row = warehouse.execute(
        sql.SQL(
            "with changed as ({statement} returning seen.tenant_id, seen.{day} as date), noted as ("
            "insert into pg_temp.changed_days select distinct {fact}, tenant_id, date from changed on conflict do nothing"
            ") select count(*) from changed"
        ).format(statement=statement, day=sql.Identifier(day), fact=sql.Literal(mart.name))
    ).fetchone()
    return int(row[0]) if row else 0


def note_left(warehouse: psycopg.Connection, mart: Mart, day: str) -> None:
    """Note the days that rows of a fact are about to leave for another one: an update tells only where they are then."""
    warehouse.execute(
        sql.SQL(
            "insert into pg_temp.changed_days select distinct {fact}, tenant_id, seen.{day} "
            "from pg_temp.{built} as built inner join {table} as seen using ({key}) where built.{day} <> seen.{day} "
            "on conflict do nothing"
        ).format(
            fact=sql.Literal(mart.name),
            day=sql.Identifier(day),
            built=sql.Identifier(mart.name),
            table=mart.table,
            key=sql.SQL(", ").join(map(sql.Identifier, mart.key)),
        )
    )


def fill(warehouse: psycopg.Connection, mart: Mart, *, whole: bool) -> None:
    """Build a rollup aside: of what has changed and is asked for, or the whole of it."""
    scope = sql.Identifier("pg_temp", scope_of(mart.name))
    warehouse.execute(
        sql.SQL(
            "create temporary table if not exists {} (tenant_id uuid, date date, primary key (tenant_id, date)) "
            "on commit delete rows"
        ).format(sql.Identifier(scope_of(mart.name)))
    )
    periods = warehouse.execute(
        sql.SQL("insert into {} select distinct made.tenant_id, {} from {} as made").format(
            scope, sql.SQL(PERIODS[mart.per]), mart.table if whole else _noted(mart)
        )
    ).rowcount
    _build(warehouse, mart, _asked(mart, scope, None if whole else periods))


def _noted(mart: Mart) -> sql.Composed:
    return sql.SQL(
        "(select tenant_id, date from pg_temp.changed_days where fact = any({}) "
        "union all select tenant_id, date from ops.touched_days)"
    ).format(sql.Literal(list(mart.sources)))


def _asked(mart: Mart, scope: sql.Identifier, periods: int | None) -> sql.Composed:
    if periods is None:
        within = "{made}"
    elif periods > MANY:
        within = "{made} where (made.tenant_id, made.date) in (select tenant_id, date from {scope})"
    else:
        # The offset keeps the planner from joining with the sum of all days instead of asking for one at a time.
        within = (
            "{scope} as asked cross join lateral (select * from {made} "
            "where made.tenant_id = asked.tenant_id and made.date = asked.date offset 0) as made"
        )
    columns = sql.SQL(", ").join(
        sql.SQL("cast(made.{0} as {1}) as {0}").format(sql.Identifier(column.name), sql.SQL(column.type))
        for column in mart.columns
    )
    made = sql.SQL("({}) as made").format(sql.SQL(mart.query or ""))
    return sql.SQL("select {} from {}").format(columns, sql.SQL(within).format(made=made, scope=scope))


def _build(warehouse: psycopg.Connection, mart: Mart, asked: sql.Composed) -> None:
    name = sql.Identifier("pg_temp", mart.name)
    if warehouse.execute("select to_regclass(%s)", (name.as_string(warehouse),)).fetchone() == (None,):
        statement = sql.SQL("create temporary table {} on commit delete rows as {}")
        warehouse.execute(statement.format(sql.Identifier(mart.name), asked))
    else:
        warehouse.execute(sql.SQL("insert into {} {}").format(name, asked))
    # Of a table without statistics PostgreSQL expects two thousand rows, and would read the published one whole.
    warehouse.execute(sql.SQL("analyze {}, pg_temp.{}").format(name, sql.Identifier(scope_of(mart.name))))
