"""Who was forgotten stays forgotten: a restored backup, and an older archive, are made to forget them again.

Belongs here: what refreshes do about tombstones. Not here: the erasure itself (`test_erasure.py`).
"""

from pathlib import Path

import psycopg
import pytest

from orchestration.databases import OUR_SCHEMAS, Databases, prepare
from orchestration.extraction.archive.restore import restore
from orchestration.extraction.archive.write import write
from orchestration.lifecycle import erasure, erasure_ledger, holds
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.forgotten import CANARIES, MAIL, NAME, PHONE, Person


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


@pytest.mark.parametrize("forgets_ledger", [False, True])
def test_a_restored_backup_forgets_them_again(person: Person, *, forgets_ledger: bool) -> None:
    """R7."""
    person.erase()
    before = person.totals()
    with psycopg.connect(person.databases.operational) as source:
        if forgets_ledger:
            source.execute("delete from public.erasure_requests")
        person.name(source)
        source.execute(
            "insert into public.conversations (tenant_id, customer_id, status) values (%s, %s, 'active')",
            (person.tenant, person.id),
        )
    refresh(person.databases, pseudonym_key=KEY)
    assert person.found(NAME, MAIL, PHONE) == ["app.erasure_work: " + value for value in (NAME, MAIL, PHONE)]
    with psycopg.connect(person.databases.warehouse) as warehouse:
        joined = "select from raw.conversations inner join ops.tombstones on pseudonym = customer_key"
        assert warehouse.execute(joined).rowcount == 0
    if not forgets_ledger:
        assert person.totals() == before
    done, failed = erasure.erase_requested(person.databases, person.settings)
    assert ([each.request.customer_id for each in done], failed) == ([person.id], [])
    assert person.found(*CANARIES) == []


def test_who_came_back_is_erased_by_the_command_too(person: Person) -> None:
    """Before any refresh: what was done to rows that are gone has not been done to these."""
    person.erase()
    with psycopg.connect(person.databases.operational) as source:
        person.name(source)
    done = person.erase()
    assert (done.was_done, done.proof["found"]) == (False, 0)
    assert person.found(*CANARIES) == []
    assert person.erase().was_done


def test_who_came_back_under_a_hold_stays_and_keeps_no_refresh_back(person: Person) -> None:
    """The backup has the hold, too; when it is released, the next refresh erases them."""
    person.erase()
    with psycopg.connect(person.databases.operational) as source:
        person.name(source)
    hold = holds.place(person.databases.operational, tenant=person.slug, reason="a court", customer=person.id)
    refresh(person.databases, pseudonym_key=KEY)
    assert [each.status for each in erasure_ledger.waiting(person.databases.operational)] == ["held"]
    holds.release(person.databases.operational, hold)
    refresh(person.databases, pseudonym_key=KEY)
    done, failed = erasure.erase_requested(person.databases, person.settings)
    assert (len(done), failed, person.found(*CANARIES)) == (1, [], [])


def test_a_warehouse_from_an_older_archive_forgets_them_again(person: Person, tmp_path: Path) -> None:
    """R7: the copy of an archive that was made before."""
    copy = tmp_path / "copy"
    write(person.databases.warehouse, copy)
    pseudonym = person.pseudonym()
    person.erase()
    with psycopg.connect(person.databases.warehouse, autocommit=True) as warehouse:
        for schema in OUR_SCHEMAS:
            warehouse.execute(f"drop schema if exists {schema} cascade".encode())
    prepare(person.databases)
    restore(person.databases.warehouse, copy)
    assert f"raw.conversations: {pseudonym}" in person.found(pseudonym)
    refresh(person.databases, pseudonym_key=KEY)
    assert person.found_in_rows(pseudonym) == [f"ops.tombstones: {pseudonym}"]
