"""Deliveries: how far messages come on their channels.

Belongs here: message_delivery_tracking, on the cases where the platform's own went wrong. Not here: the channels
(`test_channels.py`).
"""

import threading
import time
import uuid
from itertools import pairwise

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

TRACKED = "select channel_type, delivery_status from public.message_delivery_tracking where message_id = %s"
REPORT = (
    "insert into public.message_delivery_tracking (tenant_id, message_id, channel_type, delivery_status) "
    "values (%s, %s, %s, %s)"
)


def say(connection: psycopg.Connection, acme: Tenant, channel: str = "whatsapp", **values: object) -> uuid.UUID:
    """A message; of an agent, unless something else is asked for."""
    row = {"sender_type": "agent", "is_internal": False, "metadata": "{}"} | values
    found = connection.execute(
        "insert into public.messages (tenant_id, conversation_id, content, channel_type, sender_type, is_internal, metadata) "
        "values (%s, %s, 'hello', %s, %s, %s, %s) returning id",
        (acme.tenant, acme.conversation, channel, row["sender_type"], row["is_internal"], row["metadata"]),
    ).fetchone()
    assert found
    return uuid.UUID(str(found[0]))


@pytest.mark.parametrize(
    ("sender", "channel", "is_internal", "tracked"),
    [
        ("agent", "whatsapp", False, True),
        ("ai", "email", False, True),
        ("assistant", "sms", False, True),
        ("agent", "website", False, False),
        ("agent", "whatsapp", True, False),
        ("customer", "whatsapp", False, False),
        ("user", "email", False, False),
        ("visitor", "sms", False, False),
        ("system", "whatsapp", False, False),
    ],
)
def test_only_what_our_side_sends_is_tracked(
    sender: str, channel: str, is_internal: bool, tracked: bool, connection: psycopg.Connection, acme: Tenant
) -> None:
    message = say(connection, acme, channel, sender_type=sender, is_internal=is_internal)
    assert connection.execute(TRACKED, (message,)).fetchall() == ([(channel, "sent")] if tracked else [])


def test_an_imported_history_was_not_sent_by_us(connection: psycopg.Connection, acme: Tenant) -> None:
    with connection.transaction():
        connection.execute("set local app.import = 'on'")
        message = say(connection, acme)
    assert connection.execute(TRACKED, (message,)).fetchall() == []


def test_a_status_reported_by_a_row_more_is_no_row_more(connection: psycopg.Connection, acme: Tenant) -> None:
    """As the application reports; on another channel it is another delivery."""
    message = say(connection, acme)
    with acting(connection, None, role="service_role", keep=True):
        for channel, status in (("whatsapp", "delivered"), ("whatsapp", "read"), ("sms", "failed")):
            connection.execute(REPORT, (acme.tenant, message, channel, status))
    assert sorted(connection.execute(TRACKED, (message,)).fetchall()) == [("sms", "failed"), ("whatsapp", "read")]
    shown = connection.execute("select delivery_status from public.messages where id = %s", (message,)).fetchone()
    assert shown == ("read",)


def test_first_reports_at_once_are_one_row(connection: psycopg.Connection, operational_url: str, acme: Tenant) -> None:
    """Of what nothing tracked before: a message of the system, or another channel."""
    message = say(connection, acme, sender_type="system")
    with psycopg.connect(operational_url) as one, psycopg.connect(operational_url, autocommit=True) as two:
        one.execute(REPORT, (acme.tenant, message, "whatsapp", "read"))
        late = threading.Thread(target=two.execute, args=(REPORT, (acme.tenant, message, "whatsapp", "delivered")))
        late.start()
        waiting = "select count(*) from pg_stat_activity where wait_event = 'advisory' and datname = current_database()"
        while connection.execute(waiting).fetchone() == (0,):
            time.sleep(0.01)
        one.commit()
        late.join()
    assert connection.execute(TRACKED, (message,)).fetchall() == [("whatsapp", "read")]


