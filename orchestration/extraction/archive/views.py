"""`archive.duckdb`: a view of each relation over the files of a generation, for an analyst's laptop.

Belongs here: that file. Not here: reading the archive back (`restore.py`). Paths in it are relative: it is opened in the
archive's folder, wherever that was moved to.
"""

import uuid
from pathlib import Path

import duckdb

from orchestration.errors import WarehouseError
from orchestration.extraction.archive import locking, manifest
from orchestration.extraction.archive.manifest import Manifest


def make(folder: Path) -> Path:
    """Write the file anew over the present generation."""
    with locking.reading(folder):
        present = manifest.read(folder)
        if present is None:
            raise WarehouseError(f"there is no archive in {folder}: run romashka archive write")
        return replace(folder, present)


def replace(folder: Path, present: Manifest) -> Path:
    """Write the file aside, and put it in the place of the one before."""
    by_relation: dict[str, list[str]] = {}
    for path, entry in sorted(present.entries.items()):
        by_relation.setdefault(entry.parts[1], []).append(path)
    aside = folder / f".{uuid.uuid4().hex}"
    # Relative names are looked up from here; nothing is to be downloaded.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "file_search_path": str(folder),
        "autoinstall_known_extensions": "false",
    }
    try:
        with duckdb.connect(aside, config=settings) as views:
            for relation, paths in by_relation.items():
                schema, _, table = relation.partition(".")
                views.execute(f'create schema if not exists "{schema}"')
                views.execute(f'create view "{schema}"."{table}" as {_query(paths, present.numbers.get(relation, ()))}')
        aside.chmod(0o600)
        aside.replace(folder / manifest.VIEWS)
    finally:
        aside.unlink(missing_ok=True)
    return folder / manifest.VIEWS


def _query(paths: list[str], numbers: tuple[str, ...]) -> str:
    """All rows of the files. A number without a scale is exact in them, as text; an analyst wants to add it up."""
    # A view takes no parameters; manifest.read has held all these names against their form.
    files = ", ".join(f"'{path}'" for path in paths)
    columns = ", ".join(f'try_cast("{column}" as double) as "{column}"' for column in numbers)
    replaced = f" replace ({columns})" if columns else ""
    return f"select *{replaced} from read_parquet([{files}], union_by_name = true)"  # noqa: S608
