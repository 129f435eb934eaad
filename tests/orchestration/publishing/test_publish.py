"""Publishing: readers see whole generations, only changed rows are written, and security outlives every build."""

import threading
import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.publishing.publish import publish

pytestmark = pytest.mark.usefixtures("every_server")

A, B = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def build(databases: Databases) -> Callable[..., None]:
    """Makes build.notes anew, as dbt does (drop and create), of (tenant, id, value) rows."""
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(
            "insert into ops.extract_state (source, key_fingerprint, snapshot, data_as_of) "
            "values ('test', 'test', pg_current_snapshot(), '2026-01-01T00:00:00Z')"
        )

    def make(*rows: tuple[uuid.UUID, int, int | None], extra: str = "") -> None:
        with psycopg.connect(databases.warehouse) as warehouse:
            warehouse.execute("drop table if exists build.notes")
            warehouse.execute(
                f"create table build.notes (tenant_id uuid not null, id int not null, value int {extra}, "
                "primary key (tenant_id, id))"
            )
            warehouse.execute("comment on column build.notes.value is 'what it is worth'")
            for row in rows:
                warehouse.execute("insert into build.notes (tenant_id, id, value) values (%s, %s, %s)", row)

    return make


def read(databases: Databases, statement: str = "select tenant_id, id, value from marts.notes order by 1, 2") -> list:
    with psycopg.connect(databases.warehouse) as warehouse:
        return warehouse.execute(statement).fetchall()


def test_marts_become_equal_to_the_build_and_only_changed_rows_are_written(
    databases: Databases, build: Callable[..., None]
) -> None:
    build((A, 1, 10), (A, 2, 20), (A, 3, None))
    publish(databases.warehouse)
    untouched = read(databases, "select xmin::text from marts.notes where id = 1")
    build((A, 1, 10), (A, 2, 21), (A, 4, 40))
    done = publish(databases.warehouse)
    assert read(databases) == [(A, 1, 10), (A, 2, 21), (A, 4, 40)]
    changed = done.marts["notes"]
    assert (changed.inserted, changed.updated, changed.deleted, changed.rows) == (1, 1, 1, 3)
    assert read(databases, "select xmin::text from marts.notes where id = 1") == untouched


def test_publishing_the_same_build_again_changes_no_row(databases: Databases, build: Callable[..., None]) -> None:
    build((A, 1, 10), (A, 2, None))
    publish(databases.warehouse)
    again = publish(databases.warehouse)
    assert (again.generation, again.marts["notes"].updated, again.marts["notes"].inserted) == (2, 0, 0)


def test_a_publish_that_fails_leaves_the_last_generation(databases: Databases, build: Callable[..., None]) -> None:
    build((A, 1, 10))
    publish(databases.warehouse)
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("drop table build.notes")
        warehouse.execute("create table build.notes (tenant_id uuid, id int, value text, primary key (tenant_id, id))")
    with pytest.raises(WarehouseError, match="mart notes lost or changed value"):
        publish(databases.warehouse)
    assert read(databases) == [(A, 1, 10)]
    assert read(databases, "select generation from marts.publication") == [(1,)]


def test_nothing_built_is_one_clear_line(databases: Databases) -> None:
    with pytest.raises(WarehouseError, match="run romashka refresh"):
        publish(databases.warehouse)


def test_a_new_column_is_added_under_the_readers(databases: Databases, build: Callable[..., None]) -> None:
    build((A, 1, 10))
    publish(databases.warehouse)
    build((A, 1, 10), extra=", added text default 'new'")
    publish(databases.warehouse)
    assert read(databases, "select added from marts.notes") == [("new",)]


@pytest.fixture
def reader(databases: Databases) -> str:
    """A role that reads tenant A only."""
    role = f"reader_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(f"create role {role} nologin")
        warehouse.execute(f"grant usage on schema marts to {role}")
        warehouse.execute("insert into marts.tenant_readers values (%s, %s)", (role, A))
    return role


def test_a_reader_sees_its_tenant_only_after_every_build(
    databases: Databases, build: Callable[..., None], reader: str
) -> None:
    """S14: security, grants, comments and the views of others survive each rebuild."""
    build((A, 1, 10), (B, 1, 99))
    publish(databases.warehouse)
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(f"grant select on marts.notes to {reader}")
        warehouse.execute("create view public.somebodys_view as select count(*) as notes from marts.notes")
    for value in (10, 11):
        build((A, 1, value), (B, 1, 99))
        publish(databases.warehouse)
        with psycopg.connect(databases.warehouse) as warehouse:
            warehouse.execute(f"set role {reader}")
            assert warehouse.execute("select tenant_id, id, value from marts.notes").fetchall() == [(A, 1, value)]
            assert warehouse.execute("select tenant_id from marts.tenant_readers").fetchall() == [(A,)]
    assert read(databases, "select notes from public.somebodys_view") == [(2,)]
    assert read(databases, "select col_description('marts.notes'::regclass, 3)") == [("what it is worth",)]


def test_a_role_that_nobody_named_reads_nothing(databases: Databases, build: Callable[..., None]) -> None:
    build((A, 1, 10))
    publish(databases.warehouse)
    role = f"stranger_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(f"create role {role} nologin")
        warehouse.execute(f"grant usage on schema marts to {role}")
        warehouse.execute(f"grant select on marts.notes to {role}")
        warehouse.execute(f"set role {role}")
        assert warehouse.execute("select * from marts.notes").fetchall() == []


def test_readers_never_see_a_mixed_or_failing_generation(databases: Databases, build: Callable[..., None]) -> None:
    """O4 in small: every row of a generation has its number, while readers read on and on."""
    rows = 200
    build(*((A, number, 0) for number in range(rows)))
    publish(databases.warehouse)
    stop, seen, failures = threading.Event(), [], []

    def keep_reading() -> None:
        with psycopg.connect(databases.warehouse, autocommit=True) as connection:
            while not stop.is_set():
                try:
                    row = connection.execute("select count(*), min(value), max(value) from marts.notes").fetchone()
                    seen.append(row)
                except psycopg.Error as error:
                    failures.append(error)

    readers = [threading.Thread(target=keep_reading) for _ in range(8)]
    for thread in readers:
        thread.start()
    for generation in range(1, 16):
        build(*((A, number, generation) for number in range(rows)))
        publish(databases.warehouse)
    stop.set()
    for thread in readers:
        thread.join()
    assert not failures
    assert {(count, low == high) for count, low, high in seen} == {(rows, True)}
