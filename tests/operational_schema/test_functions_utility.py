"""What the utility functions promise, on the cases where the platform's own went wrong.

Belongs here: pure functions, sign-up, time of change, time zones. Not here: conversations.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.types.json import Jsonb

from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")


def _all(connection: psycopg.Connection, function: str, arguments: Iterable[str | None]) -> dict[str | None, object]:
    """What a function says of each argument."""
    query = sql.SQL("select {}(%s)").format(sql.SQL(function))
    return {argument: connection.execute(query, (argument,)).fetchall()[0][0] for argument in arguments}


GOOD_EMAILS = (
    "a@b.co",
    "First.Last+tag@sub.example-site.com",
    "o'hara@example.org",
    "x_1@xn--bcher-kva.example",
    "a@1.de",
)
BAD_EMAILS = (
    "a..b@example.com", ".a@example.com", "a.@example.com", "a@-example.com", "a@example-.com", "a@example", "a@b.c",
    "a@exa mple.com", "a b@example.com", "@example.com", "a@", "a@@example.com", "a@example..com", "a@example.com\n",
    f"{'x' * 65}@example.com", f"a@{'x' * 64}.com", f"a@{'x.' * 126}com", "", None,
)  # fmt: skip


def test_email_addresses(connection: psycopg.Connection) -> None:
    assert _all(connection, "public.validate_email", GOOD_EMAILS) == dict.fromkeys(GOOD_EMAILS, True)
    assert _all(connection, "public.validate_email", BAD_EMAILS) == dict.fromkeys(BAD_EMAILS, False)


GOOD_PHONES = ("+49 30 901820", "(030) 901-820", "+1 (212) 555-0100", "2125550100", "030/901820", "+123456789012345")
BAD_PHONES = (
    "-----", "()", "", "123456", "1234567890123456", "++4930901820", "+49--30901820", "030 901820-", "(030 901820",
    "030) 901820", "call 2125550100", "2125550100\n", None,
)  # fmt: skip


def test_telephone_numbers(connection: psycopg.Connection) -> None:
    assert _all(connection, "public.validate_phone", GOOD_PHONES) == dict.fromkeys(GOOD_PHONES, True)
    assert _all(connection, "public.validate_phone", BAD_PHONES) == dict.fromkeys(BAD_PHONES, False)


KEPT = {
    "5 < 6 & \"it's\" > 'fine'": "5 < 6 & \"it's\" > 'fine'",
    "  hello\r\nworld\r!\t \n": "hello\nworld\n!",
    "bell\x07 escape\x1b[31m delete\x7f next\x85": "bell escape[31m delete next",
    "exe.\u202egpj.scr \u2066x\u2069": "exe.gpj.scr x",
    "e\u0301t\u00e9": "été",
    "👩\u200d👩\u200d👧 ok": "👩\u200d👩\u200d👧 ok",
    "": "",
    None: None,
}


def test_sanitizing_keeps_what_people_write(connection: psycopg.Connection) -> None:
    assert _all(connection, "public.sanitize_input", KEPT) == KEPT


ZONES = ("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Australia/Lord_Howe", "Antarctica/Troll")
NO_ZONES = (
    "europe/berlin", "Europe/berlin", "Europe/Nowhere", "US/Eastern", "Etc/GMT+5", "EST5EDT", "CET", "utc", "+02:00", "",
)  # fmt: skip


def test_a_zone_is_a_place_that_the_database_knows(connection: psycopg.Connection) -> None:
    assert _all(connection, "app.is_timezone", ZONES) == dict.fromkeys(ZONES, True)
    assert _all(connection, "app.is_timezone", NO_ZONES) == dict.fromkeys(NO_ZONES, False)


@pytest.mark.parametrize("table", ["tenants", "scheduled_reports"])
def test_an_unknown_zone_is_refused(table: str, connection: psycopg.Connection, acme: Tenant) -> None:
    change = sql.SQL("update public.{} set timezone = %s").format(sql.Identifier(table))
    assert connection.execute(change, ("Europe/Berlin",)).rowcount == 1
    with pytest.raises(errors.CheckViolation, match=r'unknown time zone "Mars/Base": use a canonical IANA zone'):
        connection.execute(change, ("Mars/Base",))


def test_updated_at_is_when_the_row_changed_not_when_the_transaction_began(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    with connection.transaction():
        row = connection.execute("select now() from pg_sleep(0.05)").fetchone()
        assert row
        connection.execute("update public.customer_profiles set name = 'new', updated_at = '2099-01-01'")
    changed = connection.execute("select updated_at from public.customer_profiles").fetchone()
    assert changed
    began: datetime = row[0]
    assert 0.05 <= (changed[0] - began).total_seconds() < 60


def _sign_up(connection: psycopg.Connection, app: dict[str, Any], user: dict[str, Any] | None = None) -> uuid.UUID:
    row = connection.execute(
        "insert into auth.users (email, raw_app_meta_data, raw_user_meta_data) values ('new@example.com', %s, %s) "
        "returning id",
        (Jsonb(app), Jsonb(user or {})),
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


def _profile(connection: psycopg.Connection, person: uuid.UUID) -> tuple[Any, ...] | None:
    return connection.execute(
        "select tenant_id, email, full_name, company_name, website_url, role from public.profiles where id = %s",
        (person,),
    ).fetchone()


def test_who_signs_up_for_a_tenant_is_a_user_of_it(connection: psycopg.Connection, acme: Tenant) -> None:
    names = {"fullName": "Ada L.", "companyName": "Engines", "websiteUrl": "https://engines.example", "role": "admin"}
    person = _sign_up(connection, {"tenant_id": str(acme.tenant)}, names)
    assert _profile(connection, person) == (
        acme.tenant, "new@example.com", "Ada L.", "Engines", "https://engines.example", "user",
    )  # fmt: skip


def test_who_is_put_into_a_tenant_later_gets_a_profile_then(connection: psycopg.Connection, acme: Tenant) -> None:
    person = _sign_up(connection, {})
    assert _profile(connection, person) is None
    for _ in range(2):
        connection.execute(
            "update auth.users set raw_app_meta_data = %s where id = %s",
            (Jsonb({"tenant_id": str(acme.tenant)}), person),
        )
    profile = _profile(connection, person)
    assert profile and profile[0] == acme.tenant


@pytest.mark.parametrize("app", [{}, {"tenant_id": "x"}, {"tenant_id": str(uuid.uuid4())}, {"tenant_id": [1]}])
def test_signing_up_is_never_blocked(app: dict[str, Any], connection: psycopg.Connection, acme: Tenant) -> None:
    person = _sign_up(connection, app, {"tenant_id": str(acme.tenant)})
    assert _profile(connection, person) is None


def test_signing_up_with_the_address_of_a_colleague_is_not_blocked(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    people = [_sign_up(connection, {"tenant_id": str(acme.tenant)}) for _ in range(2)]
    assert [_profile(connection, person) is not None for person in people] == [True, False]


def test_what_somebody_says_of_themselves_turns_no_text_round(connection: psycopg.Connection, acme: Tenant) -> None:
    names = {"fullName": " Ada\u202e\u0007 L.", "companyName": " \u0001 ", "websiteUrl": "https://engines.example\r\n"}
    person = _sign_up(connection, {"tenant_id": str(acme.tenant)}, names)
    assert _profile(connection, person) == (
        acme.tenant, "new@example.com", "Ada L.", None, "https://engines.example", "user",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("recipients", "place"),
    [
        (["boss@example.com", "Ada Lovelace <ada@example.com>", " cy@example.com "], None),
        (["boss@example.com", "boss"], 2),
        (["Ada <ada>"], 1),
        (["a@example.com,b@example.com"], 1),
        (["a@example.com", "b@example.com", "Ada <a@example.com> <b@example.com>"], 3),
    ],
)
def test_a_report_is_saved_for_those_whom_mail_can_reach(
    recipients: list[str], place: int | None, connection: psycopg.Connection, acme: Tenant
) -> None:
    change = "update public.scheduled_reports set recipients = %s"
    if place is None:
        assert connection.execute(change, (recipients,)).rowcount == 1
    else:
        with pytest.raises(errors.CheckViolation, match=f"recipient {place} of {len(recipients)} has no address") as no:
            connection.execute(change, (recipients,))
        assert "example.com (" not in str(no.value) and recipients[place - 1] not in str(no.value)
