"""The migration runner: brings a database to the files, one transaction each, and takes them back.

Belongs here: up, down, status, baseline, and which databases are refused. Not here: files (`migration_files.py`),
their statements (`statements.py`), the lock (`session.py`), history (`history.py`), and whether the schema keeps its
promises (`verify.py`).
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg

from operational_schema import concurrent_index, history, migration_files, session, statements
from operational_schema.errors import SchemaError
from operational_schema.history import Status
from operational_schema.migration_files import FUNCTIONS, MIGRATIONS, NOTHING, SqlFile

LOCK_TIMEOUT = "2s"
PAUSE_SECONDS = 2.0
TRIES = 10


def up(url: str, *, folder: Path = MIGRATIONS, functions: Path = FUNCTIONS, out_of_order: bool = False) -> list[str]:
    """Apply what is pending; returns the names of the files applied.

    Raises SchemaError, before any change, for a database that is not ours or a history that differs from the files; and,
    with nothing of that file kept, for a file that fails.
    """
    versioned = migration_files.migrations(folder)
    repeatable = migration_files.functions(functions)
    for file in versioned + repeatable:
        _refuse_text(file)
    with session.locked(url) as connection:
        _refuse_foreign(connection)
        known = history.applied(connection)
        history.refuse_divergence(history.compare(versioned, repeatable, known), out_of_order=out_of_order)
        history.create(connection)
        before = [migration_files.shim()] if _lacks_supabase(connection) else []
        pending = [file for file in before + versioned + repeatable if history.lacking(file, known)]
        for file in pending:
            _bring(connection, file)
    return [file.name for file in pending]


def down(
    url: str, to: str, *, force: bool = False, folder: Path = MIGRATIONS, functions: Path = FUNCTIONS
) -> list[str]:
    """Take back every migration after `to`, newest first, and the functions that stand on them; returns their names.

    All in one transaction: it arrives at `to`, or nothing changes. Raises SchemaError where rows would be lost, unless
    `force`. The functions come back with the next `up`.
    """
    versioned = migration_files.migrations(folder)
    repeatable = migration_files.functions(functions)
    if to != NOTHING and to not in {file.version for file in versioned}:
        raise SchemaError(f"there is no migration {to}: romashka migrate status lists them, {NOTHING} is none")
    with session.locked(url) as connection:
        _require_ours(connection)
        known = history.applied(connection)
        history.refuse_divergence(history.compare(versioned, repeatable, known), out_of_order=True)
        later = [file for file in reversed(versioned) if file.version > to and file.version in known]
        if not later:
            return []
        doomed = [file for file in reversed(repeatable) if file.version in known] + later
        rollbacks = [(file, migration_files.rollback_of(file)) for file in doomed]
        _patiently(connection, [file.name for file in later], partial(_take_back, connection, rollbacks, force=force))
    return [file.name for file in later]


def status(url: str, *, folder: Path = MIGRATIONS, functions: Path = FUNCTIONS) -> list[Status]:
    """The state of every file in a database."""
    with psycopg.connect(url) as connection:
        known = history.applied(connection)
    return history.compare(migration_files.migrations(folder), migration_files.functions(functions), known)


def baseline(url: str, version: str, *, folder: Path = MIGRATIONS) -> None:
    """Note every migration up to a version as applied without running it: the database was made by pasting the files.

    Raises SchemaError for an unknown version, a database with a history, or one that lacks a table of those migrations.
    """
    files = [file for file in migration_files.migrations(folder) if file.version <= version]
    if not files or files[-1].version != version:
        raise SchemaError(f"there is no migration {version}: romashka migrate status lists them")
    with session.locked(url) as connection:
        if history.applied(connection):
            raise SchemaError(f"database {connection.info.dbname} has a history of migrations: run romashka migrate")
        if lacking := [table for file in files for table in missing_tables(connection, file)]:
            raise SchemaError(
                f"database {connection.info.dbname} lacks {', '.join(lacking)}: it has not all up to {version}"
            )
        history.create(connection)
        with connection.transaction():
            for file in files:
                history.note(connection, file)


def require_current(url: str, *, folder: Path = MIGRATIONS, functions: Path = FUNCTIONS) -> None:
    """Raise one clear line unless the database is ours and has every file."""
    with psycopg.connect(url) as connection:
        _require_ours(connection)
        name, known = connection.info.dbname, history.applied(connection)
    statuses = history.compare(migration_files.migrations(folder), migration_files.functions(functions), known)
    history.refuse_divergence(statuses, out_of_order=True)
    if pending := history.named(statuses, "pending"):
        raise SchemaError(f"database {name} lacks {', '.join(pending)}: run romashka migrate")


def missing_tables(connection: psycopg.Connection, file: SqlFile) -> list[str]:
    """Tables that a file makes and a database lacks."""
    rows = connection.execute(
        "select name from unnest(%s::text[]) as name where to_regclass(name) is null", (file.tables,)
    ).fetchall()
    return [name for (name,) in rows]


def _refuse_text(file: SqlFile) -> None:
    """Raise SchemaError for a file that cannot run as a whole."""
    statements.refuse_own_transactions(file)
    if file.outside_transaction:
        concurrent_index.build_of(file)


def _bring(connection: psycopg.Connection, file: SqlFile) -> None:
    if not file.outside_transaction:
        return _patiently(connection, [file.name], partial(_apply, connection, file))
    try:
        concurrent_index.apply(connection, file)
    except statements.StatementFailed as failed:
        raise SchemaError(f"{failed}; nothing was changed by {file.name}") from failed
    with connection.transaction():
        history.note(connection, file)


def _patiently(connection: psycopg.Connection, names: list[str], work: Callable[[], None]) -> None:
    """Do it in one transaction. A lock that others hold is waited for briefly, several times: a longer wait would make
    the application queue behind it."""
    for attempt in range(1, TRIES + 1):
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
                work()
            return
        except statements.StatementFailed as failed:
            if not isinstance(failed.__cause__, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
                raise SchemaError(f"{failed}; nothing was changed by {', '.join(names)}") from failed
            if attempt == TRIES:
                raise SchemaError(
                    f"{', '.join(names)}: others kept a table locked, and nothing was changed; run it again when they "
                    "are done"
                ) from failed
            time.sleep(PAUSE_SECONDS)


def _apply(connection: psycopg.Connection, file: SqlFile) -> None:
    statements.run(connection, file)
    history.note(connection, file)


def _take_back(connection: psycopg.Connection, rollbacks: list[tuple[SqlFile, SqlFile]], *, force: bool) -> None:
    connection.execute("select set_config('app.force_rollback', %s, true)", ("on" if force else "off",))
    for file, rollback in rollbacks:
        statements.run(connection, rollback)
        history.forget(connection, file)


def _lacks_supabase(connection: psycopg.Connection) -> bool:
    """Whether this is plain PostgreSQL: no role of Supabase's, and no auth schema but the shim's own."""
    row = connection.execute(
        """
        select not exists (select from pg_roles where rolname = 'supabase_admin')
            and coalesce(obj_description(to_regnamespace('auth'), 'pg_namespace') like 'ROMASHKA shim%',
                to_regnamespace('auth') is null)
        """
    ).fetchone()
    return bool(row and row[0])


def _require_ours(connection: psycopg.Connection) -> None:
    if not history.exists(connection):
        name = connection.info.dbname
        raise SchemaError(f"database {name} is not a ROMASHKA database yet: run romashka migrate")


def _refuse_foreign(connection: psycopg.Connection) -> None:
    """Tables in `public` without our history are somebody else's."""
    if history.exists(connection):
        return
    found = connection.execute(
        """
        select class.relname
        from pg_class as class
        where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p', 'v', 'm', 'f')
            and not exists (
                select from pg_depend as dependency where dependency.objid = class.oid and dependency.deptype = 'e'
            )
        order by class.relname
        limit 3
        """
    ).fetchall()
    if found:
        raise SchemaError(
            f"database {connection.info.dbname} is not a ROMASHKA database (it has {', '.join(name for (name,) in found)}, "
            "…): name an empty one; to adopt one that was made by pasting our SQL, run romashka migrate baseline VERSION"
        )
