"""Every mart as somebody in a hurry would compute it: one pass per table, straight from raw, into temporary tables.

Belongs here: what a full build is measured against. Not here: keys, indexes, contracts, checks, security, a generation
that readers keep meanwhile, and what the next refresh needs to be small: all that makes a build a build is left out.
`tests/witness/test_by_hand.py` holds it to the marts, row for row.
"""

from pathlib import Path

import psycopg

from orchestration.transformation.build import prepare_session

STEPS = ("conversations", "days", "companions")
# Made of settings and descriptions, in no time.
LEFT_OUT = frozenset({"tenants", "metric_catalogue"})


def compute(warehouse: psycopg.Connection) -> None:
    """Make `hand_…` for each mart; they end with the caller's transaction."""
    prepare_session(warehouse)
    for step in STEPS:
        warehouse.execute(Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8"))
