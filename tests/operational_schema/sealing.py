"""Secrets for tests: one in every column that holds some.

Belongs here: what the tests of secrets share. Not here: a test.
"""

import psycopg

from operational_schema import secret_columns
from operational_schema.envelope import Place
from tests.operational_schema.test_envelope import CANARY, NEW, OLD, ring

SECRETS = [
    ("communication_channels", "api_credentials"),
    ("communication_channels", "webhook_secret"),
    ("integrations", "credentials"),
    ("webhook_subscriptions", "secret_key"),
]
BEFORE, BOTH, AFTER = ring(f"old:{OLD}"), ring(f"new:{NEW},old:{OLD}"), ring(f"new:{NEW}")


def seal_everywhere(connection: psycopg.Connection, url: str) -> dict[Place, str]:
    """Seal a secret of its own into every secret column of every row, under the old key."""
    made = {}
    for table, column in SECRETS:
        for (row,) in connection.execute(f"select id from public.{table}".encode()).fetchall():
            secret = f"{CANARY} {table}.{column} {row}"
            made[secret_columns.set_secret(url, BEFORE, column=f"{table}.{column}", row=row, secret=secret)] = secret
    return made
