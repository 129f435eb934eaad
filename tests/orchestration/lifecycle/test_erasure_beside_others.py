"""R7: an erasure while exports and reports are being made of what was read before it: none of them keeps the person.

Belongs here: other work on the same rows, and other requests. Not here: refreshes meanwhile (`test_erasure_killed.py`).
"""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction.archive.write import write
from orchestration.lifecycle import erasure, erasure_ledger, file_search, holds
from orchestration.refresh import refresh
from reports.exports import jobs, writing
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.forgotten import CANARIES, NAME, Person


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


def end_when_waited_for(url: str, may_end: threading.Event) -> None:
    """Let the worker end as soon as somebody waits for its lock."""
    with psycopg.connect(url, autocommit=True) as watcher:
        waits = (
            "select from pg_locks inner join pg_database as ours on ours.oid = database "
            "where datname = current_database() and locktype = 'advisory' and not granted"
        )
        until = time.monotonic() + 60
        while not watcher.execute(waits).rowcount and time.monotonic() < until:
            time.sleep(0.02)
    may_end.set()


def test_an_export_that_is_at_work_is_waited_for_and_withdrawn(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has read the rows, and its file gets its name when the person's are gone."""
    has_read, may_end = threading.Event(), threading.Event()
    write = writing.write

    def read_and_wait(*given: object, **named: object) -> writing.Written:
        written = write(*given, **named)  # type: ignore[arg-type]
        has_read.set()
        assert may_end.wait(60)
        return written

    monkeypatch.setattr(writing, "write", read_and_wait)
    with psycopg.connect(person.databases.operational) as source:
        source.execute(
            "insert into public.export_jobs (tenant_id, name, type, format) values (%s, 'All', 'conversations', 'csv')",
            (person.tenant,),
        )
    worker = threading.Thread(
        target=lambda: jobs.run_pending(
            operational_url=person.databases.operational,
            warehouse_url=person.databases.warehouse,
            output=person.settings.exports,
            at=datetime.now(UTC),
        )
    )
    worker.start()
    assert has_read.wait(60)
    pseudonym = person.pseudonym()
    watcher = threading.Thread(target=end_when_waited_for, args=(person.databases.operational, may_end))
    watcher.start()
    done = person.erase()
    for each in (worker, watcher):
        each.join()
    assert ("exports", "files withdrawn", 1) in done.rows
    assert not [file for file in person.settings.exports.rglob("*") if file.is_file()]
    with psycopg.connect(person.databases.operational) as source:
        (job,) = source.execute("select file_url, error_message from public.export_jobs").fetchall()
    assert job == (None, "withdrawn because a customer was erased: ask for it again")
    assert person.found_in_rows(pseudonym) == [f"ops.tombstones: {pseudonym}"]


def test_one_that_cannot_be_done_keeps_no_other_back(person: Person) -> None:
    with psycopg.connect(person.databases.operational) as source:
        (held,) = source.execute(
            "insert into public.customer_profiles (tenant_id, email) values (%s, 'held@example.org') returning id",
            (person.tenant,),
        ).fetchone()  # type: ignore[misc]
        for customer, days in ((held, 1), (person.id, 2)):
            source.execute(
                "insert into public.erasure_requests (tenant_id, customer_id, due_at) "
                "values (%s, %s, now() + %s * interval '1 day')",
                (person.tenant, customer, days),
            )
    hold = holds.place(person.databases.operational, tenant=person.slug, reason="a court", customer=held)
    done, failed = erasure.erase_requested(person.databases, person.settings)
    assert [each.request.customer_id for each in done] == [person.id]
    assert len(failed) == 1 and f"under legal hold {hold}" in failed[0]
    assert person.found(*CANARIES) == []


def test_a_slot_that_is_rendered_meanwhile_does_not_keep_them(person: Person) -> None:
    """Its words were read before they were masked: the proof finds the slot, and the next run takes it away."""
    slot = person.settings.reports / person.slug / "weekly" / "2024-07-29T0900"

    def render(step: str) -> None:
        if step == "files":
            slot.mkdir(parents=True)
            (slot / "mail.txt").write_text(f"What {NAME} asked\n")

    with pytest.raises(WarehouseError, match="still to be found in a file of reports"):
        person.erase(render)
    done = person.erase()
    assert ("reports", "rendered slots deleted", 1) in done.rows
    assert not slot.exists()
    assert person.found(*CANARIES) == []


def test_whom_a_refresh_has_erased_again_meanwhile_is_not_done(person: Person) -> None:
    """They were there again, and nothing that this erasure did before was done to these rows."""

    def come_back(step: str) -> None:
        if step == "bytes":
            with psycopg.connect(person.databases.operational) as source:
                person.name(source)
            refresh(person.databases, pseudonym_key=KEY)

    with pytest.raises(WarehouseError, match="was there again meanwhile"):
        person.erase(come_back)
    assert [each.customer_id for each in erasure_ledger.waiting(person.databases.operational)] == [person.id]
    person.erase()
    assert person.found(*CANARIES) == []
    assert person.on_disk() == []


def test_a_first_archive_that_was_broken_off_does_not_keep_them(person: Person) -> None:
    """It has no manifest yet: what it has written is nobody's, and the next one takes it away."""

    def break_off(step: str) -> None:
        if step == "raw.conversations":
            raise WarehouseError("the disk is full")

    with pytest.raises(WarehouseError, match="the disk is full"):
        write(person.databases.warehouse, person.settings.archive, on_step=break_off)
    pseudonym = file_search.sought([person.pseudonym()])
    person.erase()
    files = [file for file in person.settings.archive.rglob("*.parquet") if "tombstones" not in str(file)]
    assert files and not any(file_search.says(file, pseudonym) for file in files)
