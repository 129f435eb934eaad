"""One customer erased at the source among others: nothing of theirs stays, and nothing of anybody else's goes.

Belongs here: the transaction at the source. Not here: what names a person, and masks (`test_functions_erasure.py`), the trail
(`test_functions_erase_trail.py`), and a whole erasure (`tests/orchestration/lifecycle/test_erasure.py`).
"""

import threading
import time
import uuid

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant
from tests.operational_schema.forgetting import landed

MAIL, PHONE, LEGACY = "zaphod.canary@example.org", "+4917012345678", "LEGACY-0099123"


@pytest.fixture
def person(connection: psycopg.Connection, acme: Tenant) -> uuid.UUID:
    """A customer of Acme's who asks to be forgotten, with a conversation."""
    key = uuid.uuid4()
    connection.execute(
        "insert into public.customer_profiles (id, tenant_id, name, email, phone, external_id) "
        "values (%s, %s, 'Zaphod Quillfeather', %s, %s, %s)",
        (key, acme.tenant, MAIL, PHONE, LEGACY),
    )
    connection.execute(
        "insert into public.conversations (id, tenant_id, customer_id, user_email) values (%s, %s, %s, %s)",
        (conversation_of(key), acme.tenant, key, MAIL),
    )
    connection.execute(
        "insert into public.erasure_requests (tenant_id, customer_id) values (%s, %s)", (acme.tenant, key)
    )
    return key


def conversation_of(person: uuid.UUID) -> uuid.UUID:
    """The key of their conversation."""
    return uuid.uuid5(person, "conversation")


def erase(connection: psycopg.Connection, person: uuid.UUID) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        "select done.table_name, done.what, done.row_count from public.erasure_requests as request "
        "cross join lateral app.erase_customer(request.id, false) as done where request.customer_id = %s",
        (person,),
    )
    return {(table, what): count for table, what, count in rows}


def values(connection: psycopg.Connection, acme: Tenant, person: uuid.UUID) -> list[str]:
    ((found,),) = connection.execute("select app.subject_values(%s, %s)", (acme.tenant, person)).fetchall()
    return list(found)


def others(connection: psycopg.Connection, person: uuid.UUID) -> dict[str, list[str]]:
    """Every row of the schema that is not about the person, but for the trails that the erasure itself writes."""
    told = {}
    for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
        if table not in ("audit_logs", "erasure_requests"):
            rows = connection.execute(f"select to_jsonb(kept)::text from public.{table} as kept".encode()).fetchall()
            theirs = (str(person), str(conversation_of(person)))
            told[table] = sorted(row for (row,) in rows if not any(key in row for key in theirs))
    return told


@pytest.mark.parametrize(
    ("column", "word", "also"),
    [
        ("external_id", "customer", ""),
        ("external_id", "first_response", ""),
        ("external_id", "whatsapp2", "update public.messages set channel_type = 'whatsapp2'"),
        ("external_id", "level2", "update public.conversations set department = 'level2' where id = %(conversation)s"),
        (
            "external_id",
            "limits_of_2024",
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%(tenant)s, 'limits_of_2024', '1')",
        ),
        ("external_id", "202401", "update public.scheduled_reports set slug = 'weekly-202401' where id = %(report)s"),
        ("name", "Acme Support", "update public.tenants set name = 'Acme Support & Sons' where id = %(tenant)s"),
    ],
)
def test_a_word_of_everybodys_names_nobody(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID, column: str, word: str, also: str
) -> None:
    """Masked, it was refused by a check, and all rows of the tenant that had it were deleted; or figures moved."""
    if also:
        connection.execute(also.encode(), vars(acme) if "%" in also else None)
    connection.execute(f"update public.customer_profiles set {column} = %s where id = %s".encode(), (word, person))
    before = others(connection, person)
    assert word not in values(connection, acme, person)
    erase(connection, person)
    assert others(connection, person) == before
    assert connection.execute("select from public.customer_profiles where id = %s", (person,)).rowcount == 0


def test_no_word_of_a_closed_list_could_name_anybody(connection: psycopg.Connection) -> None:
    """What has a digit, an @, or two words, could."""
    words = connection.execute(
        "select word[1] from app.closed_columns() as closed "
        "inner join pg_constraint as held on held.conrelid = format('public.%I', closed.table_name)::regclass "
        "and held.contype = 'c' and held.conname ~ '_known$' "
        "cross join lateral regexp_matches(pg_get_constraintdef(held.oid), '''([^'']*)''', 'g') as word where closed.is_listed"
    ).fetchall()
    assert len(words) > 100
    assert [word for (word,) in words if any(sign.isdigit() or sign in "@ " for sign in word)] == []


def test_only_the_row_that_refuses_its_mask_goes(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID
) -> None:
    connection.execute("delete from public.canned_responses")
    for title, shortcut, content in (
        ("masked before", "xxxxxx-9999999", "hello"),
        ("refuses", LEGACY, "hello"),
        ("is masked", "/bye", f"bye {LEGACY}"),
        ("untouched", "/hi", "hi"),
    ):
        connection.execute(
            "insert into public.canned_responses (tenant_id, title, shortcut, content) values (%s, %s, %s, %s)",
            (acme.tenant, title, shortcut, content),
        )
    done = erase(connection, person)
    assert (done["canned_responses", "deleted"], done["canned_responses", "masked"]) == (1, 1)
    left = connection.execute("select title, content from public.canned_responses order by title").fetchall()
    assert left == [("is masked", "bye xxxxxx-9999999"), ("masked before", "hello"), ("untouched", "hi")]


