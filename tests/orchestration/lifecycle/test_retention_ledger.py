"""Which rows of retention_runs count as a run of all places, and when one is overdue.

Belongs here: the ledger's own questions, over rows. Not here: what runs write into it (`test_retention_everywhere.py`), and the
check that asks (`tests/orchestration/defs/test_definitions.py`).
"""

import uuid
from datetime import UTC, datetime, timedelta

import psycopg

from orchestration.databases import Databases
from orchestration.lifecycle import retention_ledger
from orchestration.lifecycle.retention_ledger import SOURCE, STEPS

THEN = datetime(2026, 6, 1, 4, 15, tzinfo=UTC)
HOURS, SECOND = timedelta(hours=36), timedelta(seconds=1)


def note(databases: Databases, tenant: uuid.UUID, at: datetime, **given: object) -> None:
    """A run that came to its end in all places, but for what is given."""
    row = {"tenant": tenant, "at": at, "dry": False, "done": at, "error": None, "steps": list(STEPS), **given}
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.retention_runs (tenant_id, as_of, dry_run, started_at, completed_at, error_message, steps_done) "
            "values (%(tenant)s, %(at)s, %(dry)s, %(at)s, %(done)s, %(error)s, %(steps)s)",
            row,
        )


def test_a_run_is_overdue_after_thirty_six_hours_and_only_whole_ones_count(
    databases: Databases, tenant: uuid.UUID
) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.tenants set created_at = %s", (THEN,))
    assert retention_ledger.overdue(databases.operational, at=THEN + HOURS) == [], "they are a young tenant"
    assert retention_ledger.overdue(databases.operational, at=THEN + HOURS + SECOND) == ["acme"]
    later = THEN + timedelta(days=3)
    note(databases, tenant, later)
    after = later + timedelta(hours=12)
    note(databases, tenant, after, dry=True)
    note(databases, tenant, after, done=None, error="files: no")
    note(databases, tenant, after, steps=[SOURCE])
    note(databases, tenant, after, done=None)
    assert retention_ledger.overdue(databases.operational, at=later + HOURS) == []
    assert retention_ledger.overdue(databases.operational, at=later + HOURS + SECOND) == ["acme"]
