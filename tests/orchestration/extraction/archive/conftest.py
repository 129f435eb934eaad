"""A warehouse with rows to archive, a folder to put them in, and what both should hold."""

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from operational_schema import seeding
from orchestration.databases import Databases
from orchestration.extraction.archive.relations import Relation, relations
from orchestration.extraction.archive.write import Written
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY

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
