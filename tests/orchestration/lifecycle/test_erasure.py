"""The right to be forgotten: nothing of the person is left, and no total has moved.

Belongs here: erasures of one person among many, whole or refused. Not here: those that are killed (`test_erasure_killed.py`),
and backups that bring somebody back (`test_erasure_obeyed.py`).
"""

import json
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from operational_schema import auditing
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction.archive import manifest
from orchestration.extraction.archive.write import write
from orchestration.lifecycle import erasure, erasure_ledger, holds, retention, retention_warehouse
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.conftest import IN_400_DAYS
from tests.orchestration.lifecycle.forgotten import CANARIES, LEGACY, MAIL, NAME, PHONE, Person, leave_files


@pytest.fixture
def person(databases: Databases, tmp_path: Path) -> Person:
    return Person(databases, tmp_path)


@pytest.mark.usefixtures("every_server")
def test_nothing_is_left_and_no_total_moves(person: Person) -> None:
    """R5, R9."""
    left = leave_files(person)
    write(person.databases.warehouse, person.settings.archive)
    before = person.totals()
    assert len(person.found(*CANARIES)) > 12
    done = person.erase()
    assert person.found(*CANARIES) == []
    # Ledgers know whom they keep away, and the trail by which keys values were taken: keys that lead nowhere.
    ledgers = {"public.erasure_requests", "public.audit_logs", "etl.outlived"}
    assert {place.split(":")[0] for place in person.found_in_rows(str(person.id))} <= ledgers
    assert person.totals() == before
    assert not left["export"].exists()
    assert not left["rendered"].exists()
    assert left["log"].read_text() == "xxxxxx.xxxxxx@xxxxxxx.xxx,+9999999999999\n"
    assert left["of another tenant"].read_text().startswith(MAIL.upper())
    left["of another tenant"].unlink()
    with closing(sqlite3.connect(left["database"])) as database:
        (event,) = database.execute("select event from event_logs").fetchone()
    assert json.loads(event) == {"message": "no room for xxxxxx.xxxxxx@xxxxxxx.xxx"}
    assert [b"<1@test>" in file.read_bytes() for file in (person.settings.mail / "new").iterdir()] == [True]
    assert person.on_disk() == []
    assert done.proof["found"] == 0
    assert str(done.proof["backups_end_by"]) > f"{datetime.now(UTC):%Y-%m-%d}"
    with psycopg.connect(person.databases.operational) as source:
        assert not auditing.look(source).findings
    assert list(manifest.faults(person.settings.archive, manifest.read(person.settings.archive))) == []  # type: ignore[arg-type]
    refresh(person.databases, pseudonym_key=KEY, full=True)
    assert person.totals() == before
    assert person.erase().was_done


def test_the_pseudonym_is_gone_too(person: Person) -> None:
    """R10: who has the key and the person's id does not find their conversations."""
    pseudonym = person.pseudonym()
    places = {place.split(":")[0] for place in person.found(pseudonym)}
    assert {"raw.conversations", "raw.customer_profiles"} < places
    person.erase()
    assert person.found(pseudonym) == [f"ops.tombstones: {pseudonym}"]


