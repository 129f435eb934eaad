"""What is promised of a published table: its columns, its key, who reads it; and the table kept to that.

Belongs here: the tables of `marts` and `facts`, their security and comments. Not here: their rows (`merge.py`), views of
them (`views.py`), and who may log in (`readers.py`). Swapping tables was the obvious way: it drops policies, grants and
other people's views at every build, and waits for readers.
"""

from dataclasses import dataclass
from typing import Protocol

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.publishing.readers import ANALYST, READER

MARTS = "marts"
FACTS = "facts"
TENANT_ROWS = sql.SQL(
    "tenant_id = any (array("
    "select reader.tenant_id from marts.tenant_readers as reader where reader.role_name = current_user))"
)


@dataclass(frozen=True)
class Column:
    """A promised column. What `runs_in` a status still grows while the conversation is in it; a hidden one is not read."""

    name: str
    type: str
    description: str
    not_null: bool = False
    runs_in: str | None = None
    hidden: bool = False


class Described(Protocol):
    """What has a description, and columns that have theirs."""

    @property
    def description(self) -> str:
        """What it is."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns."""
        ...


@dataclass(frozen=True)
class Mart:
    """A published table: `scope` names the model that says which of its rows a build is about, `by` these columns.

    Without a scope a build is about all of them. A table in `marts` is read as it is; one in `facts` through views of
    `marts`: one of its own where it `is_shown`, or others that are made of it. A rollup is what its `query` says, `per` day
    or month, of its `sources`: published tables, whose `day` names the local day of their rows.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    scope: str | None = None
    by: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    for_everybody: bool = False
    schema: str = MARTS
    is_shown: bool = False
    day: str | None = None
    query: str | None = None
    per: str = "day"
    sources: tuple[str, ...] = ()

    @property
    def table(self) -> sql.Identifier:
        """Where its rows are."""
        return sql.Identifier(self.schema, self.name)

    @property
    def order(self) -> tuple[str, ...]:
        """How its rows lie when they are first written: those of a tenant's days together, as most is read."""
        return next((columns for columns in self.indexes if columns[0] == "tenant_id"), self.key)

    @property
    def readers_name(self) -> str:
        """What a person calls it."""
        return f"{MARTS if self.is_shown else self.schema}.{self.name}"


def keep(warehouse: psycopg.Connection, mart: Mart) -> None:
    """Make the table if it is not there, add the columns it has gained, and renew its security and comments.

    Raises WarehouseError for a column lost or of another type: that would break readers.
    """
    _create(warehouse, mart)
    _add_columns(warehouse, mart)
    if not is_empty(warehouse, mart):
        index(warehouse, mart)
    _secure(warehouse, mart)
    comment(warehouse, sql.SQL("table {}").format(mart.table), mart.table, mart)


def is_empty(warehouse: psycopg.Connection, mart: Mart) -> bool:
    """Whether the table has no row."""
    return warehouse.execute(sql.SQL("select not exists (select from {})").format(mart.table)).fetchone() == (True,)


def index(warehouse: psycopg.Connection, mart: Mart) -> None:
    """Make the key and the indexes that are not there. An empty table has none yet: filling them row by row takes longer."""
    has_key = "select exists (select from pg_constraint where conrelid = %s::regclass and contype = 'p')"
    if warehouse.execute(has_key, (mart.table.as_string(warehouse),)).fetchone() == (False,):
        _add_key(warehouse, mart)
    for columns in mart.indexes:
        _index(warehouse, mart, columns)


def columns_of(warehouse: psycopg.Connection, relation: sql.Composable) -> dict[str, str]:
    """Names and types of a relation's columns, in their order."""
    rows = warehouse.execute(
        """
        select attribute.attname, format_type(attribute.atttypid, attribute.atttypmod)
        from pg_attribute as attribute
        where attribute.attrelid = %s::regclass and attribute.attnum > 0 and not attribute.attisdropped
        order by attribute.attnum
        """,
        (relation.as_string(warehouse),),
    ).fetchall()
    return dict(rows)


