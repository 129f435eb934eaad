"""`archive.duckdb`: it moves with its folder, is of the present generation, and has numbers where the warehouse has some.

Belongs here: what an analyst finds in it. Not here: the files beneath (`test_archive.py`).
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction.archive import manifest, views
from orchestration.extraction.archive.write import write

pytestmark = pytest.mark.usefixtures("every_server")


@contextmanager
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The views, as an analyst has them."""
    with duckdb.connect(config={"file_search_path": str(folder)}) as laptop:
        laptop.execute(f"attach '{folder / manifest.VIEWS}' as archive (read_only)")
        yield laptop


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


def test_they_are_what_was_landed_and_what_is_read(filled: Databases, folder: Path) -> None:
    """Steps on the way to a mart are neither."""
    write(filled.warehouse, folder)
    views.make(folder)
    with opened(folder) as laptop:
        names = {
            name for (name,) in laptop.execute("select view_name from duckdb_views() where not internal").fetchall()
        }
    assert {"messages", "conversation_analytics", "daily_metrics", "duration_histogram"} <= names
    assert not [name for name in names if name.startswith(("int_", "stg_"))]


def test_the_views_are_of_the_present_generation(filled: Databases, folder: Path) -> None:
    """Whoever wrote it: the files that they read are swept away."""
    write(filled.warehouse, folder)
    views.make(folder)
    with psycopg.connect(filled.warehouse) as warehouse:
        warehouse.execute("update raw.messages set ordinal = ordinal + 1")
    write(filled.warehouse, folder)
    with opened(folder) as archive:
        assert archive.execute("select count(*) > 0 from archive.raw.messages").fetchone() == (True,)


def test_numbers_without_a_scale_are_numbers_in_the_views(filled: Databases, folder: Path) -> None:
    written = write(filled.warehouse, folder)
    views.make(folder)
    asked = "select round(avg({}), 9)::float8 from {}raw.conversations"
    with psycopg.connect(filled.warehouse) as warehouse, opened(folder) as archive:
        for column in ("satisfaction_score", "ai_confidence"):
            expected = warehouse.execute(asked.format(column, "").encode()).fetchone()
            assert archive.execute(asked.format(column, "archive.")).fetchone() == expected
    assert "satisfaction_score" in written.manifest.numbers["raw.conversations"]
