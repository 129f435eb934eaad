"""One line of a history file: what it may say, and which word is found for what it may not. No database is needed."""

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from operational_schema import import_form, import_rows
from operational_schema.errors import SchemaError
from operational_schema.import_form import ConversationLine, TenantLine

AT = "2024-01-09T15:05:00Z"


def conversation(**changes: Any) -> dict[str, Any]:
    return {"tenant": "acme", "conversation_id": "x-1", "created_at": "2024-01-09T15:00:00Z", **changes}


def having(**event: Any) -> dict[str, Any]:
    return conversation(events=[{"at": AT, **event}])


def message(**changes: Any) -> dict[str, Any]:
    return having(**{"type": "message", "sender": "ai", "text": "", **changes})


def tenant(**changes: Any) -> dict[str, Any]:
    return {"kind": "tenant", "slug": "acme", "name": "Acme", "timezone": "UTC", **changes}


def without(line: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != key}


def hours(*ranges: Any) -> dict[str, Any]:
    return tenant(business_hours={"mon": list(ranges)})


def parse(line: Any, *, number: int = 7) -> ConversationLine | TenantLine:
    content = line if isinstance(line, bytes) else json.dumps(line).encode()
    return import_form.parse(content, number=number)


REFUSED = [
    ("broken json", b"{", "not JSON: Expecting property name enclosed in double quotes at column 2"),
    ("two objects", b"{} {}", "not JSON: Extra data at column 4"),
    ("bytes", b'{"tenant": "\xff"}', "not UTF-8 at byte 13"),
    ("nesting", b"[" * 100_000, "not JSON of this form: it is nested too deeply"),
    ("nan", b'{"score": NaN}', "not JSON: NaN is no number"),
    ("huge integer", b'{"tenant": %s}' % (b"9" * 5_000), "Exceeds the limit"),
    ("key twice", b'{"tenant": "a", "tenant": "b"}', 'key "tenant" stands twice in one object'),
    (
        "key twice, within",
        b'{"tenant": "a", "customer": {"id": "1", "id": "2"}}',
        'key "id" stands twice in one object',
    ),
    ("list", [1], "must be an object"),
    ("null", None, "must be an object"),
    ("unknown key", conversation(colour="red"), 'unknown key "colour"'),
    ("unknown key of a tenant", tenant(colour="red"), 'unknown key "colour"'),
    ("unknown key of targets", tenant(sla={"first": 1}), 'unknown key "first" in sla'),
    ("unknown key of a customer", conversation(customer={"id": "1", "phone": "1"}), 'unknown key "phone" in customer'),
    ("unknown key of an event", message(colour="red"), 'unknown key "colour" in events[0]'),
    (
        "key of another event",
        having(type="rating", score=4, status="closed"),
        'unknown key "status" in events[0]',
    ),
    ("no tenant", without(conversation(), "tenant"), 'key "tenant" is missing'),
    ("no time zone", without(tenant(), "timezone"), 'key "timezone" is missing'),
    ("no type", having(sender="ai"), 'key "type" is missing in events[0]'),
    ("no text", having(type="message", sender="ai"), 'key "text" is missing in events[0]'),
    ("no agent", having(type="assign"), 'key "agent" is missing in events[0]'),
    ("unknown kind", tenant(kind="company"), "kind: input should be 'tenant'"),
    (
        "unknown type",
        having(type="dance"),
        'unknown type "dance" in events[0]: use one of message, status, assign, rating',
    ),
    (
        "unknown sender",
        message(sender="robot"),
        "events[0].sender: input should be 'customer', 'agent', 'ai' or 'system'",
    ),
    ("unknown status", having(type="status", status="lost"), "events[0].status: input should be 'active', 'pending'"),
    ("unknown priority", conversation(priority="asap"), "priority: input should be 'low', 'normal'"),
    ("event is a list", conversation(events=[[]]), "events[0]: must be an object"),
    ("events are an object", conversation(events={}), "events: input should be a valid list"),
    ("number as tenant", conversation(tenant=5), "tenant: input should be a valid string"),
    ("empty id", conversation(conversation_id=""), "conversation_id: string should have at least 1 character"),
    ("number as text", message(text=5), "events[0].text: input should be a valid string"),
    ("text as yes or no", message(public="no"), "events[0].public: input should be a valid boolean"),
    ("channel in capitals", conversation(channel="E-Mail"), "channel: string should match pattern"),
    ("slug with a blank", conversation(tenant="a b"), "tenant: string should match pattern"),
    ("score of 6", having(type="rating", score=6), "events[0].score: input should be less than or equal to 5"),
    ("score of 0.5", having(type="rating", score=0.5), "events[0].score: input should be greater than or equal to 1"),
    ("score in quotes", having(type="rating", score="4"), 'events[0].score: "4" is not a number'),
    ("score of true", having(type="rating", score=True), "events[0].score: true is not a number"),
    ("confidence of 1.1", message(confidence=1.1), "events[0].confidence: input should be less than or equal to 1"),
    ("confidence of -0.1", message(confidence=-0.1), "events[0].confidence: input should be greater than or equal"),
    ("naive", conversation(created_at="2024-01-09T15:00:00"), 'created_at: "2024-01-09T15:00:00" has no offset'),
    ("a word", conversation(created_at="yesterday"), 'created_at: "yesterday" is no instant such as'),
    ("seconds since 1970", conversation(created_at="1704812400"), 'created_at: "1704812400" is no instant such as'),
    ("a number", conversation(created_at=1704812400), "created_at: 1704812400 is no instant such as"),
    ("30 February", conversation(created_at="2024-02-30T00:00:00Z"), "is no instant: day is out of range for month"),
    ("before year 1", conversation(created_at="0001-01-01T00:00:00+14:00"), "is no instant: date value out of range"),
    (
        "too early",
        having(at="2024-01-09T14:59:59.999999Z", type="rating", score=4),
        "events[0].at is before created_at",
    ),
    ("nul in a text", message(text="a\x00b"), "events[0].text: has a NUL character"),
    ("nul in an id", conversation(conversation_id="a\x00"), "conversation_id: has a NUL character"),
    ("half a character", message(text="\ud800"), "events[0].text: has half a surrogate pair"),
    ("backward", hours(["17:00", "09:00"]), 'business_hours.mon: "17:00"–"09:00" ends before it begins'),
    ("nothing long", hours(["09:00", "09:00"]), "ends before it begins"),
    (
        "overlapping",
        hours(["11:00", "13:00"], ["09:00", "12:00"]),
        'business_hours.mon: "11:00"–"13:00" overlaps "09:00"–"12:00"',
    ),
    ("25 o'clock", hours(["09:00", "25:00"]), 'business_hours.mon: ["09:00", "25:00"] is no range of clock times'),
    ("opens at 24", hours(["24:00", "24:00"]), "is no range of clock times"),
    ("a line end", hours(["09:00", "10:00\n"]), "is no range of clock times"),
    ("one time", hours(["09:00"]), "is no range of clock times"),
    ("numbers", hours([9, 17]), "is no range of clock times"),
    ("no list", tenant(business_hours={"mon": "09:00"}), "business_hours.mon: must be a list of ranges"),
    ("unknown weekday", tenant(business_hours={"monday": []}), "business_hours.monday: input should be 'mon', 'tue'"),
    ("no such day", tenant(special_days={"2024-02-30": []}), '"2024-02-30" is no day: day is out of range'),
    ("day in seconds", tenant(special_days={"1720051200": []}), '"1720051200" is no day such as "2024-07-04"'),
    ("day without hours", tenant(special_days={"2024-07-04": None}), "must be a list of ranges"),
    ("target of nothing", tenant(sla={"resolution_seconds": 0}), "sla.resolution_seconds: input should be greater"),
    ("target of half", tenant(sla={"resolution_seconds": 1.5}), "sla.resolution_seconds: input should be a valid int"),
]