def _create(warehouse: psycopg.Connection, mart: Mart) -> None:
    columns = [_declared(column, column.not_null) for column in mart.columns]
    warehouse.execute(sql.SQL("create table if not exists {} ({})").format(mart.table, sql.SQL(", ").join(columns)))


def _declared(column: Column, not_null: bool) -> sql.Composed:
    return sql.SQL("{} {}{}").format(
        sql.Identifier(column.name), sql.SQL(column.type), sql.SQL(" not null" if not_null else "")
    )


def _add_columns(warehouse: psycopg.Connection, mart: Mart) -> None:
    present = columns_of(warehouse, mart.table)
    wanted = _types(warehouse, mart)
    broken = sorted(name for name, kind in present.items() if wanted.get(name) != kind)
    if broken:
        raise WarehouseError(
            f"mart {mart.name} lost or changed {', '.join(broken)}: readers keep the last generation; "
            f"restore the columns, or drop table {mart.table.as_string(warehouse)} cascade and refresh"
        )
    for column in mart.columns:
        if column.name not in present:
            # Null until the rows are built, in the transaction that publishes them.
            warehouse.execute(sql.SQL("alter table {} add column {}").format(mart.table, _declared(column, False)))


def _types(warehouse: psycopg.Connection, mart: Mart) -> dict[str, str]:
    """The promised types by the names that PostgreSQL gives them."""
    columns = sql.SQL(", ").join(
        sql.SQL("cast(null as {}) as {}").format(sql.SQL(column.type), sql.Identifier(column.name))
        for column in mart.columns
    )
    warehouse.execute(sql.SQL("create temporary view promised as select {}").format(columns))
    found = columns_of(warehouse, sql.Identifier("pg_temp", "promised"))
    warehouse.execute("drop view pg_temp.promised")
    return found


def _add_key(warehouse: psycopg.Connection, mart: Mart) -> None:
    warehouse.execute(
        sql.SQL("alter table {} add constraint {} primary key ({})").format(
            mart.table, sql.Identifier(f"{mart.name}_pkey"), sql.SQL(", ").join(map(sql.Identifier, mart.key))
        )
    )


def _index(warehouse: psycopg.Connection, mart: Mart, columns: tuple[str, ...]) -> None:
    warehouse.execute(
        sql.SQL("create index if not exists {} on {} ({})").format(
            sql.Identifier("_".join((mart.name, *columns))),
            mart.table,
            sql.SQL(", ").join(map(sql.Identifier, columns)),
        )
    )


def _secure(warehouse: psycopg.Connection, mart: Mart) -> None:
    """Closed to everybody who is not named here. Rows of no tenant, such as the catalogue's, must say that they are."""
    rows = sql.SQL("true") if mart.for_everybody else TENANT_ROWS
    for statement in (
        "alter table {table} enable row level security",
        "drop policy if exists analyst_reads_all on {table}",
        "create policy analyst_reads_all on {table} for select to {analyst} using (true)",
        "drop policy if exists reader_reads_tenant on {table}",
        "create policy reader_reads_tenant on {table} for select to public using ({tenant_rows})",
        "grant select on {table} to {analyst}, {reader}",
    ):
        warehouse.execute(
            sql.SQL(statement).format(
                table=mart.table,
                analyst=sql.Identifier(ANALYST),
                reader=sql.Identifier(READER),
                tenant_rows=rows,
            )
        )


def comment(warehouse: psycopg.Connection, what: sql.Composed, relation: sql.Identifier, mart: Described) -> None:
    """Say what a relation and its columns are, where the database shows it."""
    warehouse.execute(sql.SQL("comment on {} is {}").format(what, mart.description))
    shown = columns_of(warehouse, relation)
    for column in mart.columns:
        if column.name in shown:
            name = sql.SQL("{}.{}").format(relation, sql.Identifier(column.name))
            warehouse.execute(sql.SQL("comment on column {} is {}").format(name, column.description))
