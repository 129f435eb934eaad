"""A dump from before the erasure is loaded again: whom it brings back the next refresh takes away.

Belongs here: a real dump. Not here: rows that somebody puts back by hand, and older archives (`test_erasure_obeyed.py`).
"""

import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from orchestration.databases import Databases
from orchestration.embedded import wheel_binaries
from orchestration.lifecycle import erasure
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.forgotten import CANARIES, Person


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


def dump(url: str, to: Path) -> None:
    subprocess.run([wheel_binaries() / "pg_dump", "--format=custom", f"--file={to}", url], check=True)


def load(url: str, of: Path) -> None:
    """Into an empty database that has the place of the old one."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(psycopg.conninfo.make_conninfo(url, dbname="postgres"), autocommit=True) as server:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(str(name))))
        server.execute(sql.SQL("create database {} template template0").format(sql.Identifier(str(name))))
    subprocess.run([wheel_binaries() / "pg_restore", "--exit-on-error", f"--dbname={url}", of], check=True)


def test_a_dump_that_is_loaded_again_forgets_them_again(person: Person, tmp_path: Path) -> None:
    """R7: it knows of no request; the warehouse reminds it."""
    aside = tmp_path / "before.dump"
    dump(person.databases.operational, aside)
    person.erase()
    before = person.totals()
    load(person.databases.operational, aside)
    aside.unlink()
    assert len(person.found_in_rows(*CANARIES)) > 12
    refresh(person.databases, pseudonym_key=KEY)
    assert {place.split(":")[0] for place in person.found_in_rows(*CANARIES)} == {"app.erasure_work"}
    assert person.totals() == before
    done, failed = erasure.erase_requested(person.databases, person.settings)
    assert ([each.request.customer_id for each in done], failed) == ([person.id], [])
    assert person.found(*CANARIES) == []
    assert person.on_disk() == []
    assert person.totals() == before
    with psycopg.connect(person.databases.operational) as source:
        assert source.execute("select from app.erased_identities").rowcount > 0
