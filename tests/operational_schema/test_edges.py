"""Each check constraint takes what lies at its edge, and refuses what lies just beyond.

Belongs here: trying every check of the tables. Not here: the edges (`edges.py`), and which words a list has (`catalogue.txt`).
"""

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant
from tests.operational_schema.edges import EDGES

pytestmark = pytest.mark.usefixtures("every_server")

CHECKS = """
    select conname, conrelid::regclass::text, array_agg(attname::text)
    from pg_constraint
    inner join pg_attribute on attrelid = conrelid and attnum = any (conkey)
    where contype = 'c' and connamespace = 'public'::regnamespace
    group by conname, conrelid
"""


def _checks(connection: psycopg.Connection) -> dict[str, tuple[str, list[str]]]:
    """Table and columns of every check."""
    return {name: (table, columns) for name, table, columns in connection.execute(CHECKS).fetchall()}


def _refused_by(connection: psycopg.Connection, table: str, change: str) -> str | None:
    """The check that refuses a change of one row; None where it is taken. Triggers, which would mend it, do not look."""
    statement = f"update {table} set {change} where ctid = (select ctid from {table} limit 1)"
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("set local session_replication_role = replica")
            assert connection.execute(statement.encode()).rowcount == 1, statement
    except errors.CheckViolation as refusal:
        return refusal.diag.constraint_name
    return None


def test_what_lies_at_an_edge_is_taken_and_what_lies_beyond_is_not(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    tables = _checks(connection)
    found = {
        f"{name}: {change}": refused
        for name, edge in EDGES.items()
        for expected, changes in ((None, edge.taken), (name, edge.refused))
        for change in changes
        if (refused := _refused_by(connection, tables[name][0], change)) != expected
    }
    assert found == {}


def test_a_check_without_an_edge_is_one_of_words_or_of_a_form(connection: psycopg.Connection, acme: Tenant) -> None:
    checks = _checks(connection)
    assert set(EDGES) <= set(checks)
    found = {
        name: columns
        for name, (table, columns) in checks.items()
        if name not in EDGES and (len(columns) > 1 or _refused_by(connection, table, f"{columns[0]} = '?'") != name)
    }
    assert found == {}
