"""What a customer was called before is theirs, too: it is looked for, told to them, and forgotten with them.

Belongs here: names, addresses, numbers and keys that were changed. Not here: what rectification changes
(`test_subject_rectify.py`).
"""

import json
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.lifecycle import erasure, holds, subject_by_email, subject_export, subject_rectify
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY, add_conversation
from tests.orchestration.lifecycle.forgotten import CANARIES, Person

OLD, NEW = "ada@exmaple.org", "ada@example.org"
MENTION = (
    "insert into public.webhook_events (tenant_id, event_type, source, payload) "
    "values (%s, 'in', 'crm', jsonb_build_object('from', %s::text))"
)


def add_customer(source: psycopg.Connection, tenant: uuid.UUID, **values: str) -> uuid.UUID:
    key = uuid.uuid4()
    source.execute("insert into public.customer_profiles (id, tenant_id) values (%s, %s)", (key, tenant))
    for column, value in values.items():
        change(source, key, column, value)
    return key


def change(source: psycopg.Connection, customer: uuid.UUID, column: str, value: str | None) -> None:
    source.execute(f"update public.customer_profiles set {column} = %s where id = %s".encode(), (value, customer))


def values(source: psycopg.Connection, tenant: uuid.UUID, customer: uuid.UUID) -> set[str]:
    row = source.execute("select app.subject_values(%s, %s)", (tenant, customer)).fetchone()
    return set(row[0] if row else []) - {str(customer)}


def exported(
    databases: Databases, customer: uuid.UUID, folder: Path, *, tenant: str = "acme"
) -> dict[str, list[dict[str, Any]]]:
    """The rows, by table."""
    to = folder / f"{customer}.json"
    subject_export.export(databases, tenant=tenant, customer=customer, to=to, pseudonym_key=KEY)
    return {each["name"]: each["rows"] for each in json.loads(to.read_text(encoding="utf-8"))["tables"]}


def test_what_was_put_right_is_erased_where_it_is_still_said(databases: Databases, tmp_path: Path) -> None:
    """By the command and by hand: messages, notes and payloads say the former ones."""
    person = Person(databases, tmp_path)
    before = person.totals()
    right = {"name": "Trillian Astra", "email": "trillian@example.org", "phone": "+4930111222333"}
    subject_rectify.rectify(databases.operational, tenant=person.slug, customer=person.id, right=dict(right))
    with psycopg.connect(databases.operational) as source:
        change(source, person.id, "external_id", "by-hand-4711")
        change(source, person.id, "name", "Tricia McMillan")
    assert f"app.former_values: {CANARIES[1]}" in person.found(*CANARIES)
    done = person.erase()
    assert person.found(*CANARIES, *right.values(), "by-hand-4711", "Tricia McMillan") == []
    assert person.totals() == before
    assert (done.proof["found"], person.on_disk()) == (0, [])


def test_an_export_follows_former_values_and_tells_them(
    databases: Databases, tenant: uuid.UUID, tmp_path: Path
) -> None:
    with psycopg.connect(databases.operational) as source:
        ada = add_customer(source, tenant, email=OLD)
        bob = add_customer(source, tenant, email="bob@example.org")
        source.execute(MENTION, (tenant, OLD.upper()))
        change(source, ada, "email", NEW)
        unclaimed = add_conversation(source, tenant, "hello")
        source.execute("update public.conversations set user_email = %s where id = %s", (OLD, unclaimed))
    refresh(databases, pseudonym_key=KEY)
    found = exported(databases, ada, tmp_path)
    assert [(row["kind"], row["value"]) for row in found["app.former_values"]] == [("email", OLD)]
    assert (len(found["public.webhook_events"]), len(found["public.conversations"])) == (1, 1)
    assert not exported(databases, bob, tmp_path)["app.former_values"]
    with psycopg.connect(databases.operational) as source:
        change(source, bob, "email", OLD)
    counts = [
        [len(exported(databases, who, tmp_path)[table]) for table in ("public.webhook_events", "public.conversations")]
        for who in (ada, bob)
    ]
    assert counts == [[0, 0], [1, 1]], "an address leads to whoever bears it now"


