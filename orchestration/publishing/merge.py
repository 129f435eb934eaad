"""Built rows into a published table, touching only those that differ.

Belongs here: the three statements of a merge, and the counts that it keeps. Not here: the table itself (`contract.py`),
and the transaction (`publish.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from orchestration.publishing import rollups
from orchestration.publishing.contract import Mart, index

MANY_ROWS = 10_000
MEASURES = ("bigint", "integer", "numeric")


@dataclass(frozen=True)
class Published:
    """Rows of one mart that a publish inserted, updated and deleted, and how many there are now."""

    table: str
    inserted: int
    updated: int
    deleted: int
    rows: int

    @property
    def changed(self) -> int:
        """All of them."""
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True)
class Merged:
    """Rows of one mart that a merge inserted, updated and deleted."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


def merge_all(warehouse: psycopg.Connection, marts: tuple[Mart, ...]) -> dict[str, Published]:
    """Make the rows that the build is about equal to the built ones; the others stay as they are."""
    empty = _empty(warehouse, marts)
    rollups.begin(warehouse)
    is_full = warehouse.execute("select exists (select from ops.touched_everything)").fetchone() == (True,)
    merged = {}
    for mart in marts:
        if mart.query:
            rollups.fill(warehouse, mart, whole=is_full or bool(empty & {mart.name, *mart.sources}))
        merged[mart] = _merge(warehouse, mart, is_first=mart.name in empty)
    return counted(warehouse, merged)


def counted(warehouse: psycopg.Connection, merged: Mapping[Mart, Merged]) -> dict[str, Published]:
    """Keep the counts of rows by what changed: counting them would cost the history at every publish."""
    more = [(mart.name, rows.inserted - rows.deleted) for mart, rows in merged.items()]
    now: dict[str, int] = dict(
        warehouse.execute(
            """
            with changed as (select * from unnest(%s::text[], %s::bigint[]) as changed (table_name, more)),
            kept as (
                insert into ops.published_tables as published (table_name, rows)
                select changed.table_name, changed.more from changed
                where changed.more <> 0
                on conflict (table_name) do update set rows = published.rows + excluded.rows
                returning published.table_name, published.rows
            )
            select changed.table_name, coalesce(kept.rows, before.rows, 0)
            from changed
            left join kept on kept.table_name = changed.table_name
            left join ops.published_tables as before on before.table_name = changed.table_name
            """,
            ([name for name, _ in more], [rows for _, rows in more]),
        ).fetchall()
    )
    return {
        mart.name: Published(mart.readers_name, rows.inserted, rows.updated, rows.deleted, now[mart.name])
        for mart, rows in merged.items()
    }


def _empty(warehouse: psycopg.Connection, marts: tuple[Mart, ...]) -> set[str]:
    asked = sql.SQL(" union all ").join(
        sql.SQL("select {} where not exists (select from {})").format(sql.Literal(mart.name), mart.table)
        for mart in marts
    )
    return {name for (name,) in warehouse.execute(asked).fetchall()}


def _merge(warehouse: psycopg.Connection, mart: Mart, *, is_first: bool) -> Merged:
    deleted = updated = 0
    if not is_first:
        if mart.day and mart.day not in mart.key:
            rollups.note_left(warehouse, mart, mart.day)
        deleted = _delete_vanished(warehouse, mart)
        updated = _update_changed(warehouse, mart)
    inserted = _insert_new(warehouse, mart, is_first=is_first)
    if is_first and inserted:
        index(warehouse, mart)
    if inserted + updated > MANY_ROWS:
        _gather_statistics(warehouse, mart)
    return Merged(inserted, updated, deleted)


def _gather_statistics(warehouse: psycopg.Connection, mart: Mart) -> None:
    """Of what readers filter and group by; with dozens of measures it took longer than writing the rows."""
    names = [column.name for column in mart.columns if column.type.partition("(")[0] not in MEASURES]
    warehouse.execute("set local default_statistics_target = 30")
    warehouse.execute(sql.SQL("analyze {} ({})").format(mart.table, sql.SQL(", ").join(map(sql.Identifier, names))))


def _delete_vanished(warehouse: psycopg.Connection, mart: Mart) -> int:
    """What the build is about and has not made. Looking for rows by the built ones would leave these."""
    within: sql.Composable = sql.SQL("")
    if mart.scope:
        within = sql.SQL("exists (select from pg_temp.{} as scope where {}) and").format(
            sql.Identifier(mart.scope), _equal("scope", "seen", mart.by)
        )
    return _change(
        warehouse,
        mart,
        sql.SQL(
            "delete from {table} as seen where {within} "
            "not exists (select from pg_temp.{built} as built where {matches})"
        ).format(
            table=mart.table,
            built=sql.Identifier(mart.name),
            within=within,
            matches=_equal("built", "seen", mart.key),
        ),
    )


def _update_changed(warehouse: psycopg.Connection, mart: Mart) -> int:
    others = [column.name for column in mart.columns if column.name not in mart.key]
    if not others:
        return 0
    return _change(
        warehouse,
        mart,
        sql.SQL(
            """
            update {table} as seen set ({names}) = row({new})
            from pg_temp.{built} as built
            where {matches} and ({old}) is distinct from ({new})
            """
        ).format(
            table=mart.table,
            built=sql.Identifier(mart.name),
            names=sql.SQL(", ").join(map(sql.Identifier, others)),
            old=_listed("seen", others),
            new=_listed("built", others),
            matches=_equal("built", "seen", mart.key),
        ),
    )


def _insert_new(warehouse: psycopg.Connection, mart: Mart, *, is_first: bool) -> int:
    names = [column.name for column in mart.columns]
    new = sql.SQL("order by {}").format(_listed("built", mart.order))
    if not is_first:
        new = sql.SQL("where not exists (select from {} as kept where {})").format(
            mart.table, _equal("built", "kept", mart.key)
        )
    statement = sql.SQL(
        "insert into {table} as seen ({names}) select {values} from pg_temp.{built} as built {new}"
    ).format(
        table=mart.table,
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=_listed("built", names),
        built=sql.Identifier(mart.name),
        new=new,
    )
    return warehouse.execute(statement).rowcount if is_first else _change(warehouse, mart, statement)


def _change(warehouse: psycopg.Connection, mart: Mart, statement: sql.Composed) -> int:
    """Change rows of a table that has some. Returns how many."""
    if mart.day:
        return rollups.noting(warehouse, mart, mart.day, statement)
    return warehouse.execute(statement).rowcount


def _equal(one: str, other: str, columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, name), sql.Identifier(other, name)) for name in columns
    )


def _listed(relation: str, columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(relation, name) for name in columns)
