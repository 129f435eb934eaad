"""A source that is written by a subscription, as while it moves to another server: no trigger of a statement fires for that.

Belongs here: logical replication into the source. Not here: triggers that are off (`test_unheard.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.extraction.extract import extract
from tests.orchestration.conftest import KEY, databases_of, wait_for
from tests.orchestration.extraction.conftest import rows_of_raw


@pytest.fixture
def replicating(tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path / "postgres", options=(("wal_level", "logical"),))
    server.start()
    yield server
    server.stop()


def test_what_a_subscription_brings_is_told_and_arrives_when_it_ends(replicating: EmbeddedServer) -> None:
    databases, publisher = databases_of(replicating), replicating.url("publisher")
    with psycopg.connect(replicating.url("postgres"), autocommit=True) as server:
        server.execute("create database publisher template o")
    with psycopg.connect(publisher, autocommit=True) as theirs:
        theirs.execute("create publication everything for table public.tenants")
        theirs.execute("select pg_create_logical_replication_slot('moving', 'pgoutput')")
    with psycopg.connect(databases.operational, autocommit=True) as source:
        source.execute(
            sql.SQL(
                "create subscription moving connection {} publication everything "
                "with (create_slot = false, slot_name = 'moving', copy_data = false)"
            ).format(sql.Literal(publisher))
        )
        told = run(databases)
        assert "a subscription writes it" in told
        assert "of public.tenants" in told
        with psycopg.connect(publisher) as theirs:
            theirs.execute("insert into public.tenants (slug, name) values ('acme', 'Acme')")
        wait_for(lambda: source.execute("select from public.tenants").rowcount == 1, "it is replicated")
        assert source.execute("select from etl.change").rowcount == 0
        assert "a subscription writes it" in run(databases)
        assert rows_of_raw(databases.warehouse)["tenants"] == set()
        source.execute("drop subscription moving")
    assert "was altered: all of it was compared" in run(databases)
    assert len(rows_of_raw(databases.warehouse)["tenants"]) == 1
    assert run(databases) == ""


def run(databases: Databases) -> str:
    return "\n".join(extract(databases.operational, databases.warehouse, pseudonym_key=KEY).notices)
