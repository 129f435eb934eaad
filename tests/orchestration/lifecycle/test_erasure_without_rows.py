"""An erasure of whom the source knows little: an address without a profile, a held conversation whose rows are lost.

Belongs here: people and holds without rows of their own. Not here: those that retention took (`test_erasure.py`).
"""

import uuid
from datetime import date
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.lifecycle import (
    erasure,
    erasure_ledger,
    holds,
    retention,
    retention_warehouse,
    subject_by_email,
    subject_export,
)
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.conftest import IN_400_DAYS
from tests.orchestration.lifecycle.forgotten import Person
from tests.orchestration.lifecycle.test_erasure_bytes import in_pages

MAIL, NAME = "ford.unclaimed@example.org", "Ford Prefectius"


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


def write(person: Person, address: str) -> uuid.UUID:
    """A conversation without a customer, and a colleague's note elsewhere that names whoever wrote."""
    key = uuid.uuid4()
    with psycopg.connect(person.databases.operational) as source:
        source.execute(
            "insert into public.conversations (id, tenant_id, user_email, user_name) values (%s, %s, %s, %s)",
            (key, person.tenant, address, NAME),
        )
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'customer', %s)",
            (person.tenant, key, f"I am {NAME}"),
        )
        source.execute(
            "insert into public.webhook_events (tenant_id, event_type, source, payload) "
            "values (%s, 'in', 'mail', jsonb_build_object('from', %s::text))",
            (person.tenant, address),
        )
    return key


def nobody_at_the_other_tenant(person: Person, address: str) -> None:
    """Whoever asks there hears of nobody, and makes nobody."""
    with psycopg.connect(person.databases.operational) as source:
        row = source.execute("select slug from public.tenants where slug <> %s", (person.slug,)).fetchone()
        slug = str(row[0] if row else None)
    with pytest.raises(WarehouseError, match=f"nobody of tenant {slug} has that address"):
        subject_by_email.customer_of(person.databases.operational, tenant=slug, email=address, pseudonym_key=KEY)


def test_whoever_wrote_without_a_profile_is_erased_by_their_address(person: Person) -> None:
    conversation = write(person, MAIL)
    nobody_at_the_other_tenant(person, MAIL)
    refresh(person.databases, pseudonym_key=KEY)
    before = person.totals()
    asked = {"tenant": person.slug, "email": f" {MAIL.upper()}", "pseudonym_key": KEY}
    customer = subject_by_email.customer_of(person.databases.operational, **asked)
    assert subject_by_email.customer_of(person.databases.operational, **asked) == customer
    done = erasure.erase(person.databases, person.settings, tenant=person.slug, customer=customer)
    assert ("conversations", "deleted", 1) in done.rows
    assert person.found(MAIL, NAME) == []
    assert person.totals() == before
    with psycopg.connect(person.databases.warehouse) as warehouse:
        kept = "select customer_key from marts.conversation_analytics where conversation_id = %s"
        assert warehouse.execute(kept, (conversation,)).fetchall() == [(None,)]
    again = subject_by_email.customer_of(person.databases.operational, **asked)
    assert again == customer, "who breaks it off asks by the same address again"
    nobody_at_the_other_tenant(person, MAIL)


def test_an_address_is_a_customers_nobodys_or_not_enough(person: Person) -> None:
    def ask(email: str, tenant: str = person.slug) -> uuid.UUID:
        return subject_by_email.customer_of(person.databases.operational, tenant=tenant, email=email, pseudonym_key=KEY)

    with psycopg.connect(person.databases.operational) as source:
        for mail in ("zaphod.two@example.org", "Zaphod.Two@example.org"):
            source.execute(
                "insert into public.customer_profiles (tenant_id, email) values (%s, %s)", (person.tenant, mail)
            )
    assert ask("ZAPHOD.canary@example.org") == person.id
    nobody_at_the_other_tenant(person, "zaphod.canary@example.org")
    for email, tenant, line in (
        ("nobody@example.org", person.slug, "nobody of tenant .* has that address"),
        ("zaphod.two@example.org", person.slug, "several customers of tenant .* have that address: say --customer"),
        (MAIL, "nowhere", "there is no tenant nowhere"),
    ):
        with pytest.raises(WarehouseError, match=line) as told:
            ask(email, tenant)
        assert email not in str(told.value)


def test_of_whom_all_is_aside_is_told_and_erased_before_it_is_dropped(person: Person, tmp_path: Path) -> None:
    """Retention took their rows at the source, and seven years all of them in the warehouse."""
    with psycopg.connect(person.databases.operational) as source:
        source.execute("update public.conversations set status = 'closed' where customer_id = %s", (person.id,))
    refresh(person.databases, pseudonym_key=KEY)
    retention.run(person.databases.operational, exports=tmp_path, as_of=IN_400_DAYS)
    refresh(person.databases, pseudonym_key=KEY)
    for day in (15, 16):  # A profile leaves in the run after its last conversation.
        retention_warehouse.forget(person.databases, pseudonym_key=KEY, as_of=date(2040, 1, day))
    pseudonym = person.pseudonym()
    places = {place.split(":")[0] for place in person.found_in_rows(pseudonym)}
    assert places == {"detached.conversations_20400115", "detached.customer_profiles_20400116"}
    exported = subject_export.export(
        person.databases, tenant=person.slug, customer=person.id, to=tmp_path / "person.json", pseudonym_key=KEY
    )
    assert all(exported.rows[f"detached.{name}_20400115"] > 0 for name in ("conversations", "messages"))
    person.erase()
    assert person.found(pseudonym) == [f"ops.tombstones: {pseudonym}"]
    assert {name.removesuffix("_pkey") for name in in_pages(person.databases, pseudonym)} == {"ops.tombstones"}


def test_a_hold_on_a_conversation_that_the_source_has_lost_blocks_it(person: Person) -> None:
    """A backup that was restored lacks the rows and has the hold; the warehouse has the facts."""
    with psycopg.connect(person.databases.operational) as source:
        row = source.execute("select id from public.conversations where customer_id = %s", (person.id,)).fetchone()
    conversation = row[0] if row else None
    hold = holds.place(person.databases.operational, tenant=person.slug, reason="a court", conversation=conversation)
    with psycopg.connect(person.databases.operational) as source:
        source.execute("alter table public.conversations disable trigger refuse_held")
        source.execute("set local etl.reason to 'retention'")
        source.execute("delete from public.conversations where id = %s", (conversation,))
        source.execute("alter table public.conversations enable always trigger refuse_held")
    refresh(person.databases, pseudonym_key=KEY)
    pseudonym = person.pseudonym()
    with pytest.raises(WarehouseError, match=f"under legal hold {hold}"):
        person.erase()
    assert [each.status for each in erasure_ledger.waiting(person.databases.operational)] == ["held"]
    assert f"raw.conversations: {pseudonym}" in person.found(pseudonym)
    holds.release(person.databases.operational, hold)
    person.erase()
    assert person.found(pseudonym) == [f"ops.tombstones: {pseudonym}"]