@pytest.mark.parametrize(
    ("size", "others", "left"), [(None, 0, "und"), (None, 3, "und"), (None, 4, "is"), ("1", 0, "is")]
)
def test_no_rare_attribute_joins_their_facts_to_them(person: Person, size: str | None, others: int, left: str) -> None:
    """R9: whatever describes a conversation of theirs describes those of four others, or as the tenant says, or is gone."""
    with psycopg.connect(person.databases.operational) as source:
        # Another tenant's customers write in it, too: to whoever sees this tenant's rows they are nobody.
        source.execute(
            "update public.conversations set language = 'is' where tenant_id <> %(tenant)s or customer_id = %(person)s "
            "or customer_id in (select customer_id from public.conversations where tenant_id = %(tenant)s "
            "and customer_id <> %(person)s group by customer_id order by count(*) desc, customer_id limit %(others)s)",
            {"tenant": person.tenant, "person": person.id, "others": others},
        )
        if size:
            source.execute(
                "insert into public.system_settings (tenant_id, setting_key, setting_value) "
                "values (%s, 'small_group_size', %s::jsonb)",
                (person.tenant, size),
            )
    refresh(person.databases, pseudonym_key=KEY)
    pseudonym = person.pseudonym()
    with psycopg.connect(person.databases.warehouse) as warehouse:
        theirs = warehouse.execute("select id from raw.conversations where customer_key = %s", (pseudonym,)).fetchall()
    person.erase()
    with psycopg.connect(person.databases.warehouse) as warehouse:
        languages = warehouse.execute(
            "select conversation_id, language from marts.conversation_analytics where conversation_id = any(%s)",
            ([key for (key,) in theirs],),
        ).fetchall()
    assert len(languages) == len(theirs) > 0
    assert {language for _, language in languages} == {left}


def test_whom_retention_has_forgotten_the_warehouse_forgets_too(person: Person, tmp_path: Path) -> None:
    """Their rows at the source went by rule; their pseudonym joins what the warehouse keeps for years."""
    with psycopg.connect(person.databases.operational) as source:
        source.execute("update public.conversations set status = 'closed' where customer_id = %s", (person.id,))
        # As autovacuum does at some moment before their rows go.
        source.execute("analyze public.customer_profiles, public.conversations, public.messages")
    refresh(person.databases, pseudonym_key=KEY)
    retention.run(person.databases.operational, exports=tmp_path, as_of=IN_400_DAYS)
    refresh(person.databases, pseudonym_key=KEY)
    with psycopg.connect(person.databases.operational) as source:
        assert source.execute("select from public.customer_profiles where id = %s", (person.id,)).rowcount == 0
    # Of June they are aside for seven days, and would join what raw has of July.
    retention_warehouse.forget(person.databases, pseudonym_key=KEY, as_of=date(2031, 7, 15))
    before, pseudonym = person.totals(), person.pseudonym()
    assert {"raw.conversations", "detached.conversations_20310715"} <= {
        place.split(":")[0] for place in person.found(pseudonym)
    }
    person.erase()
    assert person.found(pseudonym) == [f"ops.tombstones: {pseudonym}"]
    assert person.totals() == before
    assert person.erase().was_done


def test_only_the_asked_tenant_forgets(person: Person) -> None:
    """R6: the same person is another tenant's customer, too."""
    with psycopg.connect(person.databases.operational) as source:
        row = source.execute("select id from public.tenants where id <> %s", (person.tenant,)).fetchone()
        other = row[0] if row else None
        twin = uuid.uuid4()
        source.execute(
            "insert into public.customer_profiles (id, tenant_id, name, email, phone) values (%s, %s, %s, %s, %s)",
            (twin, other, NAME, MAIL, PHONE),
        )
        source.execute(
            "insert into public.webhook_events (tenant_id, event_type, source, payload) "
            "values (%s, 'in', 'crm', jsonb_build_object('from', %s::text))",
            (other, MAIL),
        )
        # Rows of that trail go where they are the tenant's: they never change.
        source.execute(
            "with crm as (insert into public.integrations (tenant_id, name, type, provider) "
            "values (%s, 'crm', 'crm', 'custom') returning tenant_id, id) "
            "insert into public.integration_audit_logs (tenant_id, integration_id, action, details) "
            "select tenant_id, id, 'sync', jsonb_build_object('contact', %s::text) from crm",
            (other, MAIL),
        )
    person.erase()
    # Statistics are of all tenants together.
    places = {place.split(":")[0] for place in person.found_in_rows(MAIL)}
    assert places == {"public.customer_profiles", "public.webhook_events", "public.integration_audit_logs"}
    assert person.found(LEGACY) == []


