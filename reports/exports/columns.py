"""The columns of an export: their types in the database, in a file, and in SQL.

Belongs here: asking for them, and how each is selected. Not here: rows (`writing.py`).
"""

from dataclasses import dataclass

import pyarrow as pa
from psycopg import sql

from reports.exports.selection import DateForm, Selection
from reports.query import Connection
from reports.spreadsheet_safety import FORMULA, MARK

_TYPES: dict[str, pa.DataType] = {
    "bigint": pa.int64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "timestamp without time zone": pa.timestamp("us"),
    "double precision": pa.float64(),
}


@dataclass(frozen=True)
class Column:
    """A column: its name, and its type as PostgreSQL writes it."""

    name: str
    type: str
    precision: int | None = None
    scale: int | None = None

    @property
    def is_text(self) -> bool:
        """Whether a person may have entered its values."""
        return self.type in ("text", "character varying", "jsonb")

    @property
    def is_instant(self) -> bool:
        """Whether it is a point in time."""
        return self.type == "timestamp with time zone"

    def arrow_type(self, dates: DateForm) -> pa.DataType:
        """Its type in Parquet."""
        if self.is_instant and dates != "iso":
            return pa.int64() if dates == "unix" else pa.timestamp("us")
        if self.type == "numeric":
            return pa.decimal128(self.precision or 38, self.scale or 0)
        return _TYPES.get(self.type, pa.string())

    def selected(self, *, dates: DateForm, zone: str, harmless: bool, finite: bool = True) -> sql.Composable:
        """The column in a select list, in the form that the file is to have; not `finite`, with what lies at infinity."""
        name = sql.Identifier("exported", self.name)
        value: sql.Composable = name
        if self.is_instant and dates == "unix":
            value = sql.SQL("floor(extract(epoch from {}))::bigint").format(name)
        elif self.is_instant and dates == "local":
            value = sql.SQL("({} at time zone {})").format(name, sql.Literal(zone))
        elif self.is_text and harmless:
            value = sql.SQL("case when {0} ~ {1} then regexp_replace({0}, {1}, {2}, 'g') else {0} end").format(
                name, sql.Literal(FORMULA), sql.Literal(MARK)
            )
        if (finite or dates != "iso") and (self.is_instant or self.type == "date"):
            # What nobody knows lies at infinity, which no file can hold.
            value = sql.SQL("case when isfinite({}) then {} end").format(name, value)
        return sql.SQL("{} as {}").format(value, sql.Identifier(self.name))


def columns_of(marts: Connection, selection: Selection) -> list[Column]:
    """The columns that a selection has."""
    cursor = marts.execute(sql.SQL("select * from {} as exported limit 0").format(selection.relation))
    described = cursor.description or []
    names = marts.execute(
        "select oid::int8, format_type(oid, null) from pg_type where oid = any(%s)",
        ([each.type_code for each in described],),
    ).fetchall()
    types = dict(names)
    return [
        Column(each.name, types[each.type_code], each.precision, each.scale)
        for each in described
        if each.name != "tenant_id"
    ]
