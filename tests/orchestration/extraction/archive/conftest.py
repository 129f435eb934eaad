"""A warehouse with rows to archive, a folder to put them in, and what both should hold; a table to divide."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from operational_schema import seeding
from orchestration.databases import Databases
from orchestration.extraction.archive.relations import Relation, relations
from orchestration.extraction.archive.write import Written
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY

COLUMNS = {"tenant_id": "uuid", "row_number": "integer", "created_at": "timestamp with time zone", "filler": "text"}
DATED = Relation("public", "divided", tuple(COLUMNS.items()))
UNDATED = Relation("public", "divided", tuple((name, kind) for name, kind in COLUMNS.items() if name != "created_at"))
TENANTS = [UUID(int=2**128 // 7 * number) for number in range(7)]
# A page has four of them.
FILLER = "x" * 1900
# Each refresh counts these anew.
OF_THE_RUN = {"raw": (), "marts": (), "facts": (), "ops": ("deleted_as_of",)}


@pytest.fixture
def filled(databases: Databases) -> Databases:
    """Databases with the demonstration rows, in the marts; some are retention's, some read as infinity."""
    seeding.seed(databases.operational)
    refresh(databases, pseudonym_key=KEY)
    with psycopg.connect(databases.operational) as source:
        source.execute("delete from public.legal_holds")
        source.execute("set etl.reason = 'retention'")
        source.execute("delete from public.conversations where status = 'closed'")
        source.execute(
            "update public.messages set created_at = '20000-01-01' where id = (select id from public.messages limit 1)"
        )
    refresh(databases, pseudonym_key=KEY)
    return databases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    return new_database()


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True, options="-c timezone=Asia/Kolkata") as opened:
        said = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        opened.execute(f"create table public.divided ({said})")
        opened.execute("alter table public.divided alter filler set storage plain")
        yield opened


def fill(connection: psycopg.Connection, rows: list[tuple[UUID | None, str | None]]) -> None:
    connection.execute("truncate public.divided")
    with connection.cursor().copy("copy public.divided from stdin") as copy:
        for number, (tenant, instant) in enumerate(rows):
            copy.write_row((tenant, number, instant, FILLER))


def everything(url: str) -> dict[str, set[tuple[object, ...]]]:
    """All rows that are archived, by relation."""
    with psycopg.connect(url) as warehouse:
        return {each.name: _rows(warehouse, each) for each in relations(warehouse)}


def _rows(warehouse: psycopg.Connection, relation: Relation) -> set[tuple[object, ...]]:
    names = [name for name, _ in relation.columns if name not in OF_THE_RUN[relation.schema]]
    read = sql.SQL("select {} from {}").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names), relation.identifier
    )
    return set(warehouse.execute(read).fetchall())


def rows_by_relation(written: Written) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in written.manifest.entries.values():
        found[entry.parts[1]] = found.get(entry.parts[1], 0) + entry.rows
    return found


def rejected(url: str) -> set[tuple[object, ...]]:
    """What was not taken as it is."""
    with psycopg.connect(url) as warehouse:
        return set(warehouse.execute("select table_name, id, column_name, tenant_id, reason from ops.rejected_rows"))
