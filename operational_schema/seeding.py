"""The demonstration rows of seed-data.sql.

Belongs here: running the file. Not here: what it holds.
"""

from importlib.resources import files

import psycopg


def seed(url: str) -> None:
    """Load seed-data.sql in one transaction; running it again changes nothing."""
    statements = files("operational_schema").joinpath("seed-data.sql").read_text(encoding="utf-8")
    with psycopg.connect(url) as connection:
        connection.execute(statements)