@pytest.mark.parametrize("sender", ["customer", "visitor"])
def test_what_a_customer_wrote_has_no_delivery(sender: str, connection: psycopg.Connection, acme: Tenant) -> None:
    message = say(connection, acme, sender_type=sender)
    with pytest.raises(errors.CheckViolation, match=f'message {message} was not sent on channel "whatsapp"'):
        connection.execute(REPORT, (acme.tenant, message, "whatsapp", "delivered"))


STATUSES = ("sent", "failed", "delivered", "read")


@pytest.mark.parametrize("by", ["insert", "update"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=st.lists(st.sampled_from(STATUSES), max_size=8))
def test_a_status_never_goes_backwards(
    by: str, reports: list[str], connection: psycopg.Connection, acme: Tenant
) -> None:
    """Whatever is reported, in whatever order: the furthest stays, and times stay with it."""
    message = say(connection, acme)
    seen = []
    for status in reports:
        if by == "insert":
            connection.execute(REPORT, (acme.tenant, message, "whatsapp", status))
        else:
            connection.execute(
                "update public.message_delivery_tracking set delivery_status = %s where message_id = %s",
                (status, message),
            )
        row = connection.execute(
            "select delivery_status, delivery_timestamp, read_timestamp from public.message_delivery_tracking "
            "where message_id = %s",
            (message,),
        ).fetchall()
        seen += row
    assert [status for status, *_ in seen] == [
        max(reports[: place + 1], key=STATUSES.index) for place in range(len(reports))
    ]
    for status, delivered, read in seen:
        assert (delivered is not None) == (status in ("delivered", "read"))
        assert (read is not None) == (status == "read")
    for (_, delivered, read), (_, later_delivered, later_read) in pairwise(seen):
        assert delivered in (None, later_delivered)
        assert read in (None, later_read)


def test_only_a_counted_retry_leads_from_failed_back_to_sent(connection: psycopg.Connection, acme: Tenant) -> None:
    message = say(connection, acme)
    change = "update public.message_delivery_tracking set {} where message_id = %s"
    for values, becomes in (
        ("delivery_status = 'failed', error_details = '{\"code\": 550}'", "failed"),
        ("delivery_status = 'sent'", "failed"),
        ("delivery_status = 'sent', retry_count = 1", "sent"),
        ("delivery_status = 'failed', retry_count = 0", "failed"),
        ("delivery_status = 'sent', retry_count = 2", "sent"),
        ("delivery_status = 'delivered'", "delivered"),
        ("delivery_status = 'failed', error_details = '{\"code\": 1}'", "delivered"),
        ("delivery_status = 'sent', retry_count = 3", "delivered"),
    ):
        connection.execute(change.format(values).encode(), (message,))
        assert connection.execute(TRACKED, (message,)).fetchall() == [("whatsapp", becomes)], values
    kept = connection.execute(
        "select retry_count, error_details from public.message_delivery_tracking where message_id = %s", (message,)
    ).fetchone()
    assert kept == (3, {"code": 550})


def test_the_earliest_report_of_a_time_holds(connection: psycopg.Connection, acme: Tenant) -> None:
    """A report of delivery that comes after that of reading still says when it was delivered."""
    message = say(connection, acme)
    connection.execute(REPORT, (acme.tenant, message, "whatsapp", "read"))
    connection.execute(
        "insert into public.message_delivery_tracking "
        "(tenant_id, message_id, channel_type, delivery_status, delivery_timestamp) "
        "values (%s, %s, 'whatsapp', 'delivered', '2020-01-01 00:00+00')",
        (acme.tenant, message),
    )
    row = connection.execute(
        "select delivery_status, delivery_timestamp = '2020-01-01 00:00+00', read_timestamp > '2021-01-01' "
        "from public.message_delivery_tracking where message_id = %s",
        (message,),
    ).fetchone()
    assert row == ("read", True, True)


def test_a_report_that_says_nothing_new_writes_nothing(connection: psycopg.Connection, acme: Tenant) -> None:
    message = say(connection, acme)
    version = "select xmin, updated_at from public.message_delivery_tracking where message_id = %s"
    before = connection.execute(version, (message,)).fetchone()
    connection.execute(REPORT, (acme.tenant, message, "whatsapp", "sent"))
    assert connection.execute(version, (message,)).fetchone() == before
