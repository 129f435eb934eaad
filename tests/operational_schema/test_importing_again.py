"""The same file again, a later form of it, two at once, and what the application did in between."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from operational_schema import importing
from operational_schema.errors import SchemaError
from tests.operational_schema.histories import TENANT, conversation, event, import_lines, rows
from tests.test_main_job import generated_traffic, real_threads

pytestmark = pytest.mark.usefixtures("every_server")


def test_new_hours_replace_the_old_ones(operational_url: str) -> None:
    import_lines(operational_url, TENANT)
    import_lines(
        operational_url,
        {
            **TENANT,
            "business_hours": {"tue": [["10:00", "11:00"]]},
            "special_days": {"2024-07-04": [["10:00", "11:00"]]},
        },
    )
    assert rows(operational_url, "select weekday from public.tenant_business_hours") == [(2,)]
    days = rows(operational_url, "select day::text, opens_at::text from public.tenant_special_days order by 1")
    assert days == [("2024-07-04", "10:00:00"), ("2024-12-24", "09:00:00")]


@pytest.mark.parametrize("records", [real_threads, generated_traffic], ids=["real threads", "generated traffic"])
def test_importing_again_changes_nothing(operational_url: str, records: Callable[[], list[dict[str, Any]]]) -> None:
    file = [*records()]
    first = import_lines(operational_url, *file)
    assert first.counts["messages"][0] > 0
    with psycopg.connect(operational_url) as connection:
        connection.execute("truncate etl.change")
    again = import_lines(operational_url, *file)
    assert set(again.counts.values()) == {(0, 0)}
    assert rows(operational_url, "select count(*) from etl.change") == [(0,)]


def test_what_the_application_did_since_stays(operational_url: str) -> None:
    file = [conversation(), conversation(conversation_id="x-2")]
    import_lines(operational_url, *file)
    with psycopg.connect(operational_url) as connection:
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "select tenant_id, id, 'customer', 'later' from public.conversations where external_conversation_id = 'x-1'"
        )
        connection.execute(
            "with agent as (insert into public.profiles (tenant_id, role) select id, 'agent' from public.tenants returning id) "
            "update public.conversations set status = 'resolved', satisfaction_score = 5, assigned_agent_id = agent.id "
            "from agent where external_conversation_id = 'x-1'"
        )
    before = rows(operational_url, "select to_jsonb(c) from public.conversations c order by id")
    logged = rows(operational_url, "select count(*) from etl.change")
    again = import_lines(operational_url, *file)
    assert set(again.counts.values()) == {(0, 0)}
    assert rows(operational_url, "select to_jsonb(c) from public.conversations c order by id") == before
    assert rows(operational_url, "select count(*) from etl.change") == logged
    assert rows(operational_url, "select message_count, status from public.conversations order by 1") == [
        (1, "active"),
        (2, "resolved"),
    ]


def test_a_longer_history_of_a_conversation_updates_it(operational_url: str) -> None:
    import_lines(operational_url, conversation())
    longer = conversation()["events"] + [event(type="status", status="resolved")]
    summary = import_lines(operational_url, conversation(events=longer))
    assert summary.counts["conversations"] == (0, 1)
    assert summary.counts["events"] == (1, 0)
    assert rows(operational_url, "select status from public.conversations") == [("resolved",)]


def test_a_corrected_history_takes_back_what_it_has_no_more(operational_url: str) -> None:
    wrong = [
        event(type="message", sender="customer", text="one"),
        event(type="message", sender="customer", text="one, twice"),
        event(type="status", status="closed"),
    ]
    import_lines(operational_url, conversation(events=wrong), conversation(conversation_id="x-2"))
    with psycopg.connect(operational_url) as connection:
        connection.execute(
            "insert into public.messages (id, tenant_id, conversation_id, sender_type, content) "
            "select %s, tenant_id, id, 'customer', 'the application''s, with a derived id' from public.conversations "
            "where external_conversation_id = 'x-1'",
            (uuid.uuid5(uuid.uuid4(), "not ours"),),
        )
        connection.execute("truncate etl.change")
    summary = import_lines(operational_url, conversation(events=wrong[:1]))
    assert (summary.counts["messages"], summary.counts["events"]) == ((0, 1), (0, 1))
    found = rows(
        operational_url,
        "select content from public.messages m join public.conversations c on c.id = m.conversation_id "
        "where external_conversation_id = 'x-1' order by m.created_at",
    )
    assert found == [("one",), ("the application's, with a derived id",)]
    assert rows(operational_url, "select message_count, status from public.conversations order by 1") == [
        (1, "active"),
        (2, "active"),
    ]
    assert rows(operational_url, "select distinct reason from etl.change where operation = 'D'") == [("correction",)]


def test_history_triggers_stand_aside_and_work_again_afterwards(operational_url: str) -> None:
    closed = event(type="status", status="closed")
    import_lines(operational_url, conversation(events=[closed]))
    history = (
        "select to_status, occurred_at < now() - interval '1 day' from public.conversation_events order by occurred_at"
    )
    assert rows(operational_url, history) == [("active", True), ("closed", True)]
    rows(operational_url, "update public.conversations set status = 'active' returning 1")
    assert rows(operational_url, history) == [("active", True), ("closed", True), ("active", False)]


def test_a_second_import_waits_for_what_the_first_writes(operational_url: str) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> Iterator[dict[str, Any]]:
        yield TENANT
        begun.set()
        go_on.wait(30)
        yield conversation()

    with ThreadPoolExecutor(2) as pool:
        try:
            first = pool.submit(importing.import_records, operational_url, slowly(), on_progress=lambda lines: None)
            assert begun.wait(30)
            same_mail = conversation(conversation_id="x-2", customer={"id": "c2", "email": "ann@example.com"})
            second = pool.submit(import_lines, operational_url, same_mail)
            wait_for_a_waiting_import(operational_url)
        finally:
            go_on.set()
        assert first.result().counts["conversations"] == (1, 0)
        with pytest.raises(SchemaError, match='customer "c2" has the e-mail of another customer'):
            second.result()


def wait_for_a_waiting_import(url: str) -> None:
    until = time.monotonic() + 10
    waiting = (
        "select count(*) from pg_locks where locktype = 'advisory' and not granted "
        "and database = (select oid from pg_database where datname = current_database())"
    )
    while rows(url, waiting) != [(1,)]:
        assert time.monotonic() < until, "the second import did not wait"
        time.sleep(0.05)
