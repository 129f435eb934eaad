"""Bytes of the warehouse after an erasure: a row that is gone stays in its page until the table is written anew.

Belongs here: the pseudonym in pages. Not here: names, which only the source and files have (`test_erasure.py`).
"""

import uuid
from pathlib import Path

import psycopg

from orchestration.databases import Databases
from tests.orchestration.lifecycle.forgotten import Person

PAGES = """
    select relation.oid::regclass::text, current_setting('data_directory') || '/' || pg_relation_filepath(relation.oid)
    from pg_catalog.pg_class as relation
    where pg_relation_filepath(relation.oid) is not null
"""


def in_pages(databases: Databases, pseudonym: str) -> list[str]:
    """Tables and indexes whose files have it in their bytes."""
    with psycopg.connect(databases.warehouse, autocommit=True) as warehouse:
        warehouse.execute("checkpoint")
        files = warehouse.execute(PAGES).fetchall()
    return sorted(name for name, file in files if uuid.UUID(pseudonym).bytes in Path(file).read_bytes())


def test_no_page_of_the_warehouse_has_the_pseudonym(databases: Databases, tmp_path: Path) -> None:
    """But of the list of those who are kept away."""
    person = Person(databases, tmp_path)
    pseudonym = person.pseudonym()
    assert {"raw.conversations", "raw.customer_profiles", "facts.conversation_analytics"} <= set(
        in_pages(databases, pseudonym)
    )
    person.erase()
    assert [name for name in in_pages(databases, pseudonym) if not name.startswith("ops.tombstones")] == []
