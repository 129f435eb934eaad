"""Rows that are deleted and that somebody may still see: a table that is written anew keeps them, and an erasure waits.

Belongs here: transactions older than the deletion, wherever they are. Not here: bytes otherwise (`test_erasure_bytes.py`), and
locks (`test_erasure_killed.py`).
"""

from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.lifecycle import erasure_bytes, erasure_ledger
from tests.orchestration.lifecycle.forgotten import Person
from tests.orchestration.lifecycle.test_erasure_bytes import in_pages


@pytest.fixture
def person(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(erasure_bytes, "OLDER_ATTEMPTS", 2)
    monkeypatch.setattr(erasure_bytes, "PAUSE_SECONDS", 0.01)
    return Person(databases, tmp_path)


def refused(person: Person, holder: str, on_step: object = lambda step: None) -> None:
    """It does not say that it is done, and names who keeps it."""
    with pytest.raises(WarehouseError, match=f"{holder} may still see the rows that are deleted"):
        person.erase(on_step)  # type: ignore[arg-type]
    assert [each.status for each in erasure_ledger.waiting(person.databases.operational)] == ["failed"]


@pytest.mark.parametrize("where", ["operational", "warehouse"])
def test_a_reader_of_before_is_waited_for(person: Person, where: str) -> None:
    """A backup, or an analyst's transaction."""
    pseudonym = person.pseudonym()
    with psycopg.connect(getattr(person.databases, where)) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select")
        refused(person, f"process {reader.info.backend_pid}")
    person.erase()
    assert person.on_disk() == []
    assert {name.removesuffix("_pkey") for name in in_pages(person.databases, pseudonym)} == {"ops.tombstones"}


def test_a_writer_in_another_database_is_waited_for(person: Person, server: EmbeddedServer) -> None:
    """As long as it writes, what a snapshot anywhere may see is as old as it is."""
    with psycopg.connect(server.url("postgres")) as writer:
        writer.execute("select pg_current_xact_id()")
        refused(person, f"process {writer.info.backend_pid}")
    person.erase()
    assert person.on_disk() == []


def test_whoever_may_see_the_values_that_were_searched_for_is_waited_for(person: Person) -> None:
    """They go when the proof is done, and their table had them."""
    with psycopg.connect(person.databases.operational) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

        def look(step: str) -> None:
            if step == "proof":
                reader.execute("select")

        refused(person, f"process {reader.info.backend_pid}", look)
    person.erase()
    assert person.on_disk() == []
