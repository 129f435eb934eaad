"""The archive: whole or not at all, only touched months, and enough to make the marts again.

Belongs here: writing, verifying, opening and restoring, between real databases. Not here: the command's words (`test_cli.py`).
"""

import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from operational_schema import seeding
from orchestration.databases import Databases, connect, prepare
from orchestration.errors import WarehouseError
from orchestration.extraction.archive import manifest, views
from orchestration.extraction.archive.relations import Relation, relations
from orchestration.extraction.archive.restore import restore
from orchestration.extraction.archive.write import Written, write
from orchestration.refresh import refresh
from orchestration.transformation import plan
from orchestration.transformation.transform import Transformer
from tests.orchestration.conftest import KEY

pytestmark = pytest.mark.usefixtures("every_server")
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


def test_the_marts_are_the_same_from_the_archive_alone(
    filled: Databases, folder: Path, new_database: Callable[..., str]
) -> None:
    written = write(filled.warehouse, folder)
    before = everything(filled.warehouse)
    assert rows_by_relation(written) == {name: len(rows) for name, rows in before.items() if rows}
    other = Databases(filled.operational, new_database())
    prepare(other)
    restore(other.warehouse, folder)
    with closing(connect(other.warehouse)) as warehouse:
        Transformer(warehouse, plan.load()).transform()
    after = everything(other.warehouse)
    assert after == before
    with pytest.raises(WarehouseError, match="restore into an empty one"):
        restore(other.warehouse, folder)
    refresh(other, pseudonym_key=KEY)
    assert everything(other.warehouse) == before


def test_what_is_not_touched_is_neither_read_nor_written(filled: Databases, folder: Path) -> None:
    first = write(filled.warehouse, folder)
    again = write(filled.warehouse, folder)
    assert (again.files, again.manifest.entries) == (0, first.manifest.entries)
    with psycopg.connect(filled.operational) as source:
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "select tenant_id, id, 'customer', 'more' from public.conversations limit 1"
        )
    refresh(filled, pseudonym_key=KEY)
    third = write(filled.warehouse, folder)
    messages = [
        path for path in third.manifest.entries.keys() - first.manifest.entries.keys() if "/raw.messages/" in path
    ]
    assert len(messages) == 1
    assert rows_by_relation(third) == {name: len(rows) for name, rows in everything(filled.warehouse).items() if rows}
    assert list(manifest.faults(folder, third.manifest)) == []


def test_what_left_the_warehouse_leaves_the_archive(filled: Databases, folder: Path) -> None:
    write(filled.warehouse, folder)
    with psycopg.connect(filled.warehouse) as warehouse:
        warehouse.execute("set session_replication_role = replica")
        warehouse.execute("delete from raw.messages where tenant_id = (select id from raw.tenants order by id limit 1)")
        warehouse.execute("truncate raw.conversation_notes")
    now = rows_by_relation(write(filled.warehouse, folder))
    assert now["raw.messages"] == len(everything(filled.warehouse)["raw.messages"])
    assert "raw.conversation_notes" not in now


def test_another_folder_or_an_older_one_is_written_whole(filled: Databases, folder: Path, tmp_path: Path) -> None:
    first = write(filled.warehouse, folder)
    second = write(filled.warehouse, tmp_path / "elsewhere")
    assert second.files == first.files
    third = write(filled.warehouse, folder)
    assert third.files == first.files


def test_verify_names_every_file_that_is_not_as_it_was(filled: Databases, folder: Path) -> None:
    now = write(filled.warehouse, folder).manifest
    gone, changed = sorted(now.entries)[:2]
    (folder / gone).unlink()
    (folder / changed).write_bytes(b"something else")
    (folder / "planted.parquet").write_bytes(b"")
    assert [line.split(",")[0] for line in manifest.faults(folder, now)] == [
        f"missing: {gone}", f"changed: {changed}", "extra: planted.parquet",
    ]  # fmt: skip
    with pytest.raises(WarehouseError, match="not whole"):
        restore(filled.warehouse, folder)
    next(folder.glob("*/manifest-*.json")).write_text("[]")
    with pytest.raises(WarehouseError, match="is not what"):
        manifest.read(folder)


def test_nobody_else_reads_it(filled: Databases, folder: Path) -> None:
    write(filled.warehouse, folder)
    views.make(folder)
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_views_move_with_their_folder(filled: Databases, folder: Path, tmp_path: Path) -> None:
    write(filled.warehouse, folder)
    views.make(folder)
    moved = folder.rename(tmp_path / "a laptop's folder")
    asked = (
        "import duckdb; print(duckdb.connect('archive.duckdb', read_only=True)"
        ".execute('select count(*) from raw.messages join marts.daily_metrics using (tenant_id)').fetchone()[0])"
    )
    counted = subprocess.run([sys.executable, "-c", asked], cwd=moved, capture_output=True, text=True, check=True)
    with psycopg.connect(filled.warehouse) as warehouse:
        expected = warehouse.execute(
            "select count(*) from raw.messages inner join marts.daily_metrics using (tenant_id)"
        ).fetchone()
    assert expected == (int(counted.stdout),)


def test_killed_anywhere_a_generation_is_whole(filled: Databases, folder: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from orchestration.extraction.archive.write import write\n"
        "write(sys.argv[1], Path(sys.argv[2]), "
        "on_step=lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == sys.argv[3] else None)"
    )
    before = write(filled.warehouse, folder).manifest
    for step in ("begun", "raw.messages", "replaced", "noted"):
        with psycopg.connect(filled.warehouse) as warehouse:
            warehouse.execute("update raw.messages set ordinal = ordinal + 1 where sender_type = 'customer'")
        done = subprocess.run([sys.executable, "-c", program, filled.warehouse, str(folder), step], check=False)
        assert done.returncode == -9
        found = manifest.read(folder)
        assert found is not None
        assert (found.generation == before.generation) == (step not in ("replaced", "noted"))
        assert not [line for line in manifest.faults(folder, found) if not line.startswith("extra")]
        last = write(filled.warehouse, folder)
        assert rows_by_relation(last) == {
            name: len(rows) for name, rows in everything(filled.warehouse).items() if rows
        }
        assert list(manifest.faults(folder, last.manifest)) == []
        before = last.manifest