def test_nobody_goes_before_the_warehouse_has_what_is_theirs(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID
) -> None:
    """Its facts would be lost, and totals with them."""
    now = "select app.erase_customer(id) from public.erasure_requests where customer_id = %s"
    connection.execute("delete from etl.acknowledged")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="not in the warehouse yet"):
        connection.execute(now, (person,))
    landed(connection)
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'customer', 'x')",
        (acme.tenant, conversation_of(person)),
    )
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="not in the warehouse yet"):
        connection.execute(now, (person,))
    landed(connection)
    connection.execute("update public.conversations set priority = 'high' where id = %s", (acme.conversation,))
    connection.execute(now, (person,))
    assert connection.execute("select from public.customer_profiles where id = %s", (person,)).rowcount == 0


@pytest.mark.parametrize("held", ["conversation_id", "customer_id"])
@pytest.mark.parametrize(
    "named",
    [
        "update public.messages set content = %(mail)s where conversation_id = %(second)s",
        "update public.conversations set handoff_reason = %(mail)s where id = %(second)s",
        "update public.customer_profiles set notes = %(mail)s where id = %(customer)s",
        "update public.message_delivery_tracking set error_details = jsonb_build_object('to', %(mail)s::text)",
    ],
)
def test_what_is_held_of_others_is_not_rewritten(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID, held: str, named: str
) -> None:
    connection.execute(named.encode(), {**vars(acme), "mail": MAIL})
    ((hold,),) = connection.execute(
        f"insert into public.legal_holds (tenant_id, {held}, reason) values (%s, %s, 'a court') returning id".encode(),
        (acme.tenant, {"conversation_id": acme.second, "customer_id": acme.customer}[held]),
    ).fetchall()
    before = others(connection, person)
    with pytest.raises(psycopg.errors.RestrictViolation, match=f"name the customer are under legal hold {hold}"):
        erase(connection, person)
    assert others(connection, person) == before
    connection.execute("update public.legal_holds set released_at = now() where id = %s", (hold,))
    erase(connection, person)
    assert MAIL not in str(others(connection, person))


def test_a_conversation_that_begins_meanwhile_goes_with_them(
    connection: psycopg.Connection, operational_url: str, acme: Tenant, person: uuid.UUID
) -> None:
    """It had no customer afterwards, and everything else of the person."""
    key = uuid.uuid4()
    with psycopg.connect(operational_url) as writer:
        writer.execute(
            "insert into public.conversations (id, tenant_id, customer_id, user_name) values (%s, %s, %s, 'Zaphod')",
            (key, acme.tenant, person),
        )
        erasing = threading.Thread(target=erase, args=(connection, person))
        erasing.start()
        with psycopg.connect(operational_url, autocommit=True) as watcher:
            while not watcher.execute("select from pg_locks where not granted").rowcount:
                time.sleep(0.02)
        writer.commit()
        erasing.join()
    assert connection.execute("select from public.conversations where id = %s", (key,)).rowcount == 0


UNCLAIMED = "insert into public.conversations (id, tenant_id, {columns}) values (%s, %s, {values})"


def unclaimed(connection: psycopg.Connection, acme: Tenant, **columns: str) -> uuid.UUID:
    """A conversation without a customer."""
    key = uuid.uuid4()
    said = UNCLAIMED.format(columns=", ".join(columns), values=", ".join(["%s"] * len(columns)))
    connection.execute(said.encode(), (key, acme.tenant, *columns.values()))
    return key


def test_conversations_without_a_customer_are_whose_address_they_have(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID
) -> None:
    connection.execute(
        "update public.conversations set customer_social_id = 'zed.42' where customer_id = %s", (person,)
    )
    theirs = [
        unclaimed(connection, acme, user_email=MAIL.upper(), external_conversation_id="thread-8812"),
        unclaimed(connection, acme, customer_phone="0049/170".replace("0049/", "+49 ") + " 123456-78"),
        unclaimed(connection, acme, customer_social_id="zed.42", user_name="Zed"),
    ]
    not_theirs = [
        unclaimed(connection, acme, user_email="somebody@example.net"),
        unclaimed(connection, acme, customer_social_id="zed.42", channel_type="telegram"),
        unclaimed(connection, acme, user_email=MAIL, customer_phone="0900 555 111"),
        unclaimed(connection, acme, user_name="Zaphod Quillfeather"),
    ]
    connection.execute("update public.customer_profiles set phone = '0900555111' where id = %s", (acme.customer,))
    assert "thread-8812" in values(connection, acme, person)
    assert MAIL not in values(connection, acme, person), "the conversation of somebody else's number has it, too"
    erase(connection, person)
    left = {key for (key,) in connection.execute("select id from public.conversations").fetchall()}
    assert left.isdisjoint(theirs)
    assert left >= set(not_theirs)


def test_a_name_that_somebody_without_a_customer_bears_names_nobody(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID
) -> None:
    assert "Zaphod Quillfeather" in values(connection, acme, person)
    unclaimed(connection, acme, user_email="zq@example.net", user_name="zaphod quillfeather")
    assert "Zaphod Quillfeather" not in values(connection, acme, person)
