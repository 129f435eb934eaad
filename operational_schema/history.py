"""What a database has applied: the table app.migration.

Belongs here: reading and writing that table, and comparing it with the files. Not here: applying files (`migrate.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from operational_schema.errors import SchemaError
from operational_schema.migration_files import SqlFile

Connection = psycopg.Connection
Known = dict[str, tuple[str, str]]

TABLE = """
    create schema if not exists app;
    create table if not exists app.migration (
        version text not null,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now(),
        constraint migration_pkey primary key (version)
    );
    comment on table app.migration is 'Which files of SQL this database has, and their checksums.';
    -- No policy and no grant: nobody but the owner reads or writes it.
    alter table app.migration enable row level security;
"""


# Supabase's own program keeps its list there, by the numbers of the files; the functions' files have none.
SUPABASE = """
    create table if not exists supabase_migrations.schema_migrations (
        version text not null,
        constraint schema_migrations_pkey primary key (version)
    );
    alter table supabase_migrations.schema_migrations
        add column if not exists statements text[], add column if not exists name text;
"""


@dataclass(frozen=True)
class Status:
    """A file and its state in one database: applied, pending, changed (on disk since), or missing (on disk)."""

    version: str
    name: str
    state: str


def create(connection: Connection) -> None:
    """Make the table, if it is not there."""
    with connection.transaction():
        connection.execute(TABLE)


def exists(connection: Connection) -> bool:
    """Whether the database has ever been migrated."""
    row = connection.execute("select to_regclass('app.migration') is not null").fetchone()
    return bool(row and row[0])


def applied(connection: Connection) -> Known:
    """Version to (name, checksum) of everything applied; empty for a database that was never migrated."""
    if not exists(connection):
        return {}
    rows = connection.execute("select version, name, checksum from app.migration order by version").fetchall()
    return {version: (name, checksum) for version, name, checksum in rows}


def note(connection: Connection, file: SqlFile) -> None:
    """Note a file as applied, in the transaction that applies it."""
    connection.execute(
        "insert into app.migration (version, name, checksum) values (%s, %s, %s) "
        "on conflict (version) do update set checksum = excluded.checksum, applied_at = now()",
        (file.version, file.name, file.checksum),
    )
    if file.numbered and _has_supabase_list(connection):
        connection.execute(SUPABASE)
        connection.execute(
            "insert into supabase_migrations.schema_migrations (version, name, statements) values (%s, %s, %s) "
            "on conflict (version) do update set name = excluded.name, statements = excluded.statements",
            (file.version, file.title, [file.text]),
        )


def forget(connection: Connection, file: SqlFile) -> None:
    """Note a file as taken back, in the transaction that does it."""
    connection.execute("delete from app.migration where version = %s", (file.version,))
    if file.numbered and _has_supabase_list(connection):
        connection.execute(SUPABASE)
        connection.execute("delete from supabase_migrations.schema_migrations where version = %s", (file.version,))


def compare(migrations: list[SqlFile], functions: list[SqlFile], known: Known) -> list[Status]:
    """The state of every file, on disk or in the history: versions in order, then the repeatable files."""
    on_disk = {file.version: file for file in migrations}
    versions = sorted(on_disk.keys() | {version for version in known if version[0].isdigit()})
    states = [_version_state(version, on_disk.get(version), known.get(version)) for version in versions]
    return states + [Status(file.version, file.name, _repeatable_state(file, known)) for file in functions]


def lacking(file: SqlFile, known: Known) -> bool:
    """Whether a file has yet to be applied, or applied again."""
    return file.version not in known or known[file.version][1] != file.checksum


def named(statuses: Iterable[Status], state: str) -> list[str]:
    """Names of the files in a state."""
    return [status.name for status in statuses if status.state == state]


def refuse_divergence(statuses: list[Status], *, out_of_order: bool = False) -> None:
    """Raise SchemaError where history and files tell different stories; nothing has been done by then."""
    for wrong, advice in (
        ("changed", "restore it, and put the change into a new migration"),
        ("missing", "restore it, or use the version of romashka that has it"),
    ):
        if files := named(statuses, wrong):
            raise SchemaError(f"{', '.join(files)} {wrong} since it was applied: {advice}")
    versioned = [status for status in statuses if status.version[0].isdigit()]
    newest = max((status.version for status in versioned if status.state == "applied"), default="")
    late = [status.name for status in versioned if status.state == "pending" and status.version < newest]
    if late and not out_of_order:
        raise SchemaError(f"{', '.join(late)} comes before {newest}, which is applied: give it a later number")


def _has_supabase_list(connection: Connection) -> bool:
    row = connection.execute("select to_regnamespace('supabase_migrations') is not null").fetchone()
    return bool(row and row[0])


def _version_state(version: str, file: SqlFile | None, noted: tuple[str, str] | None) -> Status:
    if file is None:
        return Status(version, noted[0] if noted else version, "missing")
    if noted is None:
        return Status(version, file.name, "pending")
    return Status(version, file.name, "applied" if noted == (file.name, file.checksum) else "changed")


def _repeatable_state(file: SqlFile, known: Known) -> str:
    return "pending" if lacking(file, known) else "applied"
