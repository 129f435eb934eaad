"""The archive: whole or not at all, only touched months, and enough to make the marts again.

Belongs here: writing, verifying, opening and restoring, between real databases. Not here: the command's words (`test_cli.py`),
and what only some warehouses have (`test_odd_contents.py`).
"""

import os
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases, connect, prepare
from orchestration.errors import WarehouseError
from orchestration.extraction.archive import locking, manifest, touched_months, views
from orchestration.extraction.archive.restore import restore
from orchestration.extraction.archive.write import write
from orchestration.refresh import refresh
from orchestration.transformation import plan
from orchestration.transformation.transform import Transformer
from tests.orchestration.conftest import KEY
from tests.orchestration.extraction.archive.conftest import everything, rejected, rows_by_relation

pytestmark = pytest.mark.usefixtures("every_server")


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
    noted = rejected(filled.warehouse)
    assert rejected(other.warehouse) == noted != set(), "made anew, by the comparison with the source"


def test_another_folder_or_an_older_one_is_written_whole(filled: Databases, folder: Path, tmp_path: Path) -> None:
    first = write(filled.warehouse, folder)
    second = write(filled.warehouse, tmp_path / "elsewhere")
    assert second.files == first.files
    third = write(filled.warehouse, folder)
    assert third.files == first.files


def test_what_is_no_relation_any_more_leaves_the_archive(filled: Databases, folder: Path) -> None:
    with psycopg.connect(filled.warehouse, autocommit=True) as warehouse:
        warehouse.execute("create table marts.of_last_year as select tenant_id from raw.conversations")
        assert "marts.of_last_year" in rows_by_relation(write(filled.warehouse, folder))
        warehouse.execute("drop table marts.of_last_year")
    now = write(filled.warehouse, folder).manifest
    assert "marts.of_last_year" not in {entry.parts[1] for entry in now.entries.values()}
    assert list(manifest.faults(folder, now)) == []
    assert not list(folder.glob("*/marts.of_last_year/*"))


def test_all_of_it_is_of_one_instant(filled: Databases, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: len(rows) for name, rows in everything(filled.warehouse).items() if rows}
    read = touched_months.read

    def read_before_a_change(warehouse: psycopg.Connection) -> touched_months.Touched:
        touched = read(warehouse)
        with psycopg.connect(filled.warehouse) as other:
            other.execute("delete from raw.messages")
        return touched

    monkeypatch.setattr(touched_months, "read", read_before_a_change)
    assert rows_by_relation(write(filled.warehouse, folder)) == before


def test_nobody_empties_a_table_between_the_snapshot_and_the_reading(
    filled: Databases, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Emptied and filled again it has no rows for the snapshot, and the archive had none of them."""
    before = {name: len(rows) for name, rows in everything(filled.warehouse).items() if rows}
    read, refused = touched_months.read, list[str]()

    def read_beside_a_truncation(warehouse: psycopg.Connection) -> touched_months.Touched:
        touched = read(warehouse)
        for name in before:
            try:
                with psycopg.connect(filled.warehouse, options="-c lock_timeout=50") as other:
                    other.execute(f"create temporary table kept as table {name}".encode())
                    other.execute(f"truncate {name}".encode())
                    other.execute(f"insert into {name} table kept".encode())
            except psycopg.errors.LockNotAvailable:
                refused.append(name)
        return touched

    monkeypatch.setattr(touched_months, "read", read_beside_a_truncation)
    assert rows_by_relation(write(filled.warehouse, folder)) == before
    assert refused == list(before)


def test_files_are_on_disk_before_they_are_the_present_ones(
    filled: Databases, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk = list[Path]()
    monkeypatch.setattr(os, "fsync", lambda number: on_disk.append(Path(f"/proc/self/fd/{number}").readlink()))
    now = write(filled.warehouse, folder).manifest
    (*before, manifest_itself, home) = on_disk
    assert (manifest_itself.parent, home) == (folder, folder)
    files = {folder / path for path in (*now.entries, *now.tenants)}
    written = {path for path in before if not path.name.startswith(".")}
    assert files - written == {folder / path for path in now.tenants}, "those are renamed when they are on disk"
    assert {file.parent for file in files} | {folder} <= written


def test_a_month_stays_noted_until_a_generation_has_it(
    filled: Databases, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise WarehouseError("no room")

    write(filled.warehouse, folder)
    with psycopg.connect(filled.warehouse) as warehouse:
        warehouse.execute("delete from raw.messages where sender_type = 'customer'")
    with monkeypatch.context() as patched, pytest.raises(WarehouseError, match="no room"):
        patched.setattr(manifest, "replace", fail)
        write(filled.warehouse, folder)
    now = rows_by_relation(write(filled.warehouse, folder))
    assert now["raw.messages"] == len(everything(filled.warehouse)["raw.messages"])


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
    (folder / manifest.ASIDE).mkdir()
    for name in (f".{uuid.uuid4().hex}", f"{manifest.ASIDE}/x", f"{uuid.uuid4()}/manifest-{'0' * 16}.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    assert len(list(manifest.faults(folder, now))) == 3, "what is left of a write that was broken off is no fault"
    assert len(manifest.leftovers(folder, now)) == 3
    (folder / next(iter(now.tenants))).write_text("[]")
    with pytest.raises(WarehouseError, match="is not what"):
        manifest.read(folder)


def test_nobody_else_reads_it(filled: Databases, folder: Path) -> None:
    write(filled.warehouse, folder)
    views.make(folder)
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_nobody_reads_while_it_is_written(filled: Databases, folder: Path) -> None:
    """A file that is looked at cannot be swept away; verify would call it missing."""
    write(filled.warehouse, folder)

    def read(step: str) -> None:
        with pytest.raises(WarehouseError, match="another process is at work"), locking.reading(folder):
            pass

    write(filled.warehouse, folder, on_step=read)
    with (
        locking.reading(folder),
        locking.reading(folder),
        pytest.raises(WarehouseError, match="another process is at work"),
    ):
        write(filled.warehouse, folder)


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
        assert list(manifest.faults(folder, found)) == []
        assert bool(manifest.leftovers(folder, found)) == (step != "begun")
        with pytest.raises(WarehouseError, match="the warehouse has data"):
            restore(filled.warehouse, folder)
        last = write(filled.warehouse, folder)
        assert last.files < len(last.manifest.entries), "the same months once more, and no others"
        assert rows_by_relation(last) == {
            name: len(rows) for name, rows in everything(filled.warehouse).items() if rows
        }
        assert list(manifest.faults(folder, last.manifest)) == []
        assert manifest.leftovers(folder, last.manifest) == set()
        before = last.manifest
