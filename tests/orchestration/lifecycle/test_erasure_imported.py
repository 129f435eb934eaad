"""An erased person in a file of history that is imported again: nothing of theirs comes back, everybody else's does.

Belongs here: imports after an erasure. Not here: backups and archives (`test_erasure_obeyed.py`), and imports as such
(`tests/operational_schema/test_importing*.py`).
"""

import json
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from operational_schema import importing
from operational_schema.importing import ImportSummary
from orchestration import settings
from orchestration.databases import Databases
from orchestration.lifecycle import erasure
from orchestration.refresh import refresh
from tests.operational_schema.histories import conversation, event
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.forgotten import MAIL, NAME, found_in_rows, totals

LEGACY = "crm-0099123"
UNTIL = date(2024, 6, 1)
ANN = {"id": "c1", "name": "Ann", "email": "ann@example.com"}
THEM = {"id": LEGACY, "name": NAME, "email": MAIL}


def said(text: str, **changes: Any) -> list[dict[str, Any]]:
    return [event(type="message", sender="customer", text=text, **changes)]


FILE = [
    conversation(conversation_id="x-1", customer=ANN, events=said(f"my friend is at {MAIL.upper()}, and well")),
    conversation(conversation_id="x-2", customer=THEM, events=said(f"{NAME} speaking")),
    conversation(conversation_id="x-3", customer={"id": LEGACY}, events=said("me again")),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A history of two people, of whom one tells of the other."""
    written = tmp_path / "history.jsonl"
    written.write_text("".join(json.dumps(line) + "\n" for line in FILE))
    return written


def bring(databases: Databases, file: Path) -> ImportSummary:
    return importing.import_file(databases.operational, file, pseudonym_key=KEY)


def forget(databases: Databases, home: Path) -> None:
    with psycopg.connect(databases.operational) as source:
        (person,) = source.execute("select id from public.customer_profiles where email = %s", (MAIL,)).fetchone()  # type: ignore[misc]
    asked = settings.load({"ROMASHKA_HOME": str(home), "ROMASHKA_PSEUDONYM_KEY": KEY})
    erasure.erase(databases, asked, tenant="acme", customer=person)


def people(databases: Databases) -> list[tuple[Any, ...]]:
    with psycopg.connect(databases.operational) as source:
        return source.execute(
            "select person.external_id, count(conversation.id) from public.customer_profiles as person "
            "left join public.conversations as conversation on conversation.customer_id = person.id group by 1 order by 1"
        ).fetchall()


def test_a_file_that_is_imported_again_brings_nobody_back(databases: Databases, file: Path, tmp_path: Path) -> None:
    assert bring(databases, file).rows()[1] == ("customers", 2, 0, 0)
    refresh(databases, pseudonym_key=KEY)
    forget(databases, tmp_path)
    # After it: of two people a language is rare.
    before = totals(databases, until=UNTIL)
    again = bring(databases, file)
    assert again.erased == {"customers": 1, "conversations": 2, "messages": 2, "events": 2}
    assert set(again.counts.values()) == {(0, 0)}, "what was masked of others stays masked"
    assert people(databases) == [("c1", 1)]
    for full in (False, True):
        refresh(databases, pseudonym_key=KEY, full=full)
        assert totals(databases, until=UNTIL) == before
    assert found_in_rows(databases, MAIL, "quillfeather", LEGACY) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "another key", "email": f" {MAIL.upper()}"},
        {"id": LEGACY, "email": "another@example.org"},
        {"id": "a-former-key"},
        {"id": "yet another", "email": "former.canary@example.org"},
    ],
    ids=["their address", "their key", "a former key", "a former address"],
)
def test_whom_the_application_knew_is_known_by_digests(
    databases: Databases, file: Path, tmp_path: Path, changed: dict[str, str]
) -> None:
    """Their key is the application's own: what a file makes of theirs is another."""
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (slug, name, timezone) values ('acme', 'Acme', 'UTC')")
        source.execute(
            "insert into public.customer_profiles (id, tenant_id, name, email, external_id) "
            "select %s, id, %s, 'former.canary@example.org', 'a-former-key' from public.tenants",
            (uuid.uuid4(), NAME),
        )
        source.execute("update public.customer_profiles set email = %s, external_id = %s", (MAIL, LEGACY))
    refresh(databases, pseudonym_key=KEY)
    forget(databases, tmp_path)
    file.write_text(
        json.dumps(conversation(customer=ANN)) + "\n"
        + json.dumps(conversation(conversation_id="x-9", customer=changed)) + "\n"
    )  # fmt: skip
    assert bring(databases, file).erased["conversations"] == 1
    assert people(databases) == [("c1", 1)]
    with psycopg.connect(databases.operational) as source:
        digests = source.execute("select kind, encode(digest, 'escape') from app.erased_identities").fetchall()
    assert sorted(kind for kind, _ in digests) == ["email", "email", "external_id", "external_id"]
    assert not any("canary" in digest or "key" in digest for _, digest in digests)


def test_another_tenants_customer_of_that_address_is_imported(databases: Databases, file: Path, tmp_path: Path) -> None:
    bring(databases, file)
    refresh(databases, pseudonym_key=KEY)
    forget(databases, tmp_path)
    file.write_text(json.dumps(conversation(tenant="globex", customer=THEM)) + "\n")
    assert bring(databases, file).rows()[1] == ("customers", 1, 0, 0)


def test_without_the_key_nothing_is_imported_where_somebody_was_erased(
    databases: Databases, file: Path, tmp_path: Path
) -> None:
    bring(databases, file)
    refresh(databases, pseudonym_key=KEY)
    forget(databases, tmp_path)
    with pytest.raises(psycopg.errors.RaiseException, match=r"etl\.pseudonym_key is not set"):
        importing.import_file(databases.operational, file)
    assert people(databases) == [("c1", 1)]
