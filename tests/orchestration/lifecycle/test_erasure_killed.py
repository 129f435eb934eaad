"""An erasure that is killed, and one beside other work: each goes on, and ends as if nothing had been.

Belongs here: kill -9 after and within each step, refreshes and locks meanwhile. Not here: what an erasure does
(`test_erasure.py`).
"""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction.archive.write import write
from orchestration.lifecycle import erasure_bytes, erasure_ledger
from orchestration.lifecycle.erasure import ERASURE_LOCK
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle import killed_erasure
from tests.orchestration.lifecycle.forgotten import CANARIES, Person, leave_files

STEPS = ("source", "warehouse", "files", "archive", "bytes", "proof", "values", "log")


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


def killed_after(person: Person, step: str) -> int:
    asked = (
        person.databases.operational,
        person.databases.warehouse,
        person.settings.home,
        person.slug,
        person.id,
        step,
    )
    return subprocess.run([sys.executable, "-m", killed_erasure.__name__, *map(str, asked)], check=False).returncode


def test_killed_after_each_step_it_goes_on(person: Person) -> None:
    """R8: one erasure, killed after each of its steps."""
    leave_files(person)
    write(person.databases.warehouse, person.settings.archive)
    before = person.totals()
    for step in STEPS:
        assert killed_after(person, step) == -signal.SIGKILL
        waiting = erasure_ledger.waiting(person.databases.operational)
        assert [(each.customer_id, each.status) for each in waiting] == [(person.id, "running")]
    assert not person.erase().was_done
    assert erasure_ledger.waiting(person.databases.operational) == []
    assert person.found(*CANARIES) == []
    assert person.totals() == before
    assert [place for place in person.on_disk() if "another-tenant" not in place] == []
    assert person.erase().was_done


def test_killed_within_each_step_it_goes_on(person: Person) -> None:
    """R8: rows, files and bytes half done. What was not committed is not done; what was is not done again."""
    leave_files(person)
    write(person.databases.warehouse, person.settings.archive)
    before = person.totals()
    for moment in killed_erasure.WITHIN:
        assert killed_after(person, moment) == -signal.SIGKILL, moment
        (waiting,) = erasure_ledger.waiting(person.databases.operational)
        assert (waiting.customer_id, waiting.status) == (person.id, "running"), moment
    assert not person.erase().was_done
    assert erasure_ledger.waiting(person.databases.operational) == []
    assert person.found(*CANARIES) == []
    assert person.totals() == before
    assert [place for place in person.on_disk() if "another-tenant" not in place] == []


@pytest.mark.parametrize("breaks", [None, "the disk is full"])
def test_a_lost_connection_is_one_line(person: Person, breaks: str | None) -> None:
    """R8: nothing can be noted, whether that or something else is noticed first, and the next call goes on."""

    def lose(step: str) -> None:
        if step == "source":
            with psycopg.connect(person.databases.operational, autocommit=True) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = %s",
                    (ERASURE_LOCK & 0xFFFFFFFF,),
                )
            if breaks:
                raise WarehouseError(breaks)

    with pytest.raises(WarehouseError, match=f"{breaks or ''}.*; run it again: it goes on from there"):
        person.erase(lose)
    assert not person.erase().was_done
    assert person.found(*CANARIES) == []


def test_refreshes_meanwhile_bring_nobody_back(person: Person) -> None:
    """R7: a refresh, and a full one, between every two steps, and one in another thread all the while."""
    before = person.totals()
    over = threading.Event()
    failed = []

    def refresh_on_and_on() -> None:
        try:
            while not over.is_set():
                refresh(person.databases, pseudonym_key=KEY)
        except Exception as error:
            failed.append(error)

    beside = threading.Thread(target=refresh_on_and_on)
    beside.start()
    try:
        person.erase(lambda step: refresh(person.databases, pseudonym_key=KEY, full=step == "source") and None)
    finally:
        over.set()
        beside.join()
    assert failed == []
    refresh(person.databases, pseudonym_key=KEY, full=True)
    assert person.found(*CANARIES) == []
    assert person.totals() == before


def test_a_table_that_somebody_holds_is_one_line(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """R8: what it could not write anew it does when it is run again."""
    # Longer than deadlock_timeout: that is when autovacuum, which may hold another one, makes way.
    monkeypatch.setattr(erasure_bytes, "PATIENCE", "1500ms")
    monkeypatch.setattr(erasure_bytes, "ATTEMPTS", 2)
    monkeypatch.setattr(erasure_bytes, "PAUSE_SECONDS", 0.01)
    with psycopg.connect(person.databases.operational) as holder:

        def hold(step: str) -> None:
            if step == "archive":
                holder.execute("lock table public.messages in share mode")

        with pytest.raises(WarehouseError, match=r"public\.messages cannot be written anew: somebody holds it"):
            person.erase(hold)
    assert not person.erase().was_done
    assert person.found(*CANARIES) == []
