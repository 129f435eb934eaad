"""What of an erased person lies in the log of the embedded server.

Belongs here: files that are not ours alone to write. Not here: exports, reports, mails and our own logs
(`test_erasure.py`).
"""

from pathlib import Path

import pytest

from orchestration.databases import Databases
from tests.orchestration.lifecycle.forgotten import MAIL, Person


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


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
