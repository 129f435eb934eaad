"""Channels: how many messages a day may leave, and what is used on the way.

Belongs here: limits, templates, preferences. Not here: deliveries (`test_deliveries.py`), webhooks and integrations
(`test_integrations.py`).
"""

import threading
import uuid

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.test_deliveries import say

pytestmark = pytest.mark.usefixtures("every_server")


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
        say(connection, acme, **values)
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


def test_of_two_preferences_said_at_once_one_stays(
    operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    prefers = (
        "insert into public.customer_channel_preferences (tenant_id, customer_id, channel_type, is_preferred) "
        "values (%s, %s, %s, true)"
    )

    def say_it_too() -> None:
        with psycopg.connect(operational_url) as session:
            session.execute(prefers, (acme.tenant, acme.customer, "whatsapp"))

    second = threading.Thread(target=say_it_too, daemon=True)
    with psycopg.connect(operational_url) as first:
        first.execute(prefers, (acme.tenant, acme.customer, "sms"))
        second.start()
        second.join(timeout=1)
    second.join(timeout=30)
    rows = connection.execute("select channel_type from public.customer_channel_preferences where is_preferred")
    assert rows.fetchall() == [("whatsapp",)]


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
STANDS = (
    "select messages_sent_today, last_reset_date = app.local_day(tenant_id, now()) "
    "from public.communication_channels where id = %s"
)


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
