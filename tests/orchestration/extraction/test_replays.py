"""X26: windows that land again, and tables that join or leave what is read.

Belongs here: landing that is harmless to do twice. Not here: who interrupted it (`test_interruptions.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction import extract as extracting
from orchestration.extraction import follow, raw_tables
from orchestration.extraction.extract import Extract
from orchestration.extraction.tables import TABLES
from tests.orchestration.conftest import add_conversation
from tests.orchestration.extraction.conftest import rows_of_raw

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]
Check = Callable[[], None]


def test_a_window_that_lands_three_times_and_after_a_younger_one_changes_nothing(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The log is kept, as if the source were never told; each table is set back to a snapshot from before."""
    monkeypatch.setattr(extracting, "acknowledge", lambda *told, **how: 0)
    run_extract()
    seen = []
    conversations = []
    for text in ("first", "second", "third"):
        with psycopg.connect(databases.warehouse) as warehouse:
            seen.append(warehouse.execute("select snapshot::text from ops.extract_state").fetchone())
        with psycopg.connect(databases.operational) as source:
            conversations.append(add_conversation(source, tenant, text))
            source.execute("update public.conversations set priority = 'high' where id = %s", (conversations[0],))
            source.execute("delete from public.messages where conversation_id = any(%s)", (conversations[:-1],))
        run_extract()
    landed = rows_of_raw(databases.warehouse)
    for snapshot in (seen[0], seen[0], seen[2], seen[1], seen[0]):
        with psycopg.connect(databases.warehouse) as warehouse:
            warehouse.execute("update ops.landed_tables set snapshot = %s::pg_snapshot", snapshot)
        done = run_extract()
        assert (done.full_because, [name for name, each in done.tables.items() if each.changed]) == (None, [])
        assert rows_of_raw(databases.warehouse) == landed
    assert_equal()


def test_a_table_that_is_left_out_for_a_while_is_read_as_a_whole_when_it_comes_back(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """X19: the log of the meantime is pruned, and nobody kept it for a table that nobody reads."""
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "before")
    run_extract()
    others = tuple(each for each in TABLES if each.name != "messages")
    for room in (follow, raw_tables):
        monkeypatch.setattr(room, "TABLES", others)
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "meanwhile")
    done = run_extract()
    assert done.notices == ("raw.messages is read no more, and stays as it is",)
    assert "messages" not in done.tables
    assert run_extract().notices == ()
    for room in (follow, raw_tables):
        monkeypatch.setattr(room, "TABLES", TABLES)
    assert run_extract().tables["messages"].inserted == 1
    assert_equal()
