"""The figures of the last 24 hours, each with what it stands on, and the alerts that look at them.

Belongs here: realtime_metrics, alert_rules and alert_history. Not here: conversations and days (`test_functions_analytics.py`).
"""

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.stories import Story

pytestmark = pytest.mark.usefixtures("every_server")


def live(connection: psycopg.Connection, tenant: Tenant) -> dict[str, tuple[float, int]]:
    """Value and sample size by name, of the whole tenant."""
    rows = connection.execute(
        "select metric_name, metric_value, (dimensions ->> 'sample_size')::integer from public.realtime_metrics "
        "where tenant_id = %s and not dimensions ?| array['channel_type', 'agent_id'] and dimensions ? 'window'",
        (tenant.tenant,),
    ).fetchall()
    return {name: (float(value), size) for name, value, size in rows}


def test_live_figures_say_what_they_stand_on(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("delete from public.conversations")
    connection.execute("select public.refresh_realtime_metrics(%s)", (acme.tenant,))
    assert live(connection, acme) == {
        "active_conversations": (0, 0), "queue_size": (0, 0), "total_conversations": (0, 0), "abandoned_conversations": (0, 0),
        "ai_resolved_conversations": (0, 0), "human_resolved_conversations": (0, 0), "total_ratings": (0, 0),
        "leads_generated": (0, 0), "sales_qualified_leads": (0, 0),
    }, "no average of nothing, and no constant in its place"  # fmt: skip
    connection.execute("truncate public.realtime_metrics")
    for minutes, seconds in ((60, 10), (120, 20), (25 * 60, 1000)):
        row = connection.execute(
            "insert into public.conversations (tenant_id, created_at) values (%s, now() - %s * interval '1 min') returning id",
            (acme.tenant, minutes),
        ).fetchone()
        assert row
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
            "values (%(t)s, %(c)s, 'customer', 'x', now() - interval '50 min'), "
            "(%(t)s, %(c)s, 'ai', 'x', now() - interval '50 min' + %(s)s * interval '1 s')",
            {"t": acme.tenant, "c": row[0], "s": seconds},
        )
    connection.execute("insert into public.conversations (tenant_id) values (%s)", (acme.tenant,))
    connection.execute("select public.refresh_realtime_metrics()")
    said = live(connection, acme)
    assert said["avg_first_response_time_seconds"] == (15, 2), "of those that were answered"
    assert said["total_conversations"] == (3, 3)
    assert said["active_conversations"] == (4, 4)
    assert "satisfaction_score" not in said


