"""Publishing: readers see whole generations, only changed rows are written, and security outlives every build."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.publishing import contract, views
from orchestration.publishing.contract import Column, Mart
from orchestration.publishing.publish import Publication, publish
from orchestration.publishing.readers import ensure_roles

pytestmark = pytest.mark.usefixtures("every_server")

A, B = uuid.UUID(int=1), uuid.UUID(int=2)
Row = tuple[uuid.UUID, int, int | None]
NOTES = Mart(
    name="notes",
    description="Notes of a test.",
    columns=(
        Column("tenant_id", "uuid", "Whose it is.", not_null=True),
        Column("id", "integer", "Which it is.", not_null=True),
        Column("value", "integer", "What it is worth."),
    ),
    key=("tenant_id", "id"),
)
SCOPED = replace(NOTES, scope="about", by=("id",))


@pytest.fixture
def build(databases: Databases) -> Callable[..., Publication]:
    """Builds notes aside and publishes them; `about` are the ids that the build is about, all if none are given."""
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(
            "insert into ops.extract_state (source, key_fingerprint, snapshot, data_as_of) "
            "values ('test', 'test', pg_current_snapshot(), '2026-01-01T00:00:00Z')"
        )

    def make(*rows: Row, mart: Mart = NOTES, about: tuple[int, ...] = ()) -> Publication:
        with psycopg.connect(databases.warehouse) as warehouse:
            ensure_roles(warehouse)
            contract.keep(warehouse, mart)
            if mart.is_shown:
                views.show(warehouse, views.of_mart(mart))
            columns = ", ".join(f"{column.name} {column.type}" for column in mart.columns)
            warehouse.execute(f"create temporary table {mart.name} ({columns})")
            for row in rows:
                warehouse.execute(f"insert into pg_temp.{mart.name} values (%s, %s, %s)", row)
            warehouse.execute("create temporary table about (id int)")
            warehouse.execute("insert into pg_temp.about select unnest(%s::int[])", (list(about),))
            return publish(warehouse, (mart,))

    return make


def read(databases: Databases, statement: str = "select tenant_id, id, value from marts.notes order by 1, 2") -> list:
    with psycopg.connect(databases.warehouse) as warehouse:
        return warehouse.execute(statement).fetchall()


def test_marts_become_equal_to_the_build_and_only_changed_rows_are_written(
    databases: Databases, build: Callable[..., Publication]
) -> None:
    build((A, 1, 10), (A, 2, 20), (A, 3, None))
    untouched = read(databases, "select xmin::text from marts.notes where id = 1")
    done = build((A, 1, 10), (A, 2, 21), (A, 4, 40))
    assert read(databases) == [(A, 1, 10), (A, 2, 21), (A, 4, 40)]
    changed = done.marts["notes"]
    assert (changed.inserted, changed.updated, changed.deleted, changed.rows) == (1, 1, 1, 3)
    assert read(databases, "select xmin::text from marts.notes where id = 1") == untouched


def test_what_a_build_is_not_about_stays(databases: Databases, build: Callable[..., Publication]) -> None:
    build((A, 1, 10), (A, 2, 20), (B, 2, 21), (A, 3, 30), mart=SCOPED)
    done = build((A, 2, 22), (A, 4, 40), mart=SCOPED, about=(2, 4))
    assert read(databases) == [(A, 1, 10), (A, 2, 22), (A, 3, 30), (A, 4, 40)]
    assert done.marts["notes"].rows == 4


def test_publishing_the_same_build_again_changes_no_row(
    databases: Databases, build: Callable[..., Publication]
) -> None:
    build((A, 1, 10), (A, 2, None))
    again = build((A, 1, 10), (A, 2, None))
    assert (again.generation, again.marts["notes"].changed) == (2, 0)


def test_the_log_says_what_each_generation_changed(databases: Databases, build: Callable[..., Publication]) -> None:
    build((A, 1, 10), (A, 2, 20))
    build((A, 1, 11))
    assert read(
        databases, "select generation, mart, rows_inserted, rows_updated, rows_deleted from ops.publish_log"
    ) == [
        (1, "notes", 2, 0, 0),
        (2, "notes", 0, 1, 1),
    ]


def test_the_log_has_what_changed_and_ends_after_two_weeks(
    databases: Databases, build: Callable[..., Publication]
) -> None:
    """A process that follows the source publishes every second: a row for each mart and publish would be millions a day."""
    build((A, 1, 10))
    build((A, 1, 10))
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("update ops.publish_log set published_at = published_at - interval '15 days'")
    assert len(read(databases, "select generation from ops.publish_log")) == 1
    build((A, 1, 11))
    assert read(databases, "select generation from ops.publish_log") == [(3,)]


def test_a_lost_column_is_refused_and_leaves_the_last_generation(
    databases: Databases, build: Callable[..., Publication]
) -> None:
    build((A, 1, 10))
    texts = replace(NOTES, columns=(*NOTES.columns[:2], Column("value", "text", "What it says.")))
    for broken in (texts, replace(NOTES, columns=NOTES.columns[:2])):
        with pytest.raises(WarehouseError, match="mart notes lost or changed value"):
            build(mart=broken)
    assert read(databases) == [(A, 1, 10)]
    assert read(databases, "select generation from marts.publication") == [(1,)]


@pytest.mark.parametrize("is_view", [False, True])
def test_a_new_column_is_added_under_the_readers(
    databases: Databases, build: Callable[..., Publication], is_view: bool
) -> None:
    notes = replace(NOTES, schema=contract.FACTS if is_view else contract.MARTS, is_shown=is_view)
    build((A, 1, 10), mart=notes)
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("create view public.somebodys_view as select value from marts.notes")
    added = Column("added", "text", "What is new.")
    build(mart=replace(notes, columns=(*notes.columns, added)))
    assert read(databases, "select added from marts.notes") == []
    assert read(databases, "select * from public.somebodys_view") == []
    assert read(databases, "select col_description('marts.notes'::regclass, 4)") == [("What is new.",)]


def test_what_runs_has_run_up_to_the_instant_of_the_data(
    databases: Databases, build: Callable[..., Publication]
) -> None:
    """The rows are written once; the instant of the publication moves on."""
    running = replace(
        NOTES,
        schema=contract.FACTS,
        is_shown=True,
        columns=(
            Column("id", "integer", "Which it is."),
            Column("running_status", "text", "What runs.", hidden=True),
            Column("running_since", "timestamptz", "Since when.", hidden=True),
            Column("pending_seconds", "numeric(18,3)", "How long it was pending.", runs_in="pending"),
        ),
        key=("id",),
    )
    running = replace(running, columns=(NOTES.columns[0], *running.columns))
    with psycopg.connect(databases.warehouse) as warehouse:
        ensure_roles(warehouse)
        contract.keep(warehouse, running)
        views.show(warehouse, views.of_mart(running))
        warehouse.execute(
            "insert into facts.notes values "
            "(%(a)s, 1, 'pending', '2025-12-31T23:59:58.0009Z', 1.5), (%(a)s, 2, 'active', '2025-12-31', 1.5), "
            "(%(a)s, 3, null, null, 1.5), (%(a)s, 4, 'pending', '-infinity', 1.5)",
            {"a": A},
        )
        warehouse.execute("insert into marts.publication values (true, 1, '2026-01-01T00:00:00.0001Z', now())")
    shown = "select id, pending_seconds::text from marts.notes order by id"
    assert read(databases, shown) == [(1, "3.500"), (2, "1.500"), (3, "1.500"), (4, "1.500")]


@pytest.fixture
def reader(databases: Databases) -> str:
    """A role that reads tenant A only."""
    role = f"reader_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(databases.warehouse) as warehouse:
        ensure_roles(warehouse)
        warehouse.execute(f"create role {role} nologin in role romashka_reader")
        warehouse.execute("insert into marts.tenant_readers values (%s, %s)", (role, A))
    return role


@pytest.mark.parametrize("is_view", [False, True])
def test_a_reader_sees_its_tenant_only_after_every_build(
    databases: Databases, build: Callable[..., Publication], reader: str, is_view: bool
) -> None:
    """S14: security, grants, comments and the views of others survive each rebuild."""
    notes = replace(NOTES, schema=contract.FACTS if is_view else contract.MARTS, is_shown=is_view)
    build((A, 1, 10), (B, 1, 99), mart=notes)
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute("create view public.somebodys_view as select count(*) as notes from marts.notes")
    for value in (10, 11):
        build((A, 1, value), (B, 1, 99), mart=notes)
        with psycopg.connect(databases.warehouse) as warehouse:
            warehouse.execute(f"set role {reader}")
            assert warehouse.execute("select tenant_id, id, value from marts.notes").fetchall() == [(A, 1, value)]
            assert warehouse.execute("select tenant_id from marts.tenant_readers").fetchall() == [(A,)]
    assert read(databases, "select notes from public.somebodys_view") == [(2,)]
    assert read(databases, "select col_description('marts.notes'::regclass, 3)") == [("What it is worth.",)]


def test_a_role_that_nobody_named_reads_nothing(databases: Databases, build: Callable[..., Publication]) -> None:
    build((A, 1, 10))
    role = f"stranger_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(f"create role {role} nologin")
        warehouse.execute(f"grant usage on schema marts to {role}")
        warehouse.execute(f"grant select on marts.notes to {role}")
        warehouse.execute(f"set role {role}")
        assert warehouse.execute("select * from marts.notes").fetchall() == []


def test_readers_never_see_a_mixed_generation(databases: Databases, build: Callable[..., Publication]) -> None:
    """O4 in small: every row of a generation has its number, while readers read on and on."""
    rows = 200
    build(*((A, number, 0) for number in range(rows)))
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
    stop.set()
    for thread in readers:
        thread.join()
    assert not failures
    assert {(count, low == high) for count, low, high in seen} == {(rows, True)}
