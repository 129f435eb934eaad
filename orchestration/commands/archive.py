"""`romashka archive …`: Parquet by tenant and month.

Belongs here: the subcommands and what they print. Not here: what they do (`extraction/archive/`).
"""

from pathlib import Path
from typing import Annotated

import typer

from orchestration import console, settings
from orchestration.errors import WarehouseError

app = typer.Typer(help="Landed facts and marts as Parquet, by tenant and month.")
Folder = Annotated[Path | None, typer.Option("--in", help="the archive's folder; ROMASHKA_HOME/archive if not given")]


@app.callback()
def archive_group() -> None:
    """Landed facts and marts as Parquet, by tenant and month."""


@app.command()
def write(folder: Folder = None) -> None:
    """Write the months that were touched since the last time; all others stay as they are."""
    from orchestration.databases import ready, require_prepared
    from orchestration.extraction.archive import write as writing

    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    place = folder or now.archive
    with console.progress("archiving") as advance:
        done = writing.write(databases.warehouse, place, on_step=lambda step: advance(what=step))
    if done.notice:
        console.say(done.notice)
    console.say(
        f"{done.files} files written, {done.rows:,} rows, {done.bytes:,} bytes; the archive in {place} has "
        f"{len(done.manifest.entries)} files, {done.manifest.rows:,} rows; data as of {done.manifest.data_as_of.isoformat()}"
    )


@app.command()
def verify(folder: Folder = None) -> None:
    """Hold every file against its digest; exit code 1 if one is missing, changed, or of nobody's making."""
    from orchestration.extraction.archive import locking, manifest

    place = folder or settings.load().archive
    with locking.reading(place):
        present = manifest.read(place)
        if present is None:
            raise WarehouseError(f"there is no archive in {place}: run romashka archive write")
        faults = list(manifest.faults(place, present))
        left = manifest.leftovers(place, present)
    for line in faults:
        console.say(line)
    if faults:
        raise WarehouseError(f"the archive in {place} is not what its manifest says: restore it from its copy")
    if left:
        console.say(
            f"{len(left)} files of a write that was broken off: the next romashka archive write takes them away"
        )
    console.say(f"{len(present.entries)} files, {present.rows:,} rows, all as the manifest says")


@app.command("open")
def open_archive(folder: Folder = None) -> None:
    """Make archive.duckdb, a view for each table over the files; DuckDB opens it in the archive's folder."""
    from orchestration.extraction.archive import views

    file = views.make(folder or settings.load().archive)
    console.say(f"made {file}: cd {file.parent} && duckdb {file.name}")


@app.command()
def restore(folder: Folder = None) -> None:
    """Fill an empty warehouse from the archive alone, and build the marts."""
    from contextlib import closing

    from orchestration.databases import connect, one_refresh_at_a_time, prepare, ready
    from orchestration.extraction.archive import restore as restoring
    from orchestration.transformation import plan
    from orchestration.transformation.transform import Transformer

    now = settings.load()
    databases = ready(now)
    prepare(databases)
    with one_refresh_at_a_time(databases.warehouse), console.progress("restoring"):
        rows = restoring.restore(databases.warehouse, folder or now.archive)
        with closing(connect(databases.warehouse)) as warehouse:
            done = Transformer(warehouse, plan.load()).transform()
    console.table("Restored", ("relation", "rows"), sorted(rows.items()))
    console.say(f"the marts have {done.publication.rows:,} rows; data as of {done.publication.data_as_of.isoformat()}")