def test_who_is_there_is_utilised_and_nobody_else(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.agent_availability set is_online = false")
    connection.execute("delete from public.conversations")
    connection.execute(
        "insert into public.conversations (tenant_id, assigned_agent_id) values (%s, %s)", (acme.tenant, acme.agent)
    )
    utilised = (
        "select metric_value::float, dimensions ->> 'agent_id', (dimensions ->> 'sample_size')::integer "
        "from public.realtime_metrics where metric_name = 'agent_utilization'"
    )
    for is_online, expected in ((False, []), (True, [(0.25, str(acme.agent), 4)])):
        connection.execute("truncate public.realtime_metrics")
        connection.execute(
            "update public.agent_availability set is_online = %s, max_concurrent_chats = 4 where agent_id = %s",
            (is_online, acme.agent),
        )
        connection.execute("select public.refresh_realtime_metrics(%s)", (acme.tenant,))
        assert connection.execute(utilised).fetchall() == expected


def test_what_has_expired_goes_when_it_is_asked_to(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("truncate public.realtime_metrics")
    connection.execute(
        "insert into public.realtime_metrics (tenant_id, metric_name, metric_value, expires_at) "
        "values (%(t)s, 'a', 1, now() - interval '1 s'), (%(t)s, 'b', 1, now() + interval '1 min')",
        {"t": acme.tenant},
    )
    assert connection.execute("select public.cleanup_expired_realtime_metrics()").fetchone() == (1,)
    assert connection.execute("select metric_name from public.realtime_metrics").fetchall() == [("b",)]


def alerts(connection: psycopg.Connection) -> list[tuple[float, int, bool]]:
    rows = connection.execute(
        "select metric_value, sample_size, resolved_at is null from public.alert_history order by triggered_at"
    ).fetchall()
    return [(float(value), size, is_open) for value, size, is_open in rows]


def test_an_alert_opens_once_and_is_resolved(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("truncate public.alert_history")
    connection.execute("delete from public.conversations")
    connection.execute(
        "update public.alert_rules set metric = 'queue_size', condition = 'above', threshold = 1, cooldown_minutes = 0"
    )
    assert connection.execute("select public.evaluate_alert_rules()").fetchone() == (0,)
    connection.execute(
        "insert into public.conversations (tenant_id, status) select %s, 'queued' from generate_series(1, 2)",
        (acme.tenant,),
    )
    opened = [connection.execute("select public.evaluate_alert_rules()").fetchone() for _ in range(3)]
    assert opened == [(1,), (0,), (0,)]
    assert alerts(connection) == [(2, 2, True)]
    connection.execute("delete from public.conversations where status = 'queued'")
    connection.execute("select public.evaluate_alert_rules(%s)", (acme.tenant,))
    assert alerts(connection) == [(2, 2, False)]


def test_the_figures_of_a_day_are_those_that_the_day_then_has(connection: psycopg.Connection, acme: Tenant) -> None:
    """Every measure of daily_metrics can be asked for, by its name."""
    story = Story(connection, acme, 5)
    for _ in range(120):
        story.happen()
    connection.execute(
        "update public.conversations set channel_type = 'email', department = 'x', assigned_agent_id = null"
    )
    with connection.transaction():
        connection.execute("set local timezone = 'UTC'")
        connection.execute("update public.tenants set timezone = 'UTC'")
        row = connection.execute(
            "select to_jsonb(said) - array['channel_type', 'department', 'agent_id'] "
            "from app.daily_figures(%s, current_date) as said",
            (acme.tenant,),
        ).fetchone()
        live_by_name = dict(
            connection.execute(
                "select metric_name, metric_value::float from app.live_figures(%s, now() - current_date)",
                (acme.tenant,),
            ).fetchall()
        )
    assert row
    assert {name: live_by_name[name] for name in row[0]} == {
        name: value if value is None else pytest.approx(value, abs=0.0006) for name, value in row[0].items()
    }
    assert any(row[0].values())


def test_a_rule_on_what_nobody_measures_is_refused(connection: psycopg.Connection, acme: Tenant) -> None:
    """It would be saved, and never fire."""
    columns = "insert into public.alert_rules (tenant_id, name, metric, condition, threshold, recipients) "
    with acting(connection, acme.claims(acme.admin)):
        for metric in ("response_tiem", "p95"):
            refused = pytest.raises(errors.CheckViolation, match=f'no metric "{metric}".* it is one of .*queue_size')
            with refused, connection.transaction():
                connection.execute(columns + "values (%s, 'r', %s, 'above', 1, '{a@b.example}')", (acme.tenant, metric))
        with pytest.raises(errors.CheckViolation):
            connection.execute("update public.alert_rules set metric = 'nps'")
    names = connection.execute("select metric_name from app.live_figures(%s, '1 day')", (acme.tenant,)).fetchall()
    with acting(connection, acme.claims(acme.admin)):
        for (name,) in names:
            connection.execute(columns + "values (%s, %s, %s, 'above', 1, '{a@b.example}')", (acme.tenant, name, name))


def test_without_data_no_alert_opens_and_none_ends(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("delete from public.conversations")
    connection.execute(
        "update public.alert_rules set metric = 'satisfaction_score', condition = 'below', threshold = 4"
    )
    before = alerts(connection)
    assert connection.execute("select public.evaluate_alert_rules()").fetchone() == (0,)
    assert alerts(connection) == before != []


def test_a_rule_looks_at_its_own_scope_and_rests_after_an_alert(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("truncate public.alert_history")
    connection.execute("delete from public.conversations")
    connection.execute(
        "update public.alert_rules set metric = 'queue_size', threshold = 0, cooldown_minutes = 60, "
        """dimensions = '{"channel_type": "email"}'"""
    )
    insert = "insert into public.conversations (tenant_id, status, channel_type) values (%s, 'queued', %s)"
    connection.execute(insert, (acme.tenant, "sms"))
    assert connection.execute("select public.evaluate_alert_rules()").fetchone() == (0,)
    connection.execute(insert, (acme.tenant, "email"))
    assert connection.execute("select public.evaluate_alert_rules()").fetchone() == (1,)
    connection.execute("delete from public.conversations")
    connection.execute("select public.evaluate_alert_rules()")
    connection.execute(insert, (acme.tenant, "email"))
    assert connection.execute("select public.evaluate_alert_rules()").fetchone() == (0,), "it rests"
