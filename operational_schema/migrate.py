"""The migration runner: brings a database to the files, one transaction each, and takes them back.

Belongs here: up, down, status, baseline, and the lock that keeps two runs apart. Not here: files
(`migration_files.py`), history (`history.py`), and whether the schema keeps its promises (`verify.py`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from operational_schema import history, migration_files
from operational_schema.errors import SchemaError
from operational_schema.history import Status
from operational_schema.migration_files import FUNCTIONS, MIGRATIONS, SqlFile

LOCK = 5_846_012_937
LOCK_TIMEOUT = "5s"
TRIES = 6


def up(
    url: str, *, folder: Path = MIGRATIONS, function_folder: Path = FUNCTIONS, out_of_order: bool = False
) -> list[str]:
    """Apply what is pending; returns the names of the files applied.

    Raises SchemaError, before any change, for a database that is not ours or a history that differs from the files; and,
    with nothing of that file kept, for a file that fails.
    """
    files = migration_files.migrations(folder)
    functions = migration_files.functions(function_folder)
    with _locked(url) as connection:
        _refuse_foreign(connection)
        if history.exists(connection):
            history.refuse_divergence(history.compare(files, history.applied(connection)), out_of_order=out_of_order)
        if not _is_supabase(connection):
            _apply(connection, migration_files.shim(), noted=False)
        with connection.transaction():
            history.create(connection)
        known = history.applied(connection)
        pending = [file for file in files if file.version not in known]
        pending += [file for file in functions if known.get(file.version, ("", ""))[1] != file.checksum]
        for file in pending:
            _apply(connection, file)
    return [file.name for file in pending]


def down(url: str, to: str, *, force: bool = False, folder: Path = MIGRATIONS) -> list[str]:
    """Take back every migration after `to`, newest first; returns their names.

    Raises SchemaError where rows would be lost, unless `force`.
    """
    files = {file.version: file for file in migration_files.migrations(folder)}
    with _locked(url) as connection:
        require_current(url, folder=folder)
        later = sorted(
            (version for version in history.applied(connection) if version in files and version > to), reverse=True
        )
        for version in later:
            rollback = migration_files.rollback_of(files[version])
            if not force:
                _refuse_loss(connection, files[version])
            _take_back(connection, files[version], rollback)
    return [files[version].name for version in later]


def status(url: str, *, folder: Path = MIGRATIONS) -> list[Status]:
    """The state of every migration in a database."""
    with psycopg.connect(url) as connection:
        known = history.applied(connection) if history.exists(connection) else {}
    return history.compare(migration_files.migrations(folder), known)


def baseline(url: str, version: str, *, folder: Path = MIGRATIONS) -> None:
    """Note every migration up to a version as applied without running it: the database was made by pasting the files."""
    files = [file for file in migration_files.migrations(folder) if file.version <= version]
    if not files or files[-1].version != version:
        raise SchemaError(f"there is no migration {version}: romashka migrate status lists them")
    with _locked(url) as connection, connection.transaction():
        history.create(connection)
        for file in files:
            history.note(connection, file)


def require_current(url: str, *, folder: Path = MIGRATIONS) -> None:
    """Raise one clear line unless the database is ours and has every migration."""
    with psycopg.connect(url) as connection:
        name = connection.info.dbname
        if not history.exists(connection):
            raise SchemaError(f"database {name} is not a ROMASHKA database yet: run romashka migrate")
        statuses = history.compare(migration_files.migrations(folder), history.applied(connection))
    history.refuse_divergence(statuses, out_of_order=True)
    if pending := [status.name for status in statuses if status.state == "pending"]:
        raise SchemaError(f"database {name} lacks {', '.join(pending)}: run romashka migrate")


@contextmanager
def _locked(url: str) -> Iterator[psycopg.Connection]:
    """A connection that holds the runner's lock; a second run waits here. The lock dies with its session."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        yield connection


def _apply(connection: psycopg.Connection, file: SqlFile, *, noted: bool = True) -> None:
    """Apply a file and note it, or neither. A lock that others hold is waited for briefly, several times: a queue behind
    it would stop the application."""
    for attempt in range(1, TRIES + 1):
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
                connection.execute(file.text)
                if noted:
                    history.note(connection, file)
            return
        except psycopg.errors.LockNotAvailable as error:
            if attempt == TRIES:
                raise SchemaError(f"{file.name}: a table stayed locked by others; nothing of it was applied") from error
            time.sleep(attempt)
        except psycopg.Error as error:
            raise SchemaError(_what_failed(file, error)) from error


def _what_failed(file: SqlFile, error: psycopg.Error) -> str:
    position = error.diag.statement_position
    where = f", line {file.line_of(int(position))}" if position else ""
    said = error.diag.message_primary or str(error).strip()
    return f"{file.name}{where}: {said}; nothing of it was applied"


def _take_back(connection: psycopg.Connection, file: SqlFile, rollback: SqlFile) -> None:
    try:
        with connection.transaction():
            connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
            connection.execute(rollback.text)
            history.forget(connection, file)
            history.forget_functions(connection)
    except psycopg.Error as error:
        raise SchemaError(_what_failed(rollback, error)) from error


def _refuse_loss(connection: psycopg.Connection, file: SqlFile) -> None:
    """A rollback that would drop rows has to be asked for."""
    for table in file.tables:
        found = sql.SQL("select exists (select 1 from {})").format(sql.Identifier(*table.split(".")))
        row = connection.execute(found).fetchone()
        if row and row[0]:
            raise SchemaError(f"taking back {file.name} would lose the rows of {table}: add --force if that is meant")


def _is_supabase(connection: psycopg.Connection) -> bool:
    row = connection.execute("select exists (select 1 from pg_roles where rolname = 'supabase_admin')").fetchone()
    return bool(row and row[0])


def _refuse_foreign(connection: psycopg.Connection) -> None:
    """Tables in `public` without our history are somebody else's."""
    if history.exists(connection):
        return
    found = connection.execute(
        "select tablename from pg_tables where schemaname = 'public' order by tablename limit 3"
    ).fetchall()
    if found:
        names = ", ".join(name for (name,) in found)
        raise SchemaError(
            f"database {connection.info.dbname} has tables that are not ours ({names}, …): use an empty database, or "
            "romashka migrate baseline VERSION if it was made by pasting our SQL"
        )
