"""Groups of rows, each a table of Arrow: PostgreSQL gathers the values of each column, and Python reads all of them at once.

Belongs here: the statement, and putting its answers together. Not here: which rows (`spans.py`), and how a type travels
(`columns.py`). Row by row, COPY and whoever hears it take nearly twice as long as this.
"""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from uuid import UUID

import numpy as np
import psycopg
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql
from psycopg.abc import Buffer

from orchestration.extraction.archive.columns import gathered
from orchestration.extraction.archive.relations import Relation, rests_as

Bucket = tuple[UUID, date | None]
# Of a bigint that is not negative.
BITS = 63
TRUE, NULL = "{}", "{} is null"


class Gathering:
    """A relation, and those of its columns that are known to have nulls among their values.

    Where nulls are is a bit of every row, which costs a third of a value: only these columns have one. Where another is short of
    values, it becomes one of them, and all is asked again.
    """

    def __init__(self, relation: Relation, with_nulls: frozenset[str] = frozenset()) -> None:
        self.relation = relation
        self._statement = _Statement(relation, with_nulls)

    def groups(
        self, reader: psycopg.Connection, where: sql.Composable, month: sql.Composable
    ) -> Iterator[tuple[Bucket, pa.Table]]:
        """Rows by tenant and `month`, with all columns as they rest in files."""
        for answer in self._answers(reader, where, month):
            yield answer.bucket, answer.table()

    def _answers(self, reader: psycopg.Connection, where: sql.Composable, month: sql.Composable) -> list["_Answer"]:
        # Several threads read at once, and another one may put its own in place meanwhile.
        statement = self._statement
        told = reader.cursor(binary=True).execute(statement.query(where, month))
        answers = [_Answer(statement, *each) for each in told]
        unforeseen = {name for answer in answers for name in answer.unforeseen_nulls()}
        if not unforeseen:
            return answers
        self._statement = _Statement(self.relation, statement.with_nulls | unforeseen)
        # Memory has room for one of both.
        del told, answers
        return self._answers(reader, where, month)


class _Statement:
    """Of each group its tenant, its month, how many rows, words of bits, and then the values of each column.

    A boolean is a bit, too. The tenant's column is one value.
    """

    def __init__(self, relation: Relation, with_nulls: frozenset[str]) -> None:
        self.relation, self.with_nulls = relation, with_nulls
        self.columns = {
            name: gathered(kind) for name, kind in relation.columns if kind != "boolean" and name != relation.tenant
        }
        booleans = [name for name, kind in relation.columns if kind == "boolean"]
        self.bits = [(name, TRUE) for name in booleans]
        self.bits += [(name, NULL) for name in (*booleans, *(name for name in self.columns if name in with_nulls))]
        self.words = -(-len(self.bits) // BITS)

    def query(self, where: sql.Composable, month: sql.Composable) -> sql.Composed:
        return sql.SQL("select {tenant}, {month}, {told} from {table} where {where} group by 1, 2").format(
            tenant=sql.Identifier(self.relation.tenant), month=month, where=where, table=self.relation.identifier, told=self._told
        )  # fmt: skip

    @cached_property
    def _told(self) -> sql.SQL:
        words = [self._word(number) for number in range(self.words)]
        columns = [column.all_of(sql.Identifier(name)) for name, column in self.columns.items()]
        return sql.SQL(sql.SQL(", ").join([sql.SQL("count(*)"), *words, *columns]).as_string())

    def _word(self, number: int) -> sql.Composed:
        bits = [
            sql.SQL("case when {} then {} else 0 end").format(
                sql.SQL(condition).format(sql.Identifier(name)), sql.SQL(f"{1 << bit}::bigint")
            )
            for bit, (name, condition) in enumerate(self.bits[number * BITS : (number + 1) * BITS])
        ]
        return sql.SQL("string_agg(int8send({}), null)").format(sql.SQL(" + ").join(bits))


class _Answer:
    """One group."""

    def __init__(
        self, statement: _Statement, tenant: UUID, month: date | None, rows: int, *told: Buffer | None
    ) -> None:
        self.bucket = tenant, month
        self._statement, self._rows = statement, rows
        self._words = [np.frombuffer(word or b"", ">i8").astype("=i8") for word in told[: statement.words]]
        self._told = dict(zip(statement.columns, told[statement.words :], strict=True))

    def unforeseen_nulls(self) -> Iterator[str]:
        """Columns with nulls among their values, and no bits that say where."""
        for name, told in self._told.items():
            if 0 < self._statement.columns[name].count(told) < self._rows and (name, NULL) not in self._statement.bits:
                yield name

    def table(self) -> pa.Table:
        """All rows."""
        columns = {name: self._column(name, kind) for name, kind in self._statement.relation.columns}
        return pa.table(columns)

    def _column(self, name: str, kind: str) -> pa.Array:
        if name == self._statement.relation.tenant:
            return pa.repeat(str(self.bucket[0]), self._rows)
        if kind == "boolean":
            return pa.array(self._bit(name, TRUE), mask=self._bit(name, NULL))
        told = self._told[name]
        if told is None:
            return pa.nulls(self._rows, rests_as(kind))
        values = self._statement.columns[name].read(told)
        return values if len(values) == self._rows else _spread(values, self._bit(name, NULL))

    def _bit(self, name: str, condition: str) -> NDArray[np.bool_]:
        word, bit = divmod(self._statement.bits.index((name, condition)), BITS)
        return (self._words[word] >> bit & 1).astype(np.bool_)


def _spread(values: pa.Array, is_null: NDArray[np.bool_]) -> pa.Array:
    """The values in their places among nulls."""
    before = np.cumsum(~is_null, dtype=np.int32)
    if not pa.types.is_string(values.type):
        return values.take(pa.array(before - 1, mask=is_null))
    # A null is a text without a length: no text moves.
    _, bounds, texts = values.buffers()
    offsets = np.frombuffer(bounds, np.int32)[np.concatenate([[0], before])]
    validity = np.packbits(~is_null, bitorder="little")
    return pa.Array.from_buffers(values.type, len(is_null), [pa.py_buffer(validity), pa.py_buffer(offsets), texts])
