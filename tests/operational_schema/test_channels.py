"""Channels: how far messages come, how many a day may leave, and what is used on the way.

Belongs here: functions/channels.sql, on the cases where the platform's own went wrong. Not here: webhooks and integrations
(`test_integrations.py`).
"""

import threading
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


def _say(connection: psycopg.Connection, acme: Tenant, channel: str = "whatsapp", **values: object) -> uuid.UUID:
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
    message = _say(connection, acme, channel, sender_type=sender, is_internal=is_internal)
    assert connection.execute(TRACKED, (message,)).fetchall() == ([(channel, "sent")] if tracked else [])


def test_an_imported_history_was_not_sent_by_us(connection: psycopg.Connection, acme: Tenant) -> None:
    with connection.transaction():
        connection.execute("set local app.import = 'on'")
        message = _say(connection, acme)
    assert connection.execute(TRACKED, (message,)).fetchall() == []


def test_a_status_reported_by_a_row_more_is_no_row_more(connection: psycopg.Connection, acme: Tenant) -> None:
    """As the application reports; on another channel it is another delivery."""
    message = _say(connection, acme)
    with acting(connection, None, role="service_role", keep=True):
        for channel, status in (("whatsapp", "delivered"), ("whatsapp", "read"), ("sms", "failed")):
            connection.execute(REPORT, (acme.tenant, message, channel, status))
    assert sorted(connection.execute(TRACKED, (message,)).fetchall()) == [("sms", "failed"), ("whatsapp", "read")]
    shown = connection.execute("select delivery_status from public.messages where id = %s", (message,)).fetchone()
    assert shown == ("read",)


@pytest.mark.parametrize("sender", ["customer", "visitor"])
def test_what_a_customer_wrote_has_no_delivery(sender: str, connection: psycopg.Connection, acme: Tenant) -> None:
    message = _say(connection, acme, sender_type=sender)
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
    message = _say(connection, acme)
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
    message = _say(connection, acme)
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
    message = _say(connection, acme)
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
    message = _say(connection, acme)
    version = "select xmin, updated_at from public.message_delivery_tracking where message_id = %s"
    before = connection.execute(version, (message,)).fetchone()
    connection.execute(REPORT, (acme.tenant, message, "whatsapp", "sent"))
    assert connection.execute(version, (message,)).fetchone() == before


def _template(connection: psycopg.Connection, tenant: Tenant) -> tuple[uuid.UUID, int]:
    row = connection.execute(
        "select id, usage_count from public.message_templates where tenant_id = %s", (tenant.tenant,)
    ).fetchone()
    assert row
    return row


def test_a_template_counts_when_it_is_sent(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    template, _ = _template(connection, acme)
    named = f'{{"template_id": "{template}"}}'
    for values in (
        {"metadata": named},
        {"metadata": named, "sender_type": "ai"},
        {"metadata": named, "sender_type": "customer"},
        {"metadata": named, "is_internal": True},
        {"metadata": '{"template_id": "no uuid"}'},
        {"metadata": '{"template_id": null}'},
        {"metadata": f'{{"template_id": "{_template(connection, other)[0]}"}}'},
    ):
        _say(connection, acme, **values)
    assert _template(connection, acme)[1] == 2
    assert _template(connection, other)[1] == 0


def test_a_customer_prefers_the_channel_said_last(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, acme.claims(acme.agent), keep=True):
        for channel in ("sms", "whatsapp"):
            connection.execute(
                "insert into public.customer_channel_preferences (tenant_id, customer_id, channel_type, is_preferred) "
                "values (%s, %s, %s, true)",
                (acme.tenant, acme.customer, channel),
            )
        connection.execute(
            "update public.customer_channel_preferences set is_preferred = true where channel_type = 'email'"
        )
    rows = connection.execute("select channel_type from public.customer_channel_preferences where is_preferred")
    assert rows.fetchall() == [("email",)]


def _channel(connection: psycopg.Connection, tenant: Tenant, *, limit: int = 10, sent: int = 0, day: str) -> uuid.UUID:
    row = connection.execute(
        "insert into public.communication_channels "
        "(tenant_id, name, type, message_limit_per_day, messages_sent_today, last_reset_date) "
        f"values (%s, gen_random_uuid()::text, 'whatsapp', %s, %s, {day}) returning id",
        (tenant.tenant, limit, sent),
    ).fetchone()
    assert row
    return uuid.UUID(str(row[0]))


LOCAL_DAY = "(now() at time zone '{}')::date"
STANDS = "select messages_sent_today, last_reset_date = app.local_day(tenant_id, now()) from public.communication_channels where id = %s"


def test_a_channels_day_is_the_tenants(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    """Of Kiritimati and Midway, 25 hours apart, one always has another day than the server."""
    channels = {}
    for tenant, zone in ((acme, "Pacific/Kiritimati"), (other, "Pacific/Midway")):
        connection.execute("update public.tenants set timezone = %s where id = %s", (zone, tenant.tenant))
        today = LOCAL_DAY.format(zone)
        channels[tenant.slug] = [
            _channel(connection, tenant, sent=7, day=day) for day in (today, f"{today} - 1", f"{today} + 1")
        ]
    for wanted in (2, 0):
        with acting(connection, None, role="service_role", keep=True):
            reset = connection.execute("select public.reset_daily_message_limits()").fetchone()
        assert reset in ((wanted,), (wanted + 1,)), "the channel of the fixtures may begin a day, too"
        for made in channels.values():
            assert [connection.execute(STANDS, (channel,)).fetchone() for channel in made] == [
                (7, True), (0, True), (7, True),
            ]  # fmt: skip


def test_a_limit_is_claimed_before_sending(connection: psycopg.Connection, acme: Tenant) -> None:
    claim = "select public.claim_channel_messages(%s, %s)"
    today = LOCAL_DAY.format("UTC")
    channel = _channel(connection, acme, limit=5, sent=3, day=today)
    claimed = [connection.execute(claim, (channel, count)).fetchone() for count in (3, 1, 1, 1)]
    assert claimed == [(False,), (True,), (True,), (False,)]
    assert connection.execute(STANDS, (channel,)).fetchone() == (5, True)
    yesterday = _channel(connection, acme, limit=5, sent=5, day=f"{today} - 1")
    assert connection.execute(claim, (yesterday, 4)).fetchone() == (True,)
    assert connection.execute(STANDS, (yesterday,)).fetchone() == (4, True)
    connection.execute("update public.communication_channels set status = 'inactive' where id = %s", (yesterday,))
    assert connection.execute(claim, (yesterday, 1)).fetchone() == (False,)
    with pytest.raises(errors.InvalidParameterValue, match="ask for 1 or more"):
        connection.execute(claim, (channel, 0))
    with pytest.raises(errors.NoDataFound, match="there is no channel"):
        connection.execute(claim, (acme.tenant, 1))


def test_many_who_claim_at_once_do_not_pass_the_limit(
    connection: psycopg.Connection, operational_url: str, acme: Tenant
) -> None:
    channel = _channel(connection, acme, limit=10, day=LOCAL_DAY.format("UTC"))
    granted: list[bool] = []

    def claim() -> None:
        with psycopg.connect(operational_url, autocommit=True) as session:
            for _ in range(5):
                row = session.execute("select public.claim_channel_messages(%s)", (channel,)).fetchone()
                granted.append(bool(row and row[0]))

    workers = [threading.Thread(target=claim) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (len(granted), sum(granted)) == (20, 10)
    assert connection.execute(STANDS, (channel,)).fetchone() == (10, True)
