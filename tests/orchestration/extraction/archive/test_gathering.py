"""Gathered columns are, value for value, what the table has: every type, with nulls anywhere, on each server.

Belongs here: `gathering.py` and `columns.py` next to a real table. Not here: which rows are asked for (`test_spans.py`).
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from orchestration.extraction.archive.columns import UUIDS_AT_ONCE
from orchestration.extraction.archive.gathering import Gathering
from orchestration.extraction.archive.relations import LAST_DAY, LAST_INSTANT, Relation

pytestmark = pytest.mark.usefixtures("every_server")

TENANTS = [UUID(int=1), UUID(int=2**128 - 1)]
INSTANTS, DAYS = datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1)
INFINITIES = ["infinity", "-infinity"]


def _decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    whole = st.integers(-(10**digits) + 1, 10**digits - 1)
    return whole.map(lambda number: Decimal(f"{number}E-{scale}"))


KINDS: dict[str, st.SearchStrategy[Any]] = {
    "uuid": st.uuids(),
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "text": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    "date": st.dates() | st.sampled_from(INFINITIES),
    "timestamp with time zone": st.datetimes(timezones=st.just(UTC)) | st.sampled_from(INFINITIES),
    "numeric(18,3)": _decimals(18, 3),
    "numeric(7,6)": _decimals(7, 6),
    "numeric(30,10)": _decimals(30, 10),
    "numeric": _decimals(40, 20),
    "double precision": st.floats(allow_nan=False),
    "jsonb": st.just('{"a": null}'),
}
COLUMNS = {f"c{number}": kind for number, kind in enumerate(KINDS)}
ROWS = st.lists(
    st.tuples(st.sampled_from(TENANTS), *(st.none() | values for values in KINDS.values())), min_size=1, max_size=20
)


@pytest.fixture
def connection(new_database: Callable[..., str]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(new_database(), autocommit=True) as opened:
        yield opened


def made(connection: psycopg.Connection, columns: dict[str, str]) -> Relation:
    """A table with tenants, a number for each row, and these columns."""
    columns = {"tenant_id": "uuid", "row_number": "integer"} | columns
    said = sql.SQL(", ").join(sql.SQL(f"{{}} {kind}").format(sql.Identifier(name)) for name, kind in columns.items())
    connection.execute(sql.SQL("create table public.gathered ({})").format(said))
    return Relation("public", "gathered", tuple(columns.items()))


def gather(connection: psycopg.Connection, gathering: Gathering) -> dict[int, dict[str, Any]]:
    """All rows by their number; what is a number in files stays one."""
    rows = {}
    for (tenant, month), table in gathering.groups(connection, sql.SQL("true"), sql.SQL("null::date")):
        table.validate(full=True)
        assert table.schema == gathering.relation.arrow
        assert month is None
        assert set(table["tenant_id"].to_pylist()) == {str(tenant)}
        rows |= {row["row_number"]: row for row in table.cast(_numbers(table.schema)).to_pylist()}
    return rows


def _numbers(schema: pa.Schema) -> pa.Schema:
    plain = {"timestamp[us, tz=UTC]": pa.int64(), "date32[day]": pa.int32()}
    return pa.schema([(field.name, plain.get(str(field.type), field.type)) for field in schema])


def _expected(kind: str, value: Any) -> Any:
    last = {"date": LAST_DAY, "timestamp with time zone": LAST_INSTANT}.get(kind, 0)
    if value in INFINITIES and last:
        return last if value == "infinity" else -last
    if isinstance(value, datetime):
        return (value - INSTANTS) // timedelta(microseconds=1)
    if isinstance(value, date):
        return (value - DAYS).days
    return str(value) if isinstance(value, UUID) else value


def _read(kind: str, value: Any) -> Any:
    """What is text in files, as the value it is of."""
    readers = {"numeric": Decimal, "double precision": float}
    return readers[kind](value) if kind in readers and value is not None else value


@settings(
    max_examples=60, print_blob=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip
@given(rows=ROWS)
def test_every_value_is_what_the_table_has(connection: psycopg.Connection, rows: list[tuple[Any, ...]]) -> None:
    connection.execute("drop table if exists public.gathered")
    relation = made(connection, COLUMNS)
    with connection.cursor().copy("copy public.gathered from stdin") as copy:
        for number, (tenant, *values) in enumerate(rows):
            copy.write_row((tenant, number, *values))
    expected = [
        {name: _expected(kind, value) for (name, kind), value in zip(COLUMNS.items(), values, strict=True)}
        for _, *values in rows
    ]
    known = frozenset(COLUMNS)
    for gathering in (Gathering(relation), Gathering(relation, known)):
        found = gather(connection, gathering)
        assert [
            {name: _read(kind, found[number][name]) for name, kind in COLUMNS.items()} for number in range(len(rows))
        ] == expected


def test_nulls_that_nobody_foresaw_are_asked_for_once(connection: psycopg.Connection) -> None:
    gathering = Gathering(made(connection, {"word": "text", "count": "bigint", "never": "bigint", "later": "text"}))
    asked = []
    connection.execute(
        "insert into gathered select %s, n, 'a', n, null, 'b' from generate_series(1, 3) as n", TENANTS[:1]
    )

    class Listening(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **named: Any) -> Any:
            asked.append(query)
            return super().execute(query, *given, **named)

    connection.cursor_factory = Listening
    assert [row["count"] for _, row in sorted(gather(connection, gathering).items())] == [1, 2, 3]
    assert len(asked) == 1, "a column without a value tells by that where its nulls are"
    connection.cursor_factory = psycopg.Cursor
    connection.execute("insert into gathered values (%s, 4, null, 4, null, 'b'), (%s, 5, '', null, null, 'b')", TENANTS)
    connection.cursor_factory = Listening
    for times in (3, 4):
        found = gather(connection, gathering)
        assert [(found[n]["word"], found[n]["count"]) for n in (1, 4, 5)] == [("a", 1), (None, 4), ("", None)]
        assert len(asked) == times, "the second time it is known"
    connection.execute("update gathered set later = null where row_number = 1")
    assert [row["later"] for _, row in sorted(gather(connection, gathering).items())] == [None, *"bbbb"]
    assert [gather(connection, gathering)[n]["word"] for n in (1, 4, 5)] == ["a", None, ""], "what was known stays so"


def test_more_uuids_than_are_made_at_once(connection: psycopg.Connection) -> None:
    gathering = Gathering(made(connection, {"id": "uuid"}))
    connection.execute(
        "insert into gathered select %s, n, case when n %% 5 > 0 then md5(n::text)::uuid end from generate_series(1, %s) as n",
        (TENANTS[0], 3 * UUIDS_AT_ONCE),
    )
    expected = dict(connection.execute("select row_number, id::text from gathered").fetchall())
    assert {number: row["id"] for number, row in gather(connection, gathering).items()} == expected


def test_bits_of_more_columns_than_a_number_has(connection: psycopg.Connection) -> None:
    columns = {f"flag_{n}": "boolean" for n in range(40)} | {f"count_{n}": "integer" for n in range(60)}
    gathering = Gathering(made(connection, columns))
    values = {n: [n % 2 == 0, None, *([True] * 38), *(None if (n + m) % 3 else m for m in range(60))] for n in range(6)}
    with connection.cursor().copy("copy public.gathered from stdin") as copy:
        for number, row in values.items():
            copy.write_row((TENANTS[number % 2], number, *row))
    found = gather(connection, gathering)
    assert {number: [row[name] for name in columns] for number, row in found.items()} == values


def test_months_are_groups_of_their_own(connection: psycopg.Connection) -> None:
    relation = made(connection, {"created_at": "timestamp with time zone"})
    connection.execute(
        "insert into gathered values (%(a)s, 1, '2026-01-31 23:59:59.999999Z'), (%(a)s, 2, '2026-02-01Z'), "
        "(%(b)s, 3, '2026-02-01Z'), (%(b)s, 4, 'infinity'), (%(b)s, 5, null)",
        {"a": TENANTS[0], "b": TENANTS[1]},
    )
    groups = Gathering(relation).groups(connection, sql.SQL("row_number > 1"), sql.SQL(relation.month))
    assert {bucket: table["row_number"].to_pylist() for bucket, table in groups} == {
        (TENANTS[0], date(2026, 2, 1)): [2],
        (TENANTS[1], date(2026, 2, 1)): [3],
        (TENANTS[1], None): [4, 5],
    }
