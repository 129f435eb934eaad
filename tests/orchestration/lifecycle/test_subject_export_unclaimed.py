"""R12: what is held about a person without their key: conversations by their address, and what only the warehouse knows.

Belongs here: rows that no key at the source leads to. Not here: the others, and the file (`test_subject_export.py`).
"""

import json
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from orchestration.databases import Databases
from orchestration.extraction.extract import extract
from orchestration.lifecycle import subject_export
from tests.orchestration.conftest import KEY, add_conversation

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def person(databases: Databases, tenant: uuid.UUID) -> uuid.UUID:
    """A customer with a conversation."""
    key = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.customer_profiles (id, tenant_id, email) values (%s, %s, 'zebulon@example.org')",
            (key, tenant),
        )
        conversation = add_conversation(source, tenant, "hello")
        source.execute("update public.conversations set customer_id = %s where id = %s", (key, conversation))
    return key


def exported(databases: Databases, person: uuid.UUID, folder: Path) -> Rows:
    """The rows, by table."""
    to = folder / "of them.json"
    subject_export.export(databases, tenant="acme", customer=person, to=to, pseudonym_key=KEY)
    return {each["name"]: each["rows"] for each in json.loads(to.read_text(encoding="utf-8"))["tables"]}


def test_conversations_without_a_customer_but_with_their_address_are_theirs(
    databases: Databases, tenant: uuid.UUID, person: uuid.UUID, tmp_path: Path
) -> None:
    with psycopg.connect(databases.operational) as source:
        key, other = add_conversation(source, tenant, "mine, too"), add_conversation(source, tenant, "not mine")
        for address, conversation in (("Zebulon@EXAMPLE.org", key), ("x@example.net", other)):
            source.execute("update public.conversations set user_email = %s where id = %s", (address, conversation))
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    found = exported(databases, person, tmp_path)
    assert {row["content"] for row in found["public.messages"]} == {"hello", "mine, too"}
    for table in ("public.conversations", "raw.conversations"):
        assert len(found[table]) == 2
        assert str(key) in {row["id"] for row in found[table]}
    assert len(found["raw.messages"]) == 2
    assert str(other) not in str(found)


def test_whom_retention_has_forgotten_the_warehouse_still_tells_of(
    databases: Databases, person: uuid.UUID, tmp_path: Path
) -> None:
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    with psycopg.connect(databases.operational) as source:
        source.execute("set local etl.reason to 'retention'")
        source.execute("delete from public.conversations where customer_id = %s", (person,))
        source.execute("delete from public.customer_profiles where id = %s", (person,))
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    found = exported(databases, person, tmp_path)
    assert {table: len(found[table]) for table in ("raw.customer_profiles", "raw.conversations", "raw.messages")} == {
        "raw.customer_profiles": 1, "raw.conversations": 1, "raw.messages": 1,
    }  # fmt: skip
    assert found["public.customer_profiles"] == []


def test_a_short_key_and_a_part_of_a_value_lead_to_nobodys_rows(
    databases: Databases, tenant: uuid.UUID, person: uuid.UUID, tmp_path: Path
) -> None:
    """A key of two digits is a number that anything may be; a whole value in what another system sent is theirs."""
    payloads = ({"n": 42, "id": "42"}, {"said": "not from zebulon@example.org"}, {"from": ["Zebulon@example.org"]})
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.customer_profiles set external_id = '42' where id = %s", (person,))
        keys = [
            source.execute(
                "insert into public.webhook_events (tenant_id, event_type, source, payload) "
                "values (%s, 'in', 'crm', %s) returning id",
                (tenant, Jsonb(payload)),
            ).fetchone()[0]  # type: ignore[index]
            for payload in payloads
        ]
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    assert [row["id"] for row in exported(databases, person, tmp_path)["public.webhook_events"]] == [str(keys[2])]
