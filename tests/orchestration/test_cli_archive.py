"""romashka archive as a person types it."""

from pathlib import Path

import duckdb
import psycopg

from tests.orchestration.test_cli import Romashka, fails
from tests.orchestration.test_cli import romashka as romashka  # a fixture is known by its name


def test_written_verified_opened_and_restored(romashka: Romashka, tmp_path: Path) -> None:
    """And each that cannot be done is one line."""
    folder = tmp_path / "archive"
    where = ("--in", str(folder))
    romashka("migrate")
    fails(romashka("archive", "verify", *where), f"there is no archive in {folder}: run romashka archive write")
    fails(romashka("archive", "write", *where), "run romashka refresh")
    romashka("seed")
    romashka("refresh")
    assert "data as of" in romashka("archive", "write", *where).stdout
    assert romashka("archive", "write", *where).stdout.startswith("0 files written")
    assert "all as the manifest says" in romashka("archive", "verify", *where).stdout
    assert "archive.duckdb" in romashka("archive", "open", *where).stdout
    url = romashka("url", "warehouse").stdout.strip()
    with psycopg.connect(url, autocommit=True) as warehouse:
        rows = warehouse.execute("select count(*) from raw.messages").fetchone()
        figures = warehouse.execute("select made::text from marts.daily_metrics as made order by 1").fetchall()
        warehouse.execute("create database second")
    with duckdb.connect(config={"file_search_path": str(folder)}) as laptop:
        laptop.execute(f"attach '{folder / 'archive.duckdb'}' as archive (read_only)")
        assert laptop.execute("select count(*) from archive.raw.messages").fetchone() == rows

    fails(romashka("archive", "restore", *where), "the warehouse has data: restore into an empty one")
    second = url.replace("/warehouse?", "/second?")
    assert "the marts have" in romashka("archive", "restore", *where, ROMASHKA_WAREHOUSE_URL=second).stdout
    with psycopg.connect(second) as restored:
        assert restored.execute("select made::text from marts.daily_metrics as made order by 1").fetchall() == figures

    next(folder.rglob("raw.messages/*.parquet")).write_bytes(b"no parquet")
    broken = romashka("archive", "verify", *where)
    assert broken.returncode == 1
    assert broken.stdout.startswith("changed: ")
    assert "is not what its manifest says" in broken.stderr
    fails(romashka("archive", "restore", *where, ROMASHKA_WAREHOUSE_URL=second), "the archive is not whole: changed")
