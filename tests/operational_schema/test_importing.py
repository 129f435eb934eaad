"""What a history file becomes: tenants, people, conversations, messages, events."""

import json
import uuid
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from operational_schema import importing
from operational_schema.errors import SchemaError
from tests.operational_schema.histories import TENANT, conversation, event, import_lines, rows
from tests.test_main_job import generated_traffic, real_threads

pytestmark = pytest.mark.usefixtures("every_server")


def test_a_tenant_is_kept_with_its_hours_days_and_targets(operational_url: str) -> None:
    import_lines(operational_url, conversation(), TENANT)
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


def test_a_tenant_without_a_line_is_open_on_workdays_in_utc(operational_url: str) -> None:
    import_lines(operational_url, conversation())
    assert rows(operational_url, "select name, timezone from public.tenants") == [("acme", "UTC")]
    hours = rows(
        operational_url, "select weekday, opens_at::text, closes_at::text from public.tenant_business_hours order by 1"
    )
    assert hours == [(day, "09:00:00", "17:00:00") for day in range(1, 6)]


LIFE = [
    event(type="assign", agent="A1"),
    event(type="message", sender="agent", sender_id="A1", text="hello"),
    event(type="message", sender="agent", sender_id="A2", public=False, text="a note"),
    event(at="2024-01-09T15:10:00Z", type="status", status="resolved"),
    event(at="2024-01-09T16:00:00Z", type="status", status="active"),
    event(at="2024-01-09T16:00:00Z", type="assign", agent=None),
    event(at="2024-01-09T17:00:00.5+00:00", type="status", status="closed"),
    event(at="2024-01-09T15:30:00Z", type="rating", score=2),
    event(at="2024-01-09T18:00:00Z", type="rating", score=4.5),
]


def test_the_final_state_follows_from_the_events(operational_url: str) -> None:
    import_lines(operational_url, conversation(events=LIFE))
    found = rows(
        operational_url,
        "select status, resolved_at::text, resolution_time_seconds, satisfaction_score::float, assigned_agent_id, "
        "user_name, user_email, message_count, last_message from public.conversations",
    )
    ended = ("closed", "2024-01-09 17:00:00.5+00", 7200, 4.5, None)
    assert found == [(*ended, "Ann", "ann@example.com", 1, "hello")]
    import_lines(operational_url, conversation(events=LIFE[:5]))
    found = rows(
        operational_url,
        "select status, resolved_at, resolution_time_seconds, satisfaction_score, external_id "
        "from public.conversations c join public.profiles p on p.id = assigned_agent_id",
    )
    assert found == [("active", None, None, None, "A1")]


def test_the_history_is_kept_beside_the_final_state(operational_url: str) -> None:
    import_lines(operational_url, conversation(events=LIFE))
    history = rows(
        operational_url,
        "select ordinal, from_status, to_status, giver.external_id, taker.external_id, score::float "
        "from public.conversation_events left join public.profiles giver on giver.id = from_agent_id "
        "left join public.profiles taker on taker.id = to_agent_id order by occurred_at, ordinal",
    )
    assert history == [
        (-1, None, "active", None, None, None),
        (0, None, None, None, "A1", None),
        (3, "active", "resolved", None, None, None),
        (7, None, None, None, None, 2),
        (4, "resolved", "active", None, None, None),
        (5, None, None, "A1", None, None),
        (6, "active", "closed", None, None, None),
        (8, None, None, None, None, 4.5),
    ]
    people = rows(operational_url, "select external_id, role from public.profiles order by 1")
    assert people == [("A1", "agent"), ("A2", "agent")]


def test_messages_say_who_spoke_to_whom_and_how_sure_they_were(operational_url: str) -> None:
    speakers = [
        event(type="message", sender="customer", sender_id="c1", text="1"),
        event(type="message", sender="ai", confidence=0.25, text="2"),
        event(type="message", sender="agent", sender_id="A1", public=False, text="3"),
        event(type="message", sender="system", text="4"),
    ]
    import_lines(operational_url, conversation(events=speakers))
    found = rows(
        operational_url,
        "select ordinal, sender_type, external_id, is_internal, confidence_score::float, channel_type "
        "from public.messages left join public.profiles p on p.id = sender_id order by ordinal",
    )
    assert found == [
        (0, "customer", None, False, None, "email"),
        (1, "ai", None, False, 0.25, "email"),
        (2, "agent", "A1", True, None, "email"),
        (3, "system", None, False, None, "email"),
    ]


def test_a_uuid_is_the_id_and_any_other_text_is_kept_beside_one(operational_url: str) -> None:
    known = uuid.uuid4()
    import_lines(operational_url, conversation(), conversation(conversation_id=str(known), customer=None))
    found = rows(
        operational_url, "select external_conversation_id, customer_id, id from public.conversations order by 1"
    )
    assert [row[0] for row in found] == ["x-1", None]
    assert found[1] == (None, None, known)


