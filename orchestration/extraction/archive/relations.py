"""What is archived, and how a column stands in Parquet.

Belongs here: the relations, by the catalogue, and both ways between their types and Arrow's. Not here: files (`files.py`).
Instants and days travel as numbers: Parquet has no infinity, and the greatest number is what DuckDB reads as one. A numeric
without a scale stays text, because no decimal of Parquet holds each.
"""

import re
from dataclasses import dataclass
from functools import cache

import psycopg
import pyarrow as pa
from psycopg import sql

from orchestration.errors import WarehouseError

# The first that a relation has says its month, of UTC or of the tenant's local day; without one it is written whole.
DATED_BY = (
    "created_at",
    "occurred_at",
    "transfer_time",
    "started_at",
    "date",
    "happened_on",
    "changed_on",
    "used_on",
    "rated_on",
)
RAW = "raw"
NAME = re.compile(r"[A-Za-z0-9_]+")
# Who may log in is no fact of a tenant. Steps on the way to a mart (`int_…`) are none, either: nobody reads them.
NO_FACTS = ("marts.tenant_readers", "raw.business_stretches")
NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
MOST_DIGITS = 38
WHOLE = {"smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64(), "boolean": pa.bool_()}
INSTANT, DAY = "timestamp with time zone", "date"
LAST_INSTANT, LAST_DAY = 2**63 - 1, 2**31 - 1


@dataclass(frozen=True)
class Relation:
    """A table with tenants: its name, and its columns with their types."""

    schema: str
    table: str
    columns: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """As manifests and folders have it."""
        return f"{self.schema}.{self.table}"

    @property
    def identifier(self) -> sql.Identifier:
        """As SQL has it."""
        return sql.Identifier(self.schema, self.table)

    @property
    def tenant(self) -> str:
        """The column that says whose a row is."""
        return "id" if self.name == "raw.tenants" else "tenant_id"

    @property
    def dated_by(self) -> str | None:
        """The column that says a row's month."""
        kinds = dict(self.columns)
        return next((name for name in DATED_BY if kinds.get(name) in (INSTANT, DAY)), None)

    @property
    def is_dated_by_instant(self) -> bool:
        """Whether it is an instant, not a day."""
        return dict(self.columns).get(self.dated_by or "") == INSTANT

    @property
    def month(self) -> str:
        """SQL of a row's month; null where it has none."""
        column = self.dated_by
        if column is None:
            return "null::date"
        local = f"{column} at time zone 'UTC'" if self.is_dated_by_instant else f"{column}::timestamp"
        return f"case when isfinite({column}) then date_trunc('month', {local})::date end"

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns that are numbers without a scale."""
        return tuple(name for name, kind in self.columns if kind == "numeric" and '"' not in name)

    @property
    def texts(self) -> tuple[str, ...]:
        """Columns that are words, of which files have dictionaries."""
        return tuple(name for name, kind in self.columns if kind == "text")

    @property
    def arrow(self) -> pa.Schema:
        """All columns as they rest in files."""
        return pa.schema([(name, rests_as(kind)) for name, kind in self.columns])


def relations(warehouse: psycopg.Connection) -> tuple[Relation, ...]:
    """All that is archived: landed tables, why rows outlive the source's, who must not come back, and what is published.

    Raises WarehouseError for a table of which no folder can bear the name.
    """
    rows = warehouse.execute(
        """
        select schema.nspname, class.relname,
            array_agg(array[attribute.attname::text, format_type(attribute.atttypid, attribute.atttypmod)]
                order by attribute.attnum)
        from pg_class as class
        inner join pg_namespace as schema on schema.oid = class.relnamespace
        inner join pg_attribute as attribute
            on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
        where class.relkind = 'r'
            and (
                schema.nspname in ('raw', 'marts', 'facts')
                or class.oid in ('ops.deleted_rows'::regclass, 'ops.tombstones'::regclass)
            )
            and schema.nspname || '.' || class.relname <> all (%s)
            and class.relname not like 'int\\_%%'
        group by schema.nspname, class.relname
        having bool_or(attribute.attname = 'tenant_id' and attribute.atttypid = 'uuid'::regtype)
            or (schema.nspname, class.relname) = ('raw', 'tenants')
        order by 1, 2
        """,
        (list(NO_FACTS),),
    ).fetchall()
    found = tuple(
        Relation(schema, name, tuple((column, kind) for column, kind in columns)) for schema, name, columns in rows
    )
    if odd := next((each for each in found if not NAME.fullmatch(each.table)), None):
        raise WarehouseError(
            f"table {odd.identifier.as_string()} cannot be archived under this name: rename it to letters, digits and _, "
            f"or move it out of schema {odd.schema}"
        )
    return found


@cache
def travels_as(kind: str) -> pa.DataType:
    """Arrow's type of a column on its way back into PostgreSQL."""
    if kind == INSTANT:
        return pa.int64()
    if kind == DAY:
        return pa.int32()
    if (decimal := NUMERIC.fullmatch(kind)) and int(decimal[1]) <= MOST_DIGITS:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return WHOLE.get(kind, pa.string())


@cache
def rests_as(kind: str) -> pa.DataType:
    """Arrow's type of a column in the file."""
    return {INSTANT: pa.timestamp("us", tz="UTC"), DAY: pa.date32()}.get(kind, travels_as(kind))


def decoded(name: str, kind: str) -> sql.Composed:
    """SQL that makes of a column that has travelled what it was."""
    column = sql.Identifier(name)
    if kind == INSTANT:
        text = (
            "case {0} when {1} then 'infinity' when -{1} then '-infinity' else timestamptz '1970-01-01 00:00:00+00' "
            "+ ({0} / 1000000) * interval '1 second' + ({0} % 1000000) * interval '1 microsecond' end"
        )
        return sql.SQL(text).format(column, sql.Literal(LAST_INSTANT))
    if kind == DAY:
        text = "case {0} when {1} then 'infinity' when -{1} then '-infinity' else date '1970-01-01' + {0} end"
        return sql.SQL(text).format(column, sql.Literal(LAST_DAY))
    return sql.SQL("{}::{}").format(column, sql.SQL(kind))