@pytest.mark.parametrize(("line", "finding"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_bad_line_is_refused_in_one_line_with_its_number(line: Any, finding: str) -> None:
    with pytest.raises(SchemaError) as refused:
        parse(line)
    assert str(refused.value).startswith("line 7: ")
    assert finding in str(refused.value)
    assert str(refused.value).endswith("; nothing of the file was loaded")
    assert "\n" not in str(refused.value)


def test_a_long_value_is_not_repeated_at_length() -> None:
    with pytest.raises(SchemaError) as refused:
        parse(conversation(created_at="x" * 10_000))
    assert len(str(refused.value)) < 250


def test_a_conversation_may_say_little() -> None:
    found = parse(conversation())
    assert isinstance(found, ConversationLine)
    assert (found.channel, found.department, found.priority) == ("website", "general", "normal")
    assert (found.customer, found.events) == (None, [])


def test_instants_become_utc_and_keep_their_microseconds() -> None:
    written = ("2024-01-09T20:30:00.1234567+05:30", "2024-01-09T15:00Z", "2024-01-09T10:00:00-0500")
    found = [parse(conversation(created_at=at)).created_at for at in written]
    assert found == [
        datetime(2024, 1, 9, 15, 0, 0, 123_456, tzinfo=UTC),
        datetime(2024, 1, 9, 15, tzinfo=UTC),
        datetime(2024, 1, 9, 15, tzinfo=UTC),
    ]
    assert all(at.tzinfo is UTC for at in found)


def test_numbers_keep_the_digits_that_were_written() -> None:
    assert parse(message(confidence=0.1)).events[0].confidence == Decimal("0.1")
    assert parse(having(type="rating", score=4.35)).events[0].score == Decimal("4.35")


def test_ranges_are_sorted_and_may_touch_or_fill_the_day() -> None:
    found = parse(tenant(business_hours={"mon": [["13:00", "17:00"], ["09:00", "13:00"]], "sun": [["00:00", "24:00"]]}))
    assert isinstance(found, TenantLine)
    assert found.business_hours == {"mon": [("09:00", "13:00"), ("13:00", "17:00")], "sun": [("00:00", "24:00")]}


def test_ids_are_those_of_uuid5() -> None:
    space = uuid.uuid4()
    for name in ("", "message 0", "ключ"):
        assert import_rows.derived_id(space, name) == str(uuid.uuid5(space, name))


def test_only_a_uuid_written_out_is_taken_as_the_id() -> None:
    known = uuid.uuid4()
    assert import_rows.conversation_id(parse(conversation(conversation_id=str(known).upper()))) == (known, None)
    for text in (known.hex, f"{known}\n", f"{{{known}}}", "42"):
        derived, external = import_rows.conversation_id(parse(conversation(conversation_id=text)))
        assert (derived.version, external) == (5, text)


def test_the_same_text_at_two_tenants_is_two_conversations() -> None:
    assert import_rows.conversation_id(parse(conversation())) != import_rows.conversation_id(
        parse(conversation(tenant="other"))
    )


def test_a_status_or_assignee_that_is_there_already_is_no_event() -> None:
    events = [
        {"at": AT, "type": "status", "status": "active"},
        {"at": AT, "type": "assign", "agent": None},
        {"at": AT, "type": "assign", "agent": "A"},
        {"at": AT, "type": "assign", "agent": "A"},
        {"at": AT, "type": "status", "status": "pending"},
        {"at": AT, "type": "status", "status": "pending"},
    ]
    line = parse(conversation(events=events))
    rows, outcome = import_rows.event_rows(line, import_rows.conversation_id(line)[0])
    assert [(row[3], row[4]) for row in rows] == [(-1, "status"), (2, "assignment"), (4, "status")]
    assert (outcome.status, outcome.agent) == ("pending", "A")


def test_events_are_read_in_the_order_of_time_and_those_of_one_instant_in_the_order_of_the_file() -> None:
    later = "2024-01-09T16:00:00Z"
    events = [
        {"at": later, "type": "status", "status": "active"},
        {"at": AT, "type": "status", "status": "resolved"},
        {"at": AT, "type": "status", "status": "pending"},
        {"at": later, "type": "status", "status": "closed"},
    ]
    line = parse(conversation(events=events))
    rows, outcome = import_rows.event_rows(line, import_rows.conversation_id(line)[0])
    assert [row[5:7] for row in rows] == [
        (None, "active"),
        ("active", "resolved"),
        ("resolved", "pending"),
        ("pending", "active"),
        ("active", "closed"),
    ]
    assert outcome.resolved_at == datetime(2024, 1, 9, 16, tzinfo=UTC)


def test_from_resolved_to_closed_is_not_another_end() -> None:
    outcome = import_rows.Outcome()
    first, second = datetime(2024, 1, 9, 16, tzinfo=UTC), datetime(2024, 1, 10, tzinfo=UTC)
    outcome.enter("resolved", first)
    outcome.enter("closed", second)
    assert outcome.resolved_at == first
