"""What a database has applied: the table app.migration.

Belongs here: reading and writing that table, and comparing it with the files. Not here: applying files (`migrate.py`).
"""

from dataclasses import dataclass

import psycopg

from operational_schema.errors import SchemaError
from operational_schema.migration_files import SqlFile

Connection = psycopg.Connection


@dataclass(frozen=True)
class Status:
    """A migration and its state in one database: applied, pending, changed (on disk since), or missing (on disk)."""

    version: str
    name: str
    state: str


def create(connection: Connection) -> None:
    """Make the table, if it is not there."""
    connection.execute("create schema if not exists app")
    connection.execute(
        """
        create table if not exists app.migration (
            version text not null,
            name text not null,
            checksum text not null,
            applied_at timestamptz not null default now(),
            constraint migration_pkey primary key (version)
        )
        """
    )
    connection.execute("comment on table app.migration is 'Which migration and function files this database has.'")


def exists(connection: Connection) -> bool:
    """Whether the database has ever been migrated."""
    row = connection.execute("select to_regclass('app.migration') is not null").fetchone()
    return bool(row and row[0])


def applied(connection: Connection) -> dict[str, tuple[str, str]]:
    """Version to (name, checksum) of everything applied."""
    rows = connection.execute("select version, name, checksum from app.migration order by version").fetchall()
    return {version: (name, checksum) for version, name, checksum in rows}


def note(connection: Connection, file: SqlFile) -> None:
    """Note a file as applied, in the transaction that applies it."""
    connection.execute(
        "insert into app.migration (version, name, checksum) values (%s, %s, %s) "
        "on conflict (version) do update set checksum = excluded.checksum, applied_at = now()",
        (file.version, file.name, file.checksum),
    )


def forget(connection: Connection, file: SqlFile) -> None:
    """Note a file as taken back, in the transaction that does it."""
    connection.execute("delete from app.migration where version = %s", (file.version,))


def forget_functions(connection: Connection) -> None:
    """Have every function file applied again by the next run."""
    connection.execute("delete from app.migration where version like 'functions/%'")


def compare(files: list[SqlFile], known: dict[str, tuple[str, str]]) -> list[Status]:
    """The state of every versioned file, on disk or in the history, in order."""
    on_disk = {file.version: file for file in files}
    versions = sorted(on_disk.keys() | {version for version in known if not version.startswith("functions/")})
    return [_status(version, on_disk.get(version), known.get(version)) for version in versions]


def refuse_divergence(statuses: list[Status], *, out_of_order: bool) -> None:
    """Raise SchemaError where history and files tell different stories; nothing has been done by then."""
    for wrong, advice in (
        ("changed", "restore it, and put the change into a new migration"),
        ("missing", "restore it, or use the version of romashka that has it"),
    ):
        if named := [status.name for status in statuses if status.state == wrong]:
            raise SchemaError(f"{', '.join(named)} {wrong} since it was applied: {advice}")
    newest = max((status.version for status in statuses if status.state == "applied"), default="")
    late = [status.name for status in statuses if status.state == "pending" and status.version < newest]
    if late and not out_of_order:
        raise SchemaError(f"{', '.join(late)} comes before {newest}, which is applied: give it a later number")


def _status(version: str, file: SqlFile | None, noted: tuple[str, str] | None) -> Status:
    if file is None:
        return Status(version, noted[0] if noted else version, "missing")
    if noted is None:
        return Status(version, file.name, "pending")
    return Status(version, file.name, "applied" if noted[1] == file.checksum else "changed")
