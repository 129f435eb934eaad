"""Rows from one database into another, without unpacking them.

Belongs here: the stream. Not here: which rows, and where to (extraction lands them, publishing gives them back).
"""

from collections.abc import Callable

import psycopg
from psycopg import sql


def stream(
    source: psycopg.Connection,
    query: sql.Composable,
    target: psycopg.Connection,
    table: sql.Composable,
    *,
    on_block: Callable[[], None] = lambda: None,
) -> None:
    """Pass the rows of a query at the source into a table of the target, as binary COPY; `on_block` hears of each block."""
    read = sql.SQL("copy ({}) to stdout (format binary)").format(query)
    write = sql.SQL("copy {} from stdin (format binary)").format(table)
    with source.cursor().copy(read) as rows, target.cursor().copy(write) as landing:
        for block in rows:
            landing.write(block)
            on_block()