def test_a_former_value_names_whoever_bears_it_now(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        ada = add_customer(source, tenant, email=OLD, phone="+49 170 1234567", name="Ada Andersen")
        bob = add_customer(source, tenant, email="bob@example.org", phone="+49 170 7654321")
        change(source, ada, "email", NEW)
        change(source, ada, "phone", "+49 170 0000001")
        change(source, ada, "name", "Ada")
        assert values(source, tenant, ada) == {
            OLD, NEW, "+49 170 1234567", "491701234567", "+49 170 0000001", "491700000001", "Ada Andersen",
        }  # fmt: skip
        change(source, bob, "email", OLD)
        assert OLD in values(source, tenant, bob) and OLD not in values(source, tenant, ada)
        change(source, bob, "email", "bob@example.net")
        assert not {OLD} & (values(source, tenant, bob) | values(source, tenant, ada)), "both bore it: it names neither"


@pytest.mark.parametrize("is_held", [False, True])
def test_what_another_bore_once_goes_with_whoever_bears_it(
    databases: Databases, tenant: uuid.UUID, *, is_held: bool
) -> None:
    """A typing error was somebody's real address, or a mask has just replaced their name in another's profile."""
    with psycopg.connect(databases.operational) as source:
        ada, bob = add_customer(source, tenant, email=OLD), add_customer(source, tenant)
        change(source, ada, "email", NEW)
        change(source, bob, "email", OLD)
        change(source, ada, "name", f"friend of {OLD}")
        source.execute("insert into public.erasure_requests (tenant_id, customer_id) values (%s, %s)", (tenant, bob))
    if is_held:
        with psycopg.connect(databases.operational) as source:
            change(source, ada, "name", "Ada")
        holds.place(databases.operational, tenant="acme", reason="a court", customer=ada)
    with psycopg.connect(databases.operational) as source:
        erase = "select app.erase_customer(id, false) from public.erasure_requests"
        if is_held:
            with pytest.raises(psycopg.errors.RestrictViolation, match="is under legal hold"):
                source.execute(erase)
        else:
            source.execute(erase)
            rows = source.execute("select name, email from public.customer_profiles").fetchall()
            assert rows == [("friend of xxx@xxxxxxx.xxx", NEW)]
            assert source.execute("select from app.former_values").rowcount == 0


def write(source: psycopg.Connection, tenant: uuid.UUID, customer: uuid.UUID | None, **columns: str) -> uuid.UUID:
    """A conversation that bears what its columns say."""
    key = add_conversation(source, tenant, "hello")
    source.execute("update public.conversations set customer_id = %s where id = %s", (customer, key))
    for column, value in columns.items():
        put(source, key, column, value)
    return key


def put(source: psycopg.Connection, conversation: uuid.UUID, column: str, value: object) -> None:
    source.execute(f"update public.conversations set {column} = %s where id = %s".encode(), (value, conversation))


def test_what_only_a_conversation_bore_is_theirs_when_it_is_changed_there(
    databases: Databases, tenant: uuid.UUID
) -> None:
    with psycopg.connect(databases.operational) as source:
        ada, bob = (add_customer(source, tenant, email=mail) for mail in ("ada@example.org", "bob@example.org"))
        hers = write(
            source, tenant, ada, user_name="Ada Bironova", user_email="ada.first@example.org",
            customer_phone="+49 170 1112223", customer_social_id="wa-99887766", external_conversation_id="case-556677",
        )  # fmt: skip
        write(source, tenant, bob, user_email="shared@example.org")
        for column, value in (
            ("user_name", "A"), ("user_email", "shared@example.org"), ("customer_phone", None),
            ("customer_social_id", None), ("external_conversation_id", None), ("user_email", "ada.third@example.org"),
        ):  # fmt: skip
            put(source, hers, column, value)
        assert values(source, tenant, ada) == {
            "ada@example.org", "Ada Bironova", "ada.first@example.org", "+49 170 1112223", "491701112223", "wa-99887766",
            "case-556677", "ada.third@example.org",
        }  # fmt: skip
        assert values(source, tenant, bob) == {"bob@example.org", "shared@example.org"}, "hers once, his by now"


def test_it_goes_over_to_the_customer_that_a_conversation_gets(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        ada, bob = add_customer(source, tenant, email="ada@example.org"), add_customer(source, tenant)
        key = write(source, tenant, None, user_email="first@example.org")
        put(source, key, "user_email", "second@example.org")
        assert values(source, tenant, ada) == {"ada@example.org"}
        put(source, key, "customer_id", ada)
        assert values(source, tenant, ada) == {"ada@example.org", "first@example.org", "second@example.org"}
        source.execute("update public.conversations set customer_id = %s, user_email = null where id = %s", (bob, key))
        assert values(source, tenant, ada) == {"ada@example.org", "first@example.org", "second@example.org"}
        assert values(source, tenant, bob) == set()


def test_an_erasure_finds_what_a_conversation_of_theirs_bore_once(databases: Databases, tmp_path: Path) -> None:
    """By their key, and of somebody without a profile by the address that they have now."""
    person = Person(databases, tmp_path)
    with psycopg.connect(databases.operational) as source:
        row = source.execute(
            "select id from public.conversations where customer_id = %s limit 1", (person.id,)
        ).fetchone()
        assert row
        others = person.keys["conversation"]
        for key, address in (
            (row[0], "zz.former@example.org"),
            (write(source, person.tenant, None), "yy.former@example.org"),
        ):
            put(source, key, "user_email", address)
            put(source, key, "user_email", address.replace("former", "by-now"))
            source.execute(MENTION, (person.tenant, address))
            source.execute(
                "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'agent', %s)",
                (person.tenant, others, f"asked {address} again"),
            )
    refresh(databases, pseudonym_key=KEY)
    person.erase()
    assert person.found("zz.former@example.org", "zz.by-now@example.org") == []
    assert set(person.found("yy.former@example.org")) > {"app.former_values: yy.former@example.org"}
    without = subject_by_email.customer_of(
        databases.operational, tenant=person.slug, email="yy.by-now@example.org", pseudonym_key=KEY
    )
    told = exported(databases, without, tmp_path, tenant=person.slug)
    assert [row["value"] for row in told["app.former_values"]] == ["yy.former@example.org"]
    assert len(told["public.webhook_events"]) == 1
    erasure.erase(databases, person.settings, tenant=person.slug, customer=without)
    assert person.found("yy.former@example.org", "yy.by-now@example.org") == []


def test_an_address_that_a_conversation_has_no_more_finds_it_where_it_has_none(
    databases: Databases, tenant: uuid.UUID
) -> None:
    """Put right, it is of whom it says now: nobody else's erasure takes it along."""

    def theirs(source: psycopg.Connection, customer: uuid.UUID) -> set[uuid.UUID]:
        found = source.execute(
            "select id from app.unclaimed_conversations(%s, %s) where is_theirs", (tenant, customer)
        ).fetchall()
        return {key for (key,) in found}

    with psycopg.connect(databases.operational) as source:
        ada = add_customer(source, tenant, email="ada@example.org")
        emptied, corrected = (write(source, tenant, None, user_email="ada@example.org") for _ in range(2))
        assert theirs(source, ada) == {emptied, corrected}
        put(source, emptied, "user_email", None)
        put(source, corrected, "user_email", "quentin@example.org")
        assert theirs(source, ada) == {emptied}
        once = write(source, tenant, None, user_email="once@example.org")
        put(source, once, "user_email", None)
    asked = {"tenant": "acme", "email": "once@example.org", "pseudonym_key": KEY}
    customer = subject_by_email.customer_of(databases.operational, **asked)
    with psycopg.connect(databases.operational) as source:
        assert theirs(source, customer) == {once}
