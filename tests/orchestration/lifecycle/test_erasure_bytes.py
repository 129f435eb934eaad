"""Bytes after an erasure: a row that is gone stays in its page until the table is written anew, and in what the planner keeps.

Belongs here: the pseudonym in the warehouse's pages, and statistics. Not here: an erasure as a whole (`test_erasure.py`).
"""

import uuid
from pathlib import Path

import psycopg

from orchestration.databases import Databases
from tests.orchestration.lifecycle.forgotten import CRM, LEGACY, MAIL, NAME, PHONE, Person

# Temporary tables go some time after the session that made them: with their file, while it is read.
PAGES = """
    select relation.oid::regclass::text, current_setting('data_directory') || '/' || pg_relation_filepath(relation.oid)
    from pg_catalog.pg_class as relation
    where pg_relation_filepath(relation.oid) is not null and relation.relpersistence = 'p'
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


def test_what_the_planner_keeps_of_a_table_without_rows_is_cleared(databases: Databases, tmp_path: Path) -> None:
    """ANALYZE finds no row there, and lets the statistics be what they were."""
    person = Person(databases, tmp_path)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        source.execute(
            "with crm as (insert into public.integrations (tenant_id, name, type, provider) "
            "values (%(tenant)s, 'other crm', 'crm', 'custom') returning tenant_id, id) "
            "insert into public.customer_sync_mapping "
            "(tenant_id, customer_profile_id, integration_id, external_id, external_entity_type) "
            "select tenant_id, %(customer)s, id, %(crm)s, 'contact' from crm",
            person.keys,
        )
        source.execute(
            "delete from public.customer_sync_mapping where customer_profile_id <> %(customer)s", person.keys
        )
        source.execute("analyze public.customer_sync_mapping")
    assert set(person.found(CRM)) > set(person.found_in_rows(CRM))
    person.erase()
    assert person.found(CRM) == []


def test_what_is_gathered_while_the_values_wait_says_nothing_of_them(databases: Databases, tmp_path: Path) -> None:
    """Autovacuum may come by at any step, and their table is empty by the time that anybody could gather anew."""
    person = Person(databases, tmp_path)

    def analyze(step: str) -> None:
        with psycopg.connect(databases.operational, autocommit=True) as source:
            waiting = source.execute("select from app.erasure_work where kind = 'value'").rowcount
            source.execute("analyze app.erasure_work")
        seen.append((step, waiting > 1))

    seen: list[tuple[str, bool]] = []
    person.erase(on_step=analyze)
    assert [step for step, waiting in seen if waiting] == ["source", "warehouse", "files", "archive", "bytes", "proof"]
    assert person.found(NAME, MAIL, PHONE, LEGACY, CRM) == []


def test_what_was_deleted_before_by_hand_is_not_left_in_its_page(databases: Databases, tmp_path: Path) -> None:
    """No row of the table is theirs any more, and none names them."""
    person = Person(databases, tmp_path)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        source.execute(
            "insert into public.canned_responses (tenant_id, title, content) values (%s, 'to one', %s), (%s, 'to all', 'hi')",
            (person.tenant, f"Dear {NAME}", person.tenant),
        )
        source.execute("delete from public.canned_responses where title = 'to one'")
    person.erase()
    assert person.on_disk() == []
