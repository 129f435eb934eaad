"""kill -9 of a refresh at any step: readers keep a whole generation, and the next refresh goes through.

Belongs here: refreshes in processes of their own. Not here: each step of an extract (`extraction/test_interruptions.py`), and
the workers of Dagster (`defs/test_dying.py`).
"""

import signal
import uuid

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.refresh import refresh
from tests.orchestration import refreshing
from tests.orchestration.conftest import (
    KEY,
    add_conversation,
    assert_as_built_anew,
    generation_of,
    held,
    rows_of_marts,
    wait_for,
)

WITHOUT_BACK = (
    "select (select count(*) from public.conversation_analytics), "
    "(select sum(total_conversations) from public.daily_metrics)"
)


@pytest.fixture
def refreshed(databases: Databases, tenant: uuid.UUID) -> Databases:
    """With a conversation in the marts, and another that waits to be read."""
    for is_read in (True, False):
        with psycopg.connect(databases.operational) as source:
            add_conversation(source, tenant, "hello", "is anybody there?")
        if is_read:
            refresh(databases, pseudonym_key=KEY)
    return databases


def goes_through(databases: Databases) -> None:
    """The next refresh, which needs the lock, and makes up for what was lost."""
    refresh(databases, pseudonym_key=KEY)
    with psycopg.connect(databases.operational) as source:
        assert source.execute(WITHOUT_BACK).fetchone() == (2, 2)
    assert_as_built_anew(databases)


@pytest.mark.parametrize("step", ["extract messages", "extract committed", "transform daily_metrics"])
def test_at_a_step(refreshed: Databases, step: str) -> None:
    """O2."""
    before = rows_of_marts(refreshed.warehouse)
    with refreshing.start(refreshed, refreshing.DIE, step) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert rows_of_marts(refreshed.warehouse) == before
    goes_through(refreshed)


@pytest.mark.parametrize(
    ("side", "table"),
    [
        ("warehouse", "facts.conversation_analytics"),
        ("warehouse", "marts.publication"),
        ("operational", "public.daily_metrics"),
    ],
)
def test_while_it_publishes(refreshed: Databases, side: str, table: str) -> None:
    """O2: with none of its marts merged, with all of them, and on the way back to the application."""
    before = rows_of_marts(refreshed.warehouse)
    with held(getattr(refreshed, side), table) as is_waited_for, refreshing.start(refreshed) as process:
        wait_for(is_waited_for, f"it is about to write {table}")
        process.kill()
    if side == "warehouse":
        assert rows_of_marts(refreshed.warehouse) == before
    else:
        assert generation_of(refreshed.warehouse) == 2
    goes_through(refreshed)
