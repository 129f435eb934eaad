"""Touched months: each change is noted, no note is lost, and they do not grow.

Belongs here: which months a write takes. Not here: whether a generation is whole (`test_archive.py`).
"""

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from orchestration.databases import Databases
from orchestration.extraction.archive import manifest
from orchestration.extraction.archive.write import write
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY
from tests.orchestration.extraction.archive.conftest import everything, rows_by_relation

pytestmark = pytest.mark.usefixtures("every_server")


def test_what_is_not_touched_is_neither_read_nor_written(filled: Databases, folder: Path) -> None:
    first = write(filled.warehouse, folder)
    again = write(filled.warehouse, folder)
    assert (again.files, again.manifest.entries) == (0, first.manifest.entries)
    with psycopg.connect(filled.operational) as source:
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "select tenant_id, id, 'customer', 'more' from public.conversations limit 1"
        )
    refresh(filled, pseudonym_key=KEY)
    third = write(filled.warehouse, folder)
    messages = [
        path for path in third.manifest.entries.keys() - first.manifest.entries.keys() if "/raw.messages/" in path
    ]
    assert len(messages) == 1
    assert rows_by_relation(third) == {name: len(rows) for name, rows in everything(filled.warehouse).items() if rows}
    assert list(manifest.faults(folder, third.manifest)) == []


def test_what_left_the_warehouse_leaves_the_archive(filled: Databases, folder: Path) -> None:
    write(filled.warehouse, folder)
    with psycopg.connect(filled.warehouse) as warehouse:
        warehouse.execute("set session_replication_role = replica")
        warehouse.execute("delete from raw.messages where tenant_id = (select id from raw.tenants order by id limit 1)")
        warehouse.execute("truncate raw.conversation_notes")
    now = rows_by_relation(write(filled.warehouse, folder))
    assert now["raw.messages"] == len(everything(filled.warehouse)["raw.messages"])
    assert "raw.conversation_notes" not in now


def test_a_note_that_was_not_read_is_not_taken_back(filled: Databases, folder: Path) -> None:
    """Numbers are given when a row is noted, not when it is committed."""
    write(filled.warehouse, folder)
    with psycopg.connect(filled.warehouse) as slow, psycopg.connect(filled.warehouse) as quick:
        slow.execute("delete from raw.messages where sender_type = 'customer'")
        quick.execute("update raw.conversation_notes set is_internal = not is_internal")
        quick.commit()
        write(filled.warehouse, folder, on_step=lambda step: slow.commit() if step == "replaced" else None)
    last = write(filled.warehouse, folder)
    assert rows_by_relation(last)["raw.messages"] == len(everything(filled.warehouse)["raw.messages"])


def test_notes_do_not_grow_where_no_archive_is_written(filled: Databases, folder: Path) -> None:
    write(filled.warehouse, folder)
    with psycopg.connect(filled.warehouse, autocommit=True) as warehouse:

        def touch() -> int:
            warehouse.execute("update raw.messages set ordinal = ordinal + 1")
            row = warehouse.execute("select count(*) from ops.archive_touched").fetchone()
            return row[0] if row else 0

        once = touch()
        assert [touch() for _ in range(5)] == [once] * 5


def test_nobody_waits_for_the_notes_of_another(filled: Databases, folder: Path) -> None:
    """Two transactions that change other rows of one month."""
    write(filled.warehouse, folder)
    with psycopg.connect(filled.warehouse) as warehouse:
        warehouse.execute("update raw.messages set ordinal = ordinal + 1")
        first, second = warehouse.execute(
            "select (array_agg(id))[1], (array_agg(id))[2] from raw.messages group by conversation_id "
            "having count(*) > 1 limit 1"
        ).fetchone()  # type: ignore[misc]
    change = "update raw.messages set ordinal = ordinal + 1 where id = %s"
    with psycopg.connect(filled.warehouse) as one, psycopg.connect(filled.warehouse) as other:
        one.execute(change, (first,))
        other.execute("set lock_timeout = '2s'")
        other.execute(change, (second,))


def test_a_publish_goes_on_where_an_archive_has_taken_notes_back(filled: Databases, folder: Path) -> None:
    """It reads as of its beginning, and sees notes that are not there any more."""
    write(filled.warehouse, folder)
    with psycopg.connect(filled.warehouse) as warehouse:
        warehouse.execute("update raw.messages set ordinal = ordinal + 1")
    with psycopg.connect(filled.warehouse) as publish:
        publish.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        publish.execute("select count(*) from ops.archive_touched")
        write(filled.warehouse, folder)
        publish.execute("delete from raw.messages where sender_type = 'customer'")
    assert rows_by_relation(write(filled.warehouse, folder))["raw.messages"] == len(
        everything(filled.warehouse)["raw.messages"]
    )


def test_a_session_that_names_a_schema_writes_no_more_than_others(filled: Databases, folder: Path) -> None:
    """A table of its search_path has no schema in the catalogue's own words: it once was written whole each time."""
    theirs = make_conninfo(filled.warehouse, options="-c search_path=raw,marts,facts")
    write(theirs, folder)
    assert write(theirs, folder).files == 0
