"""What of an erased person lies in the storage of attachments, and in the log of the embedded server.

Belongs here: the two kinds of file that are not ours alone to write. Not here: exports, reports, mails and our own logs
(`test_erasure.py`), and the queue itself (`tests/operational_schema/test_file_deletions.py`).
"""

from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from tests.orchestration.lifecycle.forgotten import CANARIES, MAIL, NAME, Person


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


def test_files_of_theirs_are_queued_and_the_proof_counts_them(person: Person) -> None:
    """R5: their paths are the only place that names the person, until the storage has been emptied."""
    with psycopg.connect(person.databases.operational, autocommit=True) as source:
        source.execute(
            "insert into public.file_attachments (tenant_id, conversation_id, filename, file_path) "
            "select tenant_id, id, %s, id || '/' || %s || '.pdf' from public.conversations where customer_id = %s limit 1",
            (NAME, MAIL, person.id),
        )
        done = person.erase()
        assert done.proof["files_waiting_in_storage"] == 1
        assert person.found_in_rows(*CANARIES) == [f"public.file_deletions: {MAIL}"]
        source.execute("update public.file_deletions set deleted_at = now()")
        source.execute("vacuum (full, analyze) public.file_deletions")
    assert person.found(*CANARIES) == []


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