def test_what_another_person_bears_too_is_theirs(person: Person) -> None:
    """A number that a family shares, and a colleague's address, name nobody alone."""
    with psycopg.connect(person.databases.operational) as source:
        source.execute(
            "update public.customer_profiles set phone = %s where id = "
            "(select id from public.customer_profiles where tenant_id = %s and id <> %s order by id limit 1)",
            (PHONE, person.tenant, person.id),
        )
        source.execute(
            "insert into public.profiles (tenant_id, email, full_name) values (%s, %s, 'A colleague')",
            (person.tenant, MAIL),
        )
    person.erase()
    assert f"public.customer_profiles: {PHONE}" in person.found(PHONE)
    assert f"public.profiles: {MAIL}" in person.found(MAIL)
    assert person.found(LEGACY) == []


def test_what_names_them_again_meanwhile_is_found(person: Person) -> None:
    """R8: a colleague writes the number down while the erasure is at work. The proof says so, and the next run mends it."""

    def write_down(step: str) -> None:
        if step == "bytes":
            with psycopg.connect(person.databases.operational) as source:
                source.execute("update public.messages set content = %(phone)s where id = %(message)s", person.keys)

    with pytest.raises(WarehouseError, match=r"still to be found in public\.messages \(1 rows\)"):
        person.erase(write_down)
    person.erase()
    assert person.found(*CANARIES) == []


def test_who_cannot_be_erased_is_told_in_one_line(person: Person) -> None:
    """R8."""

    def erase(**given: object) -> None:
        asked = {"tenant": person.slug, "customer": person.id} | given
        erasure.erase(person.databases, person.settings, **asked)  # type: ignore[arg-type]

    with psycopg.connect(person.databases.operational) as source:
        row = source.execute("select slug from public.tenants where id <> %s", (person.tenant,)).fetchone()
    for wrong, line in (
        ({"tenant": "nowhere"}, "there is no tenant nowhere"),
        ({"customer": uuid.uuid4()}, "has no customer"),
        ({"tenant": row[0] if row else None}, "has no customer"),
    ):
        with pytest.raises(WarehouseError, match=line):
            erase(**wrong)
    erase()
    assert erasure_ledger.waiting(person.databases.operational) == []


def test_a_hold_on_any_of_it_blocks_it(person: Person) -> None:
    """On the customer, on one of their conversations, on all of the tenant: nothing has gone, and the request waits."""
    with psycopg.connect(person.databases.operational) as source:
        row = source.execute(
            "select id from public.conversations where customer_id = %s limit 1", (person.id,)
        ).fetchone()
    for held in ({"customer": person.id}, {"conversation": row[0] if row else None}, {}):
        hold = holds.place(person.databases.operational, tenant=person.slug, reason="a court", **held)
        before = person.found_in_rows(*CANARIES)
        with pytest.raises(WarehouseError, match="under legal hold"):
            person.erase()
        assert [each.status for each in erasure_ledger.waiting(person.databases.operational)] == ["held"]
        assert person.found_in_rows(*CANARIES) == before
        holds.release(person.databases.operational, hold)
    person.erase()
    assert person.found(*CANARIES) == []
    kept = [each.keeps for each in holds.list_all(person.databases.operational, tenant=person.slug)]
    assert [words.split()[0] for words in kept] == ["conversation", "all"], "of those on the person nothing is left"


def test_a_request_for_nobody_is_rejected(person: Person) -> None:
    """The application can ask for whom it likes."""
    with psycopg.connect(person.databases.operational) as source:
        source.execute(
            "insert into public.erasure_requests (tenant_id, customer_id) values (%s, %s)",
            (person.tenant, uuid.uuid4()),
        )
    done, failed = erasure.erase_requested(person.databases, person.settings)
    assert (done, len(failed)) == ([], 1)
    assert erasure_ledger.waiting(person.databases.operational) == []
