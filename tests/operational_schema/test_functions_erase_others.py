"""What is somebody else's when a customer is erased at the source: a longer address, what was theirs by then, the rest of a list.

Belongs here: whose a value is, and lists that have several. Not here: the rows of one erasure otherwise
(`test_functions_erase_customer.py`), and masks (`test_functions_erasure.py`).
"""

import uuid

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant
from tests.operational_schema.test_functions_erase_customer import erase, values

MAIL, PHONE, LEGACY = "zaphod.canary@example.org", "+4917012345678", "LEGACY-0099123"


@pytest.fixture
def person(connection: psycopg.Connection, acme: Tenant) -> uuid.UUID:
    """A customer of Acme's who asks to be forgotten, and who never wrote."""
    key = uuid.uuid4()
    connection.execute(
        "insert into public.customer_profiles (id, tenant_id, name, email, phone, external_id) "
        "values (%s, %s, 'Zaphod Quillfeather', %s, %s, %s)",
        (key, acme.tenant, MAIL, PHONE, LEGACY),
    )
    connection.execute(
        "insert into public.erasure_requests (tenant_id, customer_id) values (%s, %s)", (acme.tenant, key)
    )
    return key


@pytest.mark.parametrize(
    ("column", "theirs", "anothers"),
    [
        ("email", "beeblebrox@example.org", "zaphod.beeblebrox@example.org"),
        ("name", "Zaphod Quillfeather", "Zaphod Quillfeather Jones"),
        ("phone", "2025550101", "+1 2025550101"),
        ("external_id", "CRM-77331", "EU-CRM-77331"),
    ],
)
def test_what_stands_in_anothers_value_takes_nothing_of_it(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID, column: str, theirs: str, anothers: str
) -> None:
    """Half of their address was masked, and where the mask was there already, all that they had went."""
    for customer, value in ((person, theirs), (acme.customer, anothers)):
        connection.execute(
            f"update public.customer_profiles set {column} = %s where id = %s".encode(), (value, customer)
        )
    assert theirs not in values(connection, acme, person)
    erase(connection, person)
    kept = connection.execute(f"select {column} from public.customer_profiles where id = %s".encode(), (acme.customer,))
    assert kept.fetchall() == [(anothers,)]


def test_whoever_bears_it_by_the_second_call_keeps_it(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID
) -> None:
    """Somebody comes, or they come back as somebody new, while the erasure is at work: found at the end, it begins anew."""
    erase(connection, person)
    connection.execute("update public.customer_profiles set email = %s where id = %s", (MAIL, acme.customer))
    connection.execute(
        "insert into public.conversations (tenant_id, customer_id, user_email, customer_phone) values (%s, %s, %s, %s)",
        (acme.tenant, acme.customer, MAIL.upper(), "0170 5550101"),
    )
    connection.execute("update public.messages set content = %s where conversation_id = %s", (LEGACY, acme.second))
    erase(connection, person)
    kept = connection.execute(
        "select person.email, conversation.user_email from public.customer_profiles as person "
        "inner join public.conversations as conversation on conversation.customer_id = person.id "
        "where conversation.customer_phone = '0170 5550101'"
    ).fetchall()
    assert kept == [(MAIL, MAIL.upper())]
    left = connection.execute("select item from app.erasure_work where kind = 'value'").fetchall()
    assert MAIL not in {item for (item,) in left}
    assert {LEGACY, PHONE, str(person)} <= {item for (item,) in left}
    assert connection.execute("select from public.messages where content = %s", (LEGACY,)).rowcount == 0


def test_no_mail_goes_to_a_mask(connection: psycopg.Connection, acme: Tenant, person: uuid.UUID) -> None:
    """It is an address like any other, and may be somebody's."""
    for slug, recipients in (("shared", [f"Zed <{MAIL.upper()}>", "bob@example.net"]), ("alone", [MAIL])):
        connection.execute(
            "insert into public.scheduled_reports (tenant_id, slug, name, report_type, schedule_cron, recipients) "
            "values (%s, %s, 'R', 'performance', '0 7 * * *', %s)",
            (acme.tenant, slug, recipients),
        )
    connection.execute("update public.alert_rules set recipients = %s", ([MAIL, "bob@example.net"],))
    done = erase(connection, person)
    assert (done["scheduled_reports", "taken off"], done["alert_rules", "taken off"]) == (2, 1)
    reports = connection.execute(
        "select slug, is_active, recipients from public.scheduled_reports where slug in ('alone', 'shared') order by slug"
    ).fetchall()
    assert reports == [
        ("alone", False, ["xxxxxx.xxxxxx@xxxxxxx.xxx"]),
        ("shared", True, ["bob@example.net"]),
    ]
    assert connection.execute("select distinct recipients from public.alert_rules").fetchall() == [
        (["bob@example.net"],)
    ]
