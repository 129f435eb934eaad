"""Whether a database keeps the promises of its schema.

Belongs here: asking. Not here: the promises (`rules/`, a query each, which returns whatever breaks it), and applying
migrations (`migrate.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from operational_schema import history, migrate, migration_files
from operational_schema.errors import SchemaError
from operational_schema.migration_files import FUNCTIONS, MIGRATIONS, ROOM

RULES = ROOM / "rules"


@dataclass(frozen=True)
class Rule:
    """A promise, and the query of everything that breaks it: one column of text."""

    name: str
    promise: str
    query: str


def rules() -> list[Rule]:
    """Every promise, in the order of the files' names."""
    return [_rule(path) for path in sorted(RULES.glob("*.sql"))]


def verify(url: str, *, folder: Path = MIGRATIONS, functions: Path = FUNCTIONS) -> list[str]:
    """Everything that is not as promised, one line each; empty when all is well.

    Raises SchemaError for a database that was never migrated.
    """
    with psycopg.connect(url) as connection:
        if not history.exists(connection):
            raise SchemaError(f"database {connection.info.dbname} is not a ROMASHKA database yet: run romashka migrate")
        findings = [f"{state.name} is {state.state}" for state in migrate.status(url, folder=folder, functions=functions)
                    if state.state != "applied"]  # fmt: skip
        for file in migration_files.migrations(folder):
            findings += [
                f"table {table} of {file.name} is missing" for table in migrate.missing_tables(connection, file)
            ]
        # Every rule names tables that a half-migrated database lacks: its own finding is enough.
        return findings or list(_broken(connection))


def _broken(connection: psycopg.Connection) -> Iterator[str]:
    for rule in rules():
        for (broken,) in connection.execute(rule.query.encode()).fetchall():
            yield f"{rule.promise}: not so for {broken}"


def _rule(path: Path) -> Rule:
    query = path.read_text(encoding="utf-8")
    return Rule(path.stem, query.partition("\n")[0].removeprefix("-- "), query)