def test_events_of_one_instant_keep_the_order_of_the_file(operational_url: str) -> None:
    texts = [f"{number}" for number in range(20)]
    at = "2024-01-09T15:00:00Z"
    events = [{"at": at, "type": "message", "sender": "customer", "text": text} for text in texts]
    import_lines(operational_url, conversation(events=events))
    found = rows(operational_url, "select content from public.messages order by created_at, ordinal, id")
    assert [text for (text,) in found] == texts


def test_a_mark_at_the_beginning_blank_lines_and_no_line_end_at_the_last_are_no_harm(
    operational_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "history.jsonl"
    lines = [json.dumps(conversation(conversation_id=text)).encode() for text in ("a", "b")]
    file.write_bytes(b"\xef\xbb\xbf" + lines[0] + b"\r\n\n  \n" + lines[1])
    assert importing.import_file(operational_url, file).counts["conversations"] == (2, 0)
    file.write_bytes(lines[0] + b"\n\n[]")
    with pytest.raises(SchemaError, match="line 3: must be an object"):
        importing.import_file(operational_url, file)


def test_awkward_texts_arrive_as_they_are(operational_url: str) -> None:
    texts = [
        "\\N",
        "NULL",
        "a\tb\nc\r\nd",
        "\\",
        '"',
        "{number}",
        "",
        " ",
        "😡",
        "\u202eمرحبا",
        "\u2028",
        "x" * 100_000,
    ]
    events = [event(type="message", sender="customer", text=text) for text in texts]
    import_lines(operational_url, conversation(events=events))
    found = rows(operational_url, "select content from public.messages order by created_at, ordinal")
    assert [text for (text,) in found] == texts


def test_people_are_known_by_the_file_s_names_for_them(operational_url: str) -> None:
    one = conversation(conversation_id="1")
    two = conversation(conversation_id="2", customer={"id": "c1", "name": "Ann B."})
    elsewhere = conversation(tenant="other")
    import_lines(operational_url, one, two, elsewhere)
    found = rows(
        operational_url,
        "select slug, external_id, c.name, email from public.customer_profiles c "
        "join public.tenants t on t.id = c.tenant_id order by 1",
    )
    assert found == [("acme", "c1", "Ann B.", "ann@example.com"), ("other", "c1", "Ann", "ann@example.com")]
    assert rows(operational_url, "select count(distinct customer_id) from public.conversations") == [(2,)]


def test_a_customer_whom_the_application_knows_by_mail_is_the_same_person(operational_url: str) -> None:
    import_lines(operational_url, TENANT)
    known = rows(
        operational_url,
        "insert into public.customer_profiles (tenant_id, email) "
        "select id, 'ann@example.com' from public.tenants returning id",
    )
    summary = import_lines(operational_url, conversation())
    assert summary.counts["customers"][0] == 0
    assert rows(operational_url, "select id from public.customer_profiles where name = 'Ann'") == known
    assert rows(operational_url, "select customer_id from public.conversations") == known


def test_the_real_threads_arrive_in_full(operational_url: str) -> None:
    told = real_threads()
    summary = import_lines(operational_url, *told)
    said = [(record, line) for record in told for line in record["events"]]
    expected = {
        "tenants": len({record["tenant"] for record in told}),
        "customers": len({(record["tenant"], record["customer"]["id"]) for record in told}),
        "agents": len({(record["tenant"], line["sender_id"]) for record, line in said if line["sender"] == "agent"}),
        "conversations": len(told),
        "messages": len(said),
        "events": len(told),
    }
    assert summary.counts == {name: (count, 0) for name, count in expected.items()}
    senders = rows(operational_url, "select sender_type, count(*)::int from public.messages group by 1")
    assert dict(senders) == Counter(line["sender"] for _, line in said)
    spans = rows(
        operational_url,
        "select c.id, c.created_at, min(m.created_at), max(m.created_at), count(*)::int from public.conversations c "
        "join public.messages m on m.conversation_id = c.id group by c.id",
    )
    for key, began, first, last, count in spans:
        record = next(record for record in told if record["conversation_id"] == str(key))
        instants = [datetime.fromisoformat(line["at"]) for line in record["events"]]
        assert (began, first, last, count) == (
            datetime.fromisoformat(record["created_at"]), min(instants), max(instants), len(instants)
        )  # fmt: skip


def test_every_message_is_counted_on_its_conversation(operational_url: str) -> None:
    import_lines(operational_url, *generated_traffic())
    wrong = rows(
        operational_url,
        "select c.id from public.conversations c where message_count <> (select count(*) from public.messages m "
        "where m.conversation_id = c.id and not m.is_internal)",
    )
    assert wrong == []
