"""What an extract asks of the source: no lock that is in anybody's way, no snapshot for too long, and no limit of time of others.

Belongs here: locks, limits and the age of the snapshot. Not here: who comes to alter a table meanwhile (`test_locked_tables.py`).
"""

import time
import uuid
from collections.abc import Callable

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from orchestration.databases import Databases
from orchestration.extraction import extract as extracting
from orchestration.extraction.extract import Extract
from tests.orchestration.conftest import add_conversation

Extractor = Callable[..., Extract]
SLOW_PSEUDONYM = """
    create or replace function etl.pseudonym(tenant_id uuid, id uuid) returns uuid
    language plpgsql stable strict parallel safe as $$ begin perform pg_sleep(0.8); return id; end $$
"""
NO_LIMITS = "-cstatement_timeout=0 -cidle_in_transaction_session_timeout=0"


def test_the_source_is_locked_for_reading_only_and_its_limits_of_time_do_not_apply(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor
) -> None:
    """X24, X25: nor is the snapshot held for the warehouse's commit, and what comes after it."""
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "one", "two")
        source.execute("insert into public.customer_profiles (tenant_id) values (%s)", (tenant,))
    with psycopg.connect(databases.operational, autocommit=True) as owner:
        owner.execute(SLOW_PSEUDONYM)
        # Long enough for the words by which they are lifted.
        name = conninfo_to_dict(databases.operational)["dbname"]
        owner.execute(f"alter database {name} set statement_timeout = '500ms'")
        owner.execute(f"alter database {name} set idle_in_transaction_session_timeout = '500ms'")
    modes: set[str] = set()
    held: dict[str, int] = {}

    def look(step: str, name: str) -> None:
        if step in ("landed", "committed"):
            with psycopg.connect(databases.operational, options=NO_LIMITS) as other:
                (held[step],) = other.execute(
                    "select count(*) from pg_stat_activity where datname = current_database() "
                    "and pid <> pg_backend_pid() and backend_xmin is not null and backend_type = 'client backend'"
                ).fetchone()  # type: ignore[misc]
        if step == "landed":
            time.sleep(0.8)
            with psycopg.connect(databases.operational, options=NO_LIMITS) as other:
                modes.update(
                    mode
                    for (mode,) in other.execute(
                        "select mode from pg_locks where locktype = 'relation' and pid <> pg_backend_pid() "
                        "and database = (select oid from pg_database where datname = current_database()) "
                        # What autovacuum locks is its own.
                        "and pid in (select pid from pg_stat_activity where backend_type = 'client backend')"
                    )
                )

    run_extract(on_step=look)
    assert modes == {"AccessShareLock"}
    assert held == {"landed": 1, "committed": 0}


def test_a_snapshot_that_is_open_for_too_long_is_told(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X25: the bloat guard. Who keeps the warehouse waiting keeps the source from cleaning up."""
    assert run_extract().notices == ()
    monkeypatch.setattr(extracting, "LONG_SNAPSHOT_SECONDS", 0)
    done = run_extract(on_step=lambda step, name: time.sleep(0.2) if name == "messages" else None)
    assert done.snapshot_seconds > 0.2
    (line,) = done.notices
    assert line.startswith("the source was held at one snapshot for 0 s")
