"""Importing histories: whole or not at all, and the same again changes nothing."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from operational_schema import importing
from operational_schema.errors import SchemaError
from tests.operational_schema.import_lines import BAD_LINES, TENANT, conversation, event
from tests.test_main_job import generated_traffic, real_threads

pytestmark = pytest.mark.usefixtures("every_server")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file of these lines: records, or text as it is."""

    def make(*lines: dict[str, Any] | str) -> Path:
        file = tmp_path / "history.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return file

    return make


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def test_a_tenant_is_kept_with_its_hours_days_and_targets(operational_url: str, write: Write) -> None:
    importing.import_file(operational_url, write(conversation(), TENANT))
    assert rows(operational_url, "select slug, name, timezone from public.tenants") == [
        ("acme", "Acme", "America/New_York")
    ]
    hours = rows(
        operational_url,
        "select weekday, opens_at::text, closes_at::text from public.tenant_business_hours order by 1, 2",
    )
    assert hours == [(1, "09:00:00", "12:00:00"), (1, "13:00:00", "17:00:00"), (7, "00:00:00", "24:00:00")]
    days = rows(operational_url, "select day::text, opens_at::text from public.tenant_special_days order by 1")
    assert days == [("2024-07-04", None), ("2024-12-24", "09:00:00")]
    settings = dict(rows(operational_url, "select setting_key, setting_value from public.system_settings"))
    assert settings == {"sla_first_response_seconds": 300, "sla_resolution_seconds": 3600, "sla_business_hours": True}


def test_a_tenant_without_a_line_is_open_on_workdays_in_utc(operational_url: str, write: Write) -> None:
    importing.import_file(operational_url, write(conversation()))
    assert rows(operational_url, "select name, timezone from public.tenants") == [("acme", "UTC")]
    hours = rows(
        operational_url, "select weekday, opens_at::text, closes_at::text from public.tenant_business_hours order by 1"
    )
    assert hours == [(day, "09:00:00", "17:00:00") for day in range(1, 6)]


def test_new_hours_replace_the_old_ones(operational_url: str, write: Write) -> None:
    importing.import_file(operational_url, write(TENANT))
    importing.import_file(
        operational_url,
        write(
            {
                **TENANT,
                "business_hours": {"tue": [["10:00", "11:00"]]},
                "special_days": {"2024-07-04": [["10:00", "11:00"]]},
            }
        ),
    )
    assert rows(operational_url, "select weekday from public.tenant_business_hours") == [(2,)]
    days = rows(operational_url, "select day::text, opens_at::text from public.tenant_special_days order by 1")
    assert days == [("2024-07-04", "10:00:00"), ("2024-12-24", "09:00:00")]


A_LIFE = [
    event(type="assign", agent="A1"),
    event(type="message", sender="agent", sender_id="A1", text="hello"),
    event(type="message", sender="agent", sender_id="A2", public=False, text="a note"),
    event(at="2024-01-09T15:10:00Z", type="status", status="resolved"),
    event(at="2024-01-09T16:00:00Z", type="status", status="active"),
    event(at="2024-01-09T17:00:00.5+00:00", type="status", status="closed"),
    event(at="2024-01-09T15:30:00Z", type="rating", score=2),
    event(at="2024-01-09T18:00:00Z", type="rating", score=4.5),
]


def test_ids_and_the_final_state_follow_from_the_file(operational_url: str, write: Write) -> None:
    known = str(uuid.uuid4())
    importing.import_file(
        operational_url,
        write(conversation(events=A_LIFE), conversation(conversation_id=known, customer=None, events=[])),
    )
    found = rows(
        operational_url,
        "select external_conversation_id, status, resolved_at::text, resolution_time_seconds, satisfaction_score::float, "
        "message_count, last_message from public.conversations where external_conversation_id is not null",
    )
    assert found == [("x-1", "closed", "2024-01-09 17:00:00.5+00", 7200, 4.5, 1, "hello")]
    assert rows(
        operational_url, "select external_conversation_id from public.conversations where id = '" + known + "'"
    ) == [(None,)]
    history = rows(
        operational_url,
        "select event_type, from_status, to_status from public.conversation_events e join public.conversations c "
        "on c.id = e.conversation_id where external_conversation_id is not null order by occurred_at, ordinal",
    )
    assert history == [
        ("status", None, "active"),
        ("assignment", None, None),
        ("status", "active", "resolved"),
        ("rating", None, None),
        ("status", "resolved", "active"),
        ("status", "active", "closed"),
        ("rating", None, None),
    ]
    assert rows(operational_url, "select external_id, role from public.profiles order by 1") == [
        ("A1", "agent"),
        ("A2", "agent"),
    ]


