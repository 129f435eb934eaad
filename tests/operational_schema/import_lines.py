"""Lines of history files: good ones to vary, and bad ones with what is said of each."""

from typing import Any


def conversation(**changes: Any) -> dict[str, Any]:
    return {
        "tenant": "acme",
        "conversation_id": "x-1",
        "channel": "email",
        "customer": {"id": "c1", "name": "Ann", "email": "ann@example.com"},
        "created_at": "2024-01-09T15:00:00Z",
        "events": [{"at": "2024-01-09T15:00:00Z", "type": "message", "sender": "customer", "text": "hi"}],
        **changes,
    }


def event(**changes: Any) -> dict[str, Any]:
    return {"at": "2024-01-09T15:05:00Z", **changes}


TENANT = {
    "kind": "tenant",
    "slug": "acme",
    "name": "Acme",
    "timezone": "America/New_York",
    "business_hours": {"mon": [["13:00", "17:00"], ["09:00", "12:00"]], "sun": [["00:00", "24:00"]]},
    "special_days": {"2024-07-04": [], "2024-12-24": [["09:00", "12:00"]]},
    "sla": {"first_response_seconds": 300, "resolution_seconds": 3600, "business_hours": True},
}


BAD_LINES = [
    ("{", "line 2: not JSON"),
    ("[1]", "line 2: Input should be an object"),
    (conversation(colour="red"), 'line 2: unknown key "colour"'),
    (conversation(customer={"id": "c1", "phone": "1"}), 'line 2: unknown key "phone" in customer'),
    (
        conversation(events=[event(type="message", sender="customer", text="", extra=1)]),
        'line 2: unknown key "extra" in events',
    ),
    (conversation(events=[event(type="message", sender="robot", text="")]), r"line 2: events\[0\].sender"),
    (conversation(events=[event(type="status", status="lost")]), r"line 2: events\[0\].status"),
    (conversation(events=[event(type="dance")]), r"line 2: events\[0\]"),
    (conversation(events=[event(type="rating", score=6)]), r"line 2: events\[0\].score"),
    (
        conversation(events=[event(type="message", sender="ai", text="", confidence=1.1)]),
        r"line 2: events\[0\].confidence",
    ),
    (conversation(created_at="2024-01-09T15:00:00"), "line 2: created_at: .*timezone"),
    (conversation(created_at="yesterday"), "line 2: created_at"),
    (conversation(events=[event(at="2024-01-01T00:00:00Z", type="status", status="active")]), "before created_at"),
    (conversation(events=[event(type="message", sender="customer", text="a\x00b")]), "NUL"),
    (conversation(priority="asap"), "line 2: priority"),
    ({"conversation_id": "x"}, 'line 2: key "tenant" is missing'),
    ({**TENANT, "kind": "company"}, "line 2: kind"),
    ({**TENANT, "timezone": "Mars/Olympus"}, 'line 2: unknown time zone "Mars/Olympus"'),
    ({**TENANT, "timezone": "EST"}, 'line 2: unknown time zone "EST"'),
    ({**TENANT, "business_hours": {"mon": [["17:00", "09:00"]]}}, "line 2: business_hours.mon.*ends before it begins"),
    (
        {**TENANT, "business_hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}},
        "line 2: business_hours.mon.*overlaps",
    ),
    ({**TENANT, "business_hours": {"monday": []}}, "line 2: business_hours.monday"),
    ({**TENANT, "special_days": {"2024-02-30": []}}, "line 2: special_days"),
    (conversation(conversation_id="first"), "line 2: this conversation stands on line 1 already"),
    (
        conversation(customer={"id": "c2", "email": "ann@example.com"}),
        'line 2: customer "c2" has the e-mail of customer "c1"',
    ),
]
