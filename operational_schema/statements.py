"""The statements within a file of SQL: where they begin, and which of them failed.

Belongs here: telling statements apart well enough to name a line, and running a whole file at once. Not here: which
files there are (`migration_files.py`) and when they run (`migrate.py`).
"""

import re
from dataclasses import dataclass

import psycopg
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from operational_schema.errors import SchemaError
from operational_schema.migration_files import SqlFile

OWN_TRANSACTION = frozenset({"begin", "start", "commit", "end", "rollback", "abort", "prepare"})

_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<quoted> e'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
    | (?P<word> \w+ )
    | (?P<other> \S )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True)
class Statement:
    """Line of a statement's first word, and that word."""

    line: int
    word: str


class StatementFailed(Exception):
    """PostgreSQL refused a statement of a file; the message names file, line and reason."""


def statements(text: str) -> list[Statement]:
    """The statements of a text, in order."""
    found: list[Statement] = []
    inside, depth = False, 0
    for token in _TOKEN.finditer(text):
        if token["comment"]:
            continue
        word = (token["word"] or "").lower()
        if token["other"] == ";" and depth == 0:
            inside = False
        elif not inside:
            found.append(Statement(text.count("\n", 0, token.start()) + 1, word))
            inside = True
        # The body of a function may stand bare between BEGIN ATOMIC and END, and CASE has an END too.
        elif word == "atomic" or (depth and word == "case"):
            depth += 1
        elif depth and word == "end":
            depth -= 1
    return found


def refuse_own_transactions(file: SqlFile) -> None:
    """Raise SchemaError for a file that would end the transaction in which it runs."""
    for statement in statements(file.text):
        if statement.word in OWN_TRANSACTION:
            raise SchemaError(
                f"{file.name}, line {statement.line}: {statement.word} is not for a file to say; each runs in a "
                "transaction of its own"
            )


def run(connection: psycopg.Connection, file: SqlFile) -> None:
    """Run a file as it would run if it were pasted. Raises StatementFailed from PostgreSQL's error."""
    connection.pgconn.send_query(file.text.encode())
    results = connection.wait(generators.fetch_many(connection.pgconn))
    for index, result in enumerate(results):
        if result.status == ExecStatus.FATAL_ERROR:
            error = error_from_result(result)
            raise StatementFailed(f"{file.name}{_place(file.text, index, error)}: {_reason(error)}") from error


def _place(text: str, index: int, error: psycopg.Error) -> str:
    """The line: PostgreSQL says it of what it cannot parse, and of what fails later only the statement is known."""
    if error.diag.statement_position:
        return f", line {text.count(chr(10), 0, int(error.diag.statement_position) - 1) + 1}"
    known = statements(text)
    return f", line {known[index].line}" if index < len(known) else ""


def _reason(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error).strip()
    return f"{said} ({error.diag.message_hint})" if error.diag.message_hint else said
