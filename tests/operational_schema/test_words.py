"""Columns that hold a word of a list refuse every other, whoever writes.

Belongs here: words that triggers, jobs and the warehouse write, and lists with nothing in a place. Not here: the rule that finds
a column without a check (`test_catalogue.py`).
"""

import psycopg
import pytest
from psycopg import errors

from operational_schema import migrate
from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")

UNKNOWN = (
    "update public.conversation_events set from_status = 'lost'",
    "update public.conversation_events set to_status = 'lost' where event_type = 'status'",
    "update public.conversation_analytics set resolution_type = 'lost:manual'",
    "update public.conversation_analytics set resolution_type = 'abandoned:manual'",
    "update public.daily_metrics set channel_type = 'A word'",
    "update public.agent_availability_events set status = 'lost'",
    "update public.file_deletions set reason = 'because'",
    "update public.alert_history set sent_channels = '{pigeon}'",
    "update public.alert_history set sent_channels = '{email,NULL}'",
    "update public.alert_history set sent_recipients = '{a@example.com,NULL}'",
    "update public.alert_rules set recipients = '{a@example.com,NULL}'",
    "update public.scheduled_reports set recipients = '{NULL,a@example.com}'",
    "update public.scheduled_reports set additional_formats = '{NULL}'",
    "update public.intent_patterns set patterns = '{NULL}'",
    "update public.agent_availability set skills = '{NULL}'",
    "update public.agent_availability set departments = '{billing,NULL}'",
    "update public.erasure_requests set steps_done = '{NULL}'",
    "update public.conversations set tags = '{vip,NULL}'",
    "update public.customer_profiles set tags = '{NULL}'",
    "update public.knowledge_items set tags = tags || array[null::text]",
    "update public.canned_responses set tags = '{NULL,greeting}'",
)
KNOWN = (
    "update public.conversation_analytics set resolution_type = 'closed:automatic'",
    "update public.alert_history set sent_channels = '{email,slack,webhook}', sent_recipients = '{a@example.com}'",
    "update public.agent_availability set skills = '{billing}', departments = '{}'",
    "update public.conversations set tags = '{vip,billing}'",
)


@pytest.mark.parametrize("statement", UNKNOWN)
def test_a_word_of_no_list_is_refused(statement: str, connection: psycopg.Connection, acme: Tenant) -> None:
    with pytest.raises(errors.CheckViolation):
        connection.execute(statement.encode())


def test_the_words_of_the_lists_are_taken(connection: psycopg.Connection, acme: Tenant) -> None:
    for statement in KNOWN:
        assert connection.execute(statement.encode()).rowcount > 0


def test_what_was_a_recipient_before_stays_and_nobody_goes(
    operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    migrate.down(operational_url, "037", force=True)
    connection.execute("update public.scheduled_reports set recipients = '{NULL,a@example.com,NULL}'")
    connection.execute("update public.alert_history set sent_channels = '{NULL}'")
    connection.execute("update public.conversations set tags = '{vip,NULL}'")
    migrate.up(operational_url)
    assert connection.execute("select distinct tags from public.conversations").fetchall() == [(["vip"],)]
    assert connection.execute("select recipients from public.scheduled_reports").fetchall() == [(["a@example.com"],)]
    assert connection.execute("select distinct sent_channels from public.alert_history").fetchall() == [([],)]


@pytest.mark.parametrize("reason", ["retention", "erasure", "correction", None])
def test_a_file_says_why_it_goes(reason: str | None, connection: psycopg.Connection, acme: Tenant) -> None:
    with connection.transaction():
        connection.execute("select set_config('etl.reason', %s, true)", (reason or "",))
        connection.execute("delete from public.file_attachments")
    assert connection.execute(
        "select distinct reason from public.file_deletions where file_path = 'a/bill.pdf'"
    ).fetchall() == [(reason or "deleted",)]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("file_attachments", "filename = 'renamed.pdf'"),
        ("retention_runs", "completed_at = started_at"),
        ("file_deletions", "deleted_at = now()"),
    ],
)
def test_what_changes_says_when(table: str, change: str, connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute(f"update public.{table} set updated_at = '2020-01-01'".encode())
    connection.execute(f"update public.{table} set {change}".encode())
    row = connection.execute(f"select bool_and(updated_at > '2026-01-01') from public.{table}".encode()).fetchone()
    assert row == (True,)
