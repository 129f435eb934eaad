"""What of an erased person is the platform's: a login, a stored object. It is found, told, and left to whoever runs it.

Belongs here: the schemas auth and storage. Not here: files that wait to be deleted (`test_erasure_other_files.py`).
"""

from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from tests.orchestration.lifecycle.forgotten import CANARIES, LEGACY, MAIL, Person


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


def test_a_login_and_a_stored_object_are_told_and_stay(person: Person) -> None:
    with psycopg.connect(person.databases.operational) as source:
        source.execute("insert into auth.users (email) values (%s), ('another@example.org')", (MAIL.upper(),))
        source.execute("create schema storage")
        source.execute("create table storage.objects (name text)")
        source.execute("insert into storage.objects values (%s), ('of another.pdf')", (f"{LEGACY}.pdf",))
    done = person.erase()
    assert (done.proof["found"], done.proof["in_platform"]) == (0, ["auth.users (1 rows)", "storage.objects (1 rows)"])
    assert not any(value in str(done.proof) for value in CANARIES)
    assert person.found_in_rows(*CANARIES) == [f"auth.users: {MAIL}", f"storage.objects: {LEGACY}"]


def test_tables_of_the_platform_that_hide_rows_are_said_not_to_be_searched(person: Person) -> None:
    done = person.erase()
    assert done.proof["in_platform"] == []
    assert any("auth, storage" in place for place in done.proof["not_searched"])  # type: ignore[attr-defined]
