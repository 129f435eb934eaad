"""Tables that somebody alters or empties while an extract runs, or has locked when it begins.

Belongs here: X18 and X9 amid an extract. Not here: what was altered between two of them (`test_drift.py`).
"""

import threading
import time
import uuid
from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction import snapshot
from orchestration.extraction.extract import Extract
from tests.orchestration.conftest import add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw

Extractor = Callable[..., Extract]
Check = Callable[[], None]

pytestmark = pytest.mark.usefixtures("every_server")


@pytest.mark.parametrize(
    ("statement", "halts"),
    [
        ("alter table public.messages alter column tokens_used type integer using tokens_used + 0", False),
        ("alter table public.messages drop column tokens_used, add column tokens_used integer", False),
        ("cluster public.messages using messages_pkey", False),
        ("alter table public.messages add column mood text default 'calm'", False),
        ("alter table public.messages alter column content drop not null", False),
        ("alter table public.messages alter column tokens_used type bigint", True),
        ("alter table public.messages drop column tokens_used", True),
        ("alter table public.messages rename column tokens_used to spent", True),
    ],
)
def test_who_alters_a_table_amid_an_extract_waits_for_it(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, *, statement: str, halts: bool
) -> None:
    """X18. To a snapshot from before, a rewritten table has no rows: they were once deleted, and never came back."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "one", "two")
    others: list[threading.Thread] = []

    def alter() -> None:
        with psycopg.connect(databases.operational, autocommit=True) as other:
            other.execute(statement.encode())

    def on_step(step: str, name: str) -> None:
        if (step, name) == ("table", "tenants"):
            others.append(threading.Thread(target=alter))
            others[0].start()
            others[0].join(timeout=1)

    assert run_extract(on_step=on_step).tables["messages"].inserted == 2
    others[0].join(timeout=60)
    landed = rows_of_raw(databases.warehouse)["messages"]
    assert run_extract().halted.keys() == ({"messages"} if halts else set())
    assert rows_of_raw(databases.warehouse)["messages"] == landed
    assert len(landed) == 2
    if not halts:
        assert_equal()


def test_nobody_empties_or_drops_a_table_amid_an_extract(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor
) -> None:
    refused = []

    def on_step(step: str, name: str) -> None:
        for statement in ("truncate public.export_jobs", "drop table public.export_jobs"):
            with psycopg.connect(databases.operational, options="-clock_timeout=100") as other:
                try:
                    other.execute(statement.encode())
                except errors.LockNotAvailable:
                    refused.append(step)
                other.rollback()

    run_extract(on_step=on_step)
    assert refused.count("table") == 2 * 20


def test_a_locked_table_is_waited_for_without_a_place_in_the_queue(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    run_extract()
    with psycopg.connect(databases.operational) as migration:
        migration.execute("lock table public.messages in access exclusive mode")
        waiting = threading.Thread(target=run_extract)
        waiting.start()
        time.sleep(1.5)
        # In the order in which an extract would be in the way, and one of both ended by the server.
        migration.execute("lock table public.conversations in access exclusive mode")
        add_conversation(migration, tenant, "by the migration")
    waiting.join(timeout=60)
    assert_equal()


def test_a_table_that_stays_locked_is_told_in_one_line(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "LOCKED_SECONDS", 1.0)
    with psycopg.connect(databases.operational) as migration:
        migration.execute("lock table public.messages in access exclusive mode")
        with pytest.raises(WarehouseError, match="has kept a table of the source locked for 1 s"):
            run_extract()
