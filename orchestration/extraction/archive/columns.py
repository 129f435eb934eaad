"""The values of one column on their way into Parquet: gathered by PostgreSQL as bytes, end to end, and read as an array.

Belongs here: both ends of that for each type. Not here: which rows, booleans, and where nulls are (`gathering.py`). The forms are
the server's own: https://github.com/postgres/postgres/tree/REL_18_STABLE/src/backend/utils/adt (`…send`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql
from psycopg.abc import Buffer

from orchestration.extraction.archive.relations import DAY, INSTANT, LAST_DAY, LAST_INSTANT, NUMERIC, rests_as

# PostgreSQL counts from 2000, Arrow from 1970.
DAYS, MICROSECONDS = 10_957, 946_684_800_000_000
# A bigint holds each number of so many digits.
DIGITS_OF_A_BIGINT = 18
UUID_BYTES = 16
DIGITS_OF_A_BYTE = np.array([f"{byte:02x}".encode() for byte in range(256)]).view(np.uint16)
DIGITS_OF_A_PAIR = DIGITS_OF_A_BYTE.take(np.arange(2**16, dtype=np.uint16).view(np.uint8)).view(np.uint32)
GROUPS, FORMS_OF_GROUPS = ["1", "2", "3", "4", "5"], ["V8", "V4", "V4", "V4", "V12"]
DIGITS = np.dtype(list(zip(GROUPS, FORMS_OF_GROUPS, strict=True)))
DASHED = np.dtype({"names": GROUPS, "formats": FORMS_OF_GROUPS, "offsets": [0, 9, 14, 19, 24]})
DASHES = [8, 13, 18, 23]
# A larger piece of memory than their digits need is given back to the system each time, and taken again.
UUIDS_AT_ONCE = 2048


@dataclass(frozen=True)
class Gathered:
    """SQL of the bytes of one value, how many they are, and the array that all values are.

    Without a `width`, a zero byte stands between two values.
    """

    value: str
    read: Callable[[Buffer], pa.Array]
    width: int | None

    def all_of(self, column: sql.Composable) -> sql.Composed:
        """The aggregate of a column's values. Nulls are left out; null, where there is nothing else."""
        # Null costs less than nothing between them.
        between = sql.Literal(b"\0") if self.width is None else sql.NULL
        return sql.SQL("string_agg({}, {})").format(sql.SQL(self.value).format(column), between)

    def count(self, told: Buffer | None) -> int:
        """How many values that is."""
        if told is None:
            return 0
        every = np.frombuffer(told, np.uint8)
        return int(np.count_nonzero(every == 0)) + 1 if self.width is None else len(every) // self.width


@cache
def gathered(kind: str) -> Gathered:
    """How values of a type of PostgreSQL travel. What has no form of its own travels as its text, which has no zero byte."""
    if decimal := NUMERIC.fullmatch(kind):
        digits, scale = int(decimal[1]), int(decimal[2])
        if digits <= DIGITS_OF_A_BIGINT:
            return Gathered(f"int8send(({{}} * {10**scale})::bigint)", lambda told: _decimals(told, digits, scale), 8)
    return FORMS.get(kind) or Gathered("textsend({}::text)", lambda told: _texts(told).cast(rests_as(kind)), None)


def _uuids(told: Buffer) -> pa.Array:
    pairs = np.frombuffer(told, np.uint16)
    texts = np.empty(2 * len(pairs) // UUID_BYTES, DASHED)
    texts.view(np.uint8).reshape(len(texts), DASHED.itemsize)[:, DASHES] = ord("-")
    for first in range(0, len(texts), UUIDS_AT_ONCE):
        after = first + UUIDS_AT_ONCE
        digits = DIGITS_OF_A_PAIR.take(pairs[first * UUID_BYTES // 2 : after * UUID_BYTES // 2]).view(DIGITS)
        for group in GROUPS:
            texts[first:after][group] = digits[group]
    offsets = np.arange(0, texts.nbytes + 1, DASHED.itemsize, dtype=np.int32)
    return _array(pa.string(), len(texts), offsets, texts)


def _numbers(told: Buffer, form: str, kind: str) -> pa.Array:
    values = _native(told, form)
    return _array(rests_as(kind), len(values), values)


def _since_1970(told: Buffer, form: str, kind: str, *, epoch: int, last: int) -> pa.Array:
    """Instants or days. Infinity, which is the greatest number for PostgreSQL, too, stays it; the least becomes its negative."""
    values = _native(told, form)
    shifted = np.minimum(values, last - epoch) + epoch
    shifted[values == np.iinfo(values.dtype).min] = -last
    return _array(rests_as(kind), len(shifted), shifted)


def _decimals(told: Buffer, digits: int, scale: int) -> pa.Array:
    """Numbers without their point, as Arrow has them: of 128 bits, the lower half first."""
    values = _native(told, ">i8")
    halves = np.stack([values, values >> 63], axis=1)
    return _array(pa.decimal128(digits, scale), len(values), halves)


def _texts(told: Buffer) -> pa.Array:
    every = np.frombuffer(told, np.uint8)
    is_text = every != 0
    ends = np.flatnonzero(~is_text)
    offsets = np.zeros(len(ends) + 2, np.int32)
    offsets[1:-1] = ends - np.arange(len(ends))
    offsets[-1] = len(every) - len(ends)
    return _array(pa.string(), len(ends) + 1, offsets, every[is_text])


def _native(told: Buffer, form: str) -> NDArray[Any]:
    values = np.frombuffer(told, form)
    return values.astype(values.dtype.newbyteorder("="))


def _array(form: pa.DataType, length: int, *buffers: NDArray[Any]) -> pa.Array:
    return pa.Array.from_buffers(form, length, [None, *map(pa.py_buffer, buffers)])


FORMS = {
    "uuid": Gathered("uuid_send({})", _uuids, UUID_BYTES),
    "smallint": Gathered("int2send({})", lambda told: _numbers(told, ">i2", "smallint"), 2),
    "integer": Gathered("int4send({})", lambda told: _numbers(told, ">i4", "integer"), 4),
    "bigint": Gathered("int8send({})", lambda told: _numbers(told, ">i8", "bigint"), 8),
    DAY: Gathered("date_send({})", lambda told: _since_1970(told, ">i4", DAY, epoch=DAYS, last=LAST_DAY), 4),
    INSTANT: Gathered(
        "timestamptz_send({})",
        lambda told: _since_1970(told, ">i8", INSTANT, epoch=MICROSECONDS, last=LAST_INSTANT),
        8,
    ),
}