def test_events_of_one_instant_keep_the_order_of_the_file(operational_url: str, write: Write) -> None:
    texts = [f"{number}" for number in range(20)]
    at = "2024-01-09T15:00:00Z"
    events = [{"at": at, "type": "message", "sender": "customer", "text": text} for text in texts]
    importing.import_file(operational_url, write(conversation(events=events)))
    found = rows(operational_url, "select content from public.messages order by created_at, ordinal, id")
    assert [text for (text,) in found] == texts


@pytest.mark.parametrize(("line", "message"), BAD_LINES, ids=[message for _, message in BAD_LINES])
def test_a_bad_line_is_named_and_nothing_is_loaded(operational_url: str, write: Write, line: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        importing.import_file(operational_url, write(conversation(conversation_id="first"), line))
    assert rows(operational_url, "select count(*) from public.tenants") == [(0,)]
    assert rows(operational_url, "select count(*) from etl.change") == [(0,)]


def test_bytes_that_are_no_text_and_blank_lines(operational_url: str, tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(json.dumps(conversation()).encode() + b"\n\n  \n")
    assert importing.import_file(operational_url, file).counts["conversations"] == (1, 0)
    file.write_bytes(b'{"tenant": "\xff"}\n')
    with pytest.raises(SchemaError, match="line 1: not JSON"):
        importing.import_file(operational_url, file)


def test_a_conversation_of_another_tenant_is_not_taken_over(operational_url: str, write: Write) -> None:
    known = str(uuid.uuid4())
    importing.import_file(operational_url, write(conversation(conversation_id=known)))
    with pytest.raises(SchemaError, match="line 1: this conversation_id belongs to another tenant"):
        importing.import_file(operational_url, write(conversation(tenant="other", conversation_id=known)))


@pytest.mark.parametrize("records", [real_threads, generated_traffic], ids=["real threads", "generated traffic"])
def test_importing_again_changes_nothing(
    operational_url: str, write: Write, records: Callable[[], list[dict[str, Any]]]
) -> None:
    file = write(*records())
    first = importing.import_file(operational_url, file)
    assert first.counts["messages"][0] > 0
    with psycopg.connect(operational_url) as connection:
        connection.execute("truncate etl.change")
    again = importing.import_file(operational_url, file)
    assert set(again.counts.values()) == {(0, 0)}
    assert rows(operational_url, "select count(*) from etl.change") == [(0,)]


def test_what_the_application_added_since_stays(operational_url: str, write: Write) -> None:
    file = write(conversation())
    importing.import_file(operational_url, file)
    with psycopg.connect(operational_url) as connection:
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "select tenant_id, id, 'customer', 'later' from public.conversations"
        )
    importing.import_file(operational_url, file)
    assert rows(operational_url, "select message_count, last_message from public.conversations") == [(2, "later")]


def test_a_longer_history_of_a_conversation_updates_it(operational_url: str, write: Write) -> None:
    importing.import_file(operational_url, write(conversation()))
    longer = conversation()["events"] + [event(type="status", status="resolved")]
    summary = importing.import_file(operational_url, write(conversation(events=longer)))
    assert summary.counts["conversations"] == (0, 1)
    assert rows(operational_url, "select status from public.conversations") == [("resolved",)]


def test_every_message_is_counted_on_its_conversation(operational_url: str, write: Write) -> None:
    importing.import_file(operational_url, write(*generated_traffic()))
    wrong = rows(
        operational_url,
        "select c.id from public.conversations c where message_count <> (select count(*) from public.messages m "
        "where m.conversation_id = c.id and not m.is_internal)",
    )
    assert wrong == []
