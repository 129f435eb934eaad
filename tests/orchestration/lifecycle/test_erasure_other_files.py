"""What of an erased person lies in the storage of attachments, and in the log of the embedded server.

Belongs here: the two kinds of file that are not ours alone to write. Not here: exports, reports, mails and our own logs
(`test_erasure.py`), and the queue itself (`tests/operational_schema/test_file_deletions.py`).
"""

from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.lifecycle import erasure_ledger
from tests.orchestration.lifecycle.forgotten import CANARIES, LEGACY, MAIL, NAME, Person


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


def attach(source: psycopg.Connection, conversation: object, path: str) -> None:
    source.execute(
        "insert into public.file_attachments (tenant_id, conversation_id, filename, file_path) "
        "select tenant_id, id, %s, %s from public.conversations where id = %s",
        (NAME, path, conversation),
    )


def one_of(source: psycopg.Connection, person: Person) -> object:
    row = source.execute("select id from public.conversations where customer_id = %s limit 1", (person.id,)).fetchone()
    return row[0] if row else None


WAITING = "select file_path from public.file_deletions where deleted_at is null order by 1"
EMPTIED = "update public.file_deletions set deleted_at = now() where deleted_at is null and file_path = any(%s)"


def test_an_erasure_is_not_complete_before_the_storage_has_deleted_their_files(person: Person) -> None:
    """R5: their paths are the only place that names the person until then; all else is proven, and the due day stays."""
    others = person.keys["conversation"]
    with psycopg.connect(person.databases.operational, autocommit=True) as source:
        attach(source, others, f"gone/{LEGACY}.pdf")
        source.execute("delete from public.file_attachments")
        attach(source, one_of(source, person), f"theirs/{MAIL}.pdf")
        attach(source, one_of(source, person), "theirs/scan.pdf")
        attach(source, others, f"of another/offer for {MAIL.upper()}.pdf")
        attach(source, others, "of another/scan.pdf")
        source.execute(
            "insert into public.file_deletions (tenant_id, storage_provider, file_path, reason) "
            "values (%s, 'aws', 'of nobody.pdf', 'deleted')",
            (person.tenant,),
        )
        done = person.erase()
        theirs = [
            f"gone/{LEGACY}.pdf",
            f"of another/offer for {MAIL.upper()}.pdf",
            f"theirs/{MAIL}.pdf",
            "theirs/scan.pdf",
        ]
        assert (done.files_waiting, done.proof["files_waiting_in_storage"], done.proof["found"]) == (4, 4, 0)
        assert [path for (path,) in source.execute(WAITING).fetchall()] == sorted([*theirs, "of nobody.pdf"])
        (request,) = erasure_ledger.waiting(person.databases.operational)
        assert (request.status, request.only_waits, request.is_there) == ("awaiting_files", True, False)
        assert request.due_at == done.request.due_at
        source.execute(EMPTIED, (theirs[1:],))
        again = person.erase()
        assert (again.was_done, again.files_waiting) == (False, 1)
        assert [each.status for each in erasure_ledger.waiting(person.databases.operational)] == ["awaiting_files"]
        source.execute(EMPTIED, (theirs[:1],))
        (request,) = erasure_ledger.waiting(person.databases.operational)
        assert not request.only_waits
        last = person.erase()
    assert (last.was_done, last.files_waiting, last.proof["files_deleted_in_storage"]) == (False, 0, 4)
    assert erasure_ledger.waiting(person.databases.operational) == []
    assert person.found(*CANARIES) == []
    assert person.on_disk() == []
    assert person.erase().was_done


def test_a_path_that_waits_for_no_request_is_found_by_the_proof(person: Person) -> None:
    """What names the person and is queued when their rows are gone."""
    with psycopg.connect(person.databases.operational, autocommit=True) as source:

        def queue(step: str) -> None:
            if step == "bytes":
                source.execute(
                    "insert into public.file_deletions (tenant_id, storage_provider, file_path, reason) "
                    "values (%s, 'aws', %s, 'deleted')",
                    (person.tenant, f"late/{MAIL}.pdf"),
                )

        with pytest.raises(WarehouseError, match=r"still to be found in public\.file_deletions \(1 rows\)"):
            person.erase(queue)
        assert person.erase().files_waiting == 1, "and the next call waits for it"


def test_what_the_embedded_server_has_logged_is_masked_while_it_writes_on(person: Person) -> None:
    """R5: PostgreSQL logs the key of a refused row, and the statement."""
    log = person.settings.home / "postgres" / "data" / "server.log"
    log.parent.mkdir(parents=True)
    refused = f"DETAIL:  Key (tenant_id, email)=(1, {MAIL}) already exists.\n"
    with log.open("a") as server:
        server.write(refused)
        server.flush()
        done = person.erase()
        server.write("LOG:  checkpoint starting: time\n")
    masked = refused.replace(MAIL, "xxxxxx.xxxxxx@xxxxxxx.xxx")
    assert log.read_text() == masked + "LOG:  checkpoint starting: time\n"
    assert any("other than the embedded one" in place for place in done.proof["not_searched"])  # type: ignore[attr-defined]
