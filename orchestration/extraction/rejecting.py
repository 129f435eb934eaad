"""Values that PostgreSQL holds and nothing after it can: instants before the year 1 or after 9999, numbers that are none.

Belongs here: what becomes of them. They land as infinity (an instant that nobody knows) or null, so that no row is missing
where others point at it; the key is noted, the value is not. Not here: rows that cannot be read at all (`follow.py`).
"""

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.extraction.table import Column, Table

# Above this share of what came, and above this many, something is wrong at the source rather than with some rows.
SHARE = 0.01
FEW = 100

# The first day of the year 1 is one before it where clocks are behind UTC: as a local day nothing after PostgreSQL holds it.
CONDITIONS = {
    "timestamptz": "isfinite({0}) and ({0} < '0001-01-02 00:00+00' or {0} >= '9999-12-31')",
    "date": "isfinite({0}) and ({0} < '0001-01-01' or {0} >= '9999-12-31')",
    "numeric": "{0} in ('NaN', 'Infinity', '-Infinity')",
}
REPLACEMENTS = {
    "timestamptz": "case when {0} < '2000-01-01' then '-infinity'::timestamptz else 'infinity'::timestamptz end",
    "date": "case when {0} < '2000-01-01' then '-infinity'::date else 'infinity'::date end",
    "numeric": "null::numeric",
}
REASONS = {
    "timestamptz": "an instant outside the years 1 to 9999",
    "date": "a day outside the years 1 to 9999",
    "numeric": "not a number, or infinite",
}


class TooManyRejectedError(WarehouseError):
    """More values of one table could not be kept than chance explains."""


def reject(warehouse: psycopg.Connection, table: Table, target: sql.Identifier) -> int:
    """Replace, and note, what cannot be kept among the rows of `target`. Returns how many values that were."""
    judged = [column for column in table.columns if column.type in CONDITIONS]
    if not judged:
        return 0
    query = sql.SQL("select exists (select from {} where {})").format(
        target, sql.SQL(" or ").join(_bad(column) for column in judged)
    )
    found = warehouse.execute(query).fetchone()
    rejected = 0
    if found and found[0]:
        for column in judged:
            rejected += _reject_column(warehouse, table, column, target)
        _refuse_too_many(warehouse, table, target, rejected)
    return rejected


def forget(warehouse: psycopg.Connection, table: Table) -> None:
    """Take back what was noted of rows that come again, or are gone."""
    warehouse.execute(
        sql.SQL(
            "delete from ops.rejected_rows as noted where noted.table_name = {} and noted.id in "
            "(select incoming.id from incoming union all select gone.id from gone)"
        ).format(sql.Literal(table.name))
    )


def _reject_column(warehouse: psycopg.Connection, table: Table, column: Column, target: sql.Identifier) -> int:
    name = sql.Identifier(column.name)
    tenant = "id" if table.name == "tenants" else "tenant_id"
    return warehouse.execute(
        sql.SQL(
            """
            with replaced as (
                update {target} set {name} = {replacement} where {bad} returning id, {tenant} as tenant_id
            )
            insert into ops.rejected_rows (table_name, id, column_name, tenant_id, reason)
            select {table}, replaced.id, {column}, replaced.tenant_id, {reason} from replaced
            on conflict (table_name, id, column_name) do update set landed_as_of = clock_timestamp()
            """
        ).format(
            target=target,
            name=name,
            replacement=sql.SQL(REPLACEMENTS[column.type]).format(name),
            bad=_bad(column),
            tenant=sql.Identifier(tenant),
            table=sql.Literal(table.name),
            column=sql.Literal(column.name),
            reason=sql.Literal(REASONS[column.type]),
        )
    ).rowcount


def _bad(column: Column) -> sql.Composed:
    return sql.SQL(CONDITIONS[column.type]).format(sql.Identifier(column.name))


def _refuse_too_many(warehouse: psycopg.Connection, table: Table, target: sql.Identifier, rejected: int) -> None:
    row = warehouse.execute(sql.SQL("select count(*) from {}").format(target)).fetchone()
    came = row[0] if row else 0
    if rejected > max(FEW, came * SHARE):
        raise TooManyRejectedError(
            f"{rejected} values among {came} rows cannot be kept; mend them at the source, then run romashka refresh"
        )
