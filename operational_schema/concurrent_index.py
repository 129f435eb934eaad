"""Migrations outside a transaction: an index of a table that is in use, built without locking anybody out.

Belongs here: what such a file may say, and what to do about an index that a killed run left half-built. Not here: every
other file (`migrate.py`).
"""

import re
from dataclasses import dataclass

import psycopg
from psycopg import sql

from operational_schema import statements
from operational_schema.errors import SchemaError
from operational_schema.migration_files import SqlFile

_BUILD = re.compile(
    r"create (?:unique )?index concurrently if not exists (?P<index>[a-z_][a-z0-9_]*)\s+on (?P<schema>[a-z_]+)\.[a-z_]"
)


@dataclass(frozen=True)
class Build:
    """The index that a file builds."""

    schema: str
    index: str


def build_of(file: SqlFile) -> Build:
    """What a file without a transaction builds. Raises SchemaError for a file that says anything else, or more.

    One statement, because PostgreSQL makes one transaction of several that are pasted together; `if not exists`, because a
    run that was killed between the build and its note in the history builds again.
    """
    found = statements.statements(file.text)
    said = _BUILD.search(file.text)
    if len(found) != 1 or said is None or file.text.count("\n", 0, said.start()) + 1 != found[0].line:
        raise SchemaError(
            f"{file.name}: a file without a transaction holds one statement, create index concurrently if not exists NAME on "
            "SCHEMA.TABLE …; put everything else into a file of its own"
        )
    return Build(said["schema"], said["index"])


def apply(connection: psycopg.Connection, file: SqlFile) -> None:
    """Build the index, anew where an earlier build was broken off. Raises StatementFailed, with nothing of it left.

    No lock_timeout: while it waits, nobody has to wait for it.
    """
    build = build_of(file)
    _drop_invalid(connection, build)
    try:
        statements.run(connection, file)
    except statements.StatementFailed:
        _drop_invalid(connection, build)
        raise


def for_pasting(text: str) -> str:
    """The same for tables that are empty, and within a transaction."""
    return _BUILD.sub(lambda said: said[0].replace(" concurrently", ""), text)


def _drop_invalid(connection: psycopg.Connection, build: Build) -> None:
    """PostgreSQL keeps an index whose build was broken off, and `if not exists` takes it for the one that is asked for."""
    row = connection.execute(
        """
        select from pg_index as index
        inner join pg_class as class on class.oid = index.indexrelid
        where class.relname = %s and class.relnamespace = to_regnamespace(%s) and not index.indisvalid
        """,
        (build.index, build.schema),
    ).fetchone()
    if row is not None:
        connection.execute(sql.SQL("drop index concurrently {}").format(sql.Identifier(build.schema, build.index)))
