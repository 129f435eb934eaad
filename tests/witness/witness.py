"""What `conversation_analytics` must say of each record of a history file.

Belongs here: the definitions, in the plainest Python. Not here: comparing (`tests/test_main_job.py`). Only what a history file
says is known: no transfers, no business context, everything by hand.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

ENDED = ("resolved", "closed")
REPLIERS = ("ai", "agent")
HANDOFF_THRESHOLD = Decimal("0.5")
AUTO_CLOSE = timedelta(seconds=86_400)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def seconds(earlier: datetime | None, later: datetime | None) -> Decimal | None:
    if earlier is None or later is None:
        return None
    return Decimal(milliseconds(later) - milliseconds(earlier)) / 1000


@dataclass
class Entry:
    """An event of a record, with its instant."""

    at: datetime
    what: dict[str, Any]

    def is_public(self, *senders: str) -> bool:
        spoken = self.what["type"] == "message" and self.what.get("public", True)
        return spoken and (not senders or self.what["sender"] in senders)


def entries_of(record: dict[str, Any]) -> list[Entry]:
    """The events in the order of time; those of one instant in the order of the file."""
    entries = [Entry(datetime.fromisoformat(event["at"]), event) for event in record["events"]]
    return sorted(entries, key=lambda entry: entry.at)


def statement_of(record: dict[str, Any], *, timezone: str, data_as_of: datetime) -> dict[str, Any]:
    """Column name to value."""
    entries = entries_of(record)
    started = datetime.fromisoformat(record["created_at"])
    said = {
        "channel_type": record.get("channel", "website"),
        "started_at": started,
        "started_on": started.astimezone(ZoneInfo(timezone)).date(),
    }
    for part in (counts(entries), responses(entries), waits(entries), confidences(entries), ratings(entries)):
        said |= part
    said |= life(entries, started, data_as_of)
    said |= assignment(entries, started)
    last = max([started, *(entry.at for entry in entries if entry.what["type"] == "message")])
    silent = not any(entry.is_public(*REPLIERS) for entry in entries)
    said["is_abandoned"] = silent and (said["status"] in ENDED or last + AUTO_CLOSE < data_as_of)
    return said


def counts(entries: list[Entry]) -> dict[str, Any]:
    spoken = [entry.what["sender"] for entry in entries if entry.is_public()]
    agents = spoken.count("agent")
    first_ai = spoken.index("ai") if "ai" in spoken else len(spoken)
    return {
        "opened_by": spoken[0] if spoken else None,
        "total_messages": len(spoken),
        "customer_messages": spoken.count("customer"),
        "ai_messages": spoken.count("ai"),
        "agent_messages": agents,
        "system_messages": spoken.count("system"),
        "unknown_messages": 0,
        "internal_notes": sum(entry.what["type"] == "message" and not entry.is_public() for entry in entries),
        "agent_touches": agents,
        "touch": ("none", "one", "two", "many")[min(agents, 3)],
        "handoff_count": int("agent" in spoken[first_ai:]),
    }


def responses(entries: list[Entry]) -> dict[str, Any]:
    asked: datetime | None = None
    first: dict[str, datetime] = {}
    for entry in entries:
        if entry.is_public("customer") and asked is None:
            asked = entry.at
        elif entry.is_public(*REPLIERS) and asked is not None:
            first.setdefault("", entry.at)
            first.setdefault("human_" if entry.what["sender"] == "agent" else "ai_", entry.at)
    said: dict[str, Any] = {}
    for who in ("", "human_", "ai_"):
        said[f"first_{who}response_at"] = first.get(who)
        said[f"first_{who}response_seconds"] = seconds(asked, first.get(who))
    return said


def waits(entries: list[Entry]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for prefix, enders in (("", REPLIERS), ("human_", ("agent",))):
        begun, answered = 0, []
        since: datetime | None = None
        for entry in entries:
            if entry.is_public("customer") and since is None:
                begun, since = begun + 1, entry.at
            elif entry.is_public(*enders) and since is not None:
                answered.append(seconds(since, entry.at))
                since = None
        said[f"{prefix}waits"] = begun
        said[f"{prefix}answered_waits"] = len(answered)
        said[f"{prefix}wait_seconds_total"] = sum(answered) if answered else None
        said[f"{prefix}longest_wait_seconds"] = max(answered) if answered else None
    return said


def confidences(entries: list[Entry]) -> dict[str, Any]:
    stated = [
        Decimal(str(entry.what["confidence"]))
        for entry in entries
        if entry.is_public("ai") and entry.what.get("confidence") is not None
    ]
    mean = (sum(stated) / len(stated)).quantize(Decimal("0.000001"), ROUND_HALF_UP) if stated else None
    return {
        "ai_confidence_avg": mean,
        "ai_confidence_min": min(stated, default=None),
        "ai_confidence_sum": sum(stated) if stated else None,
        "ai_confidence_count": len(stated),
        "ai_fallback_messages": sum(value < HANDOFF_THRESHOLD for value in stated) if stated else None,
    }


def ratings(entries: list[Entry]) -> dict[str, Any]:
    assignee = writer = None
    said: dict[str, Any] = {"customer_satisfaction": None, "rated_at": None, "rated_agent": None}
    for entry in entries:
        if entry.what["type"] == "assign":
            assignee = entry.what["agent"]
        elif entry.is_public("agent"):
            writer = entry.what.get("sender_id") or writer
        elif entry.what["type"] == "rating":
            said = {
                "customer_satisfaction": Decimal(str(entry.what["score"])),
                "rated_at": entry.at,
                "rated_agent": assignee or writer,
            }
    return said


def life(entries: list[Entry], started: datetime, data_as_of: datetime) -> dict[str, Any]:
    """Statuses: when it ended, who had answered by then, and how long it was in which."""
    status, since = "active", started
    stretches: list[tuple[str, datetime, datetime]] = []
    first_resolved = resolved = resolved_by = None
    reopened, answered = 0, set()
    for entry in entries:
        if entry.is_public(*REPLIERS):
            answered.add(entry.what["sender"])
        if entry.what["type"] != "status" or entry.what["status"] == status:
            continue
        stretches.append((status, since, entry.at))
        was_ended, is_ended = status in ENDED, entry.what["status"] in ENDED
        status, since = entry.what["status"], entry.at
        if is_ended and not was_ended:
            resolved, first_resolved = entry.at, first_resolved or entry.at
            resolved_by = "agent" if "agent" in answered else "ai" if "ai" in answered else "abandoned"
        elif was_ended and not is_ended:
            reopened, resolved, resolved_by = reopened + 1, None, None
    stretches.append((status, since, data_as_of))
    until = resolved or data_as_of
    spent = dict.fromkeys(("active", "pending", "escalated", "resolved"), Decimal(0))
    for name, begin, end in stretches:
        spent["resolved" if name in ENDED else name] += max(
            seconds(min(begin, until), min(end, until)) or 0, Decimal(0)
        )
    return {
        "status": status,
        "first_resolved_at": first_resolved,
        "resolved_at": resolved,
        "first_resolution_seconds": seconds(started, first_resolved),
        "full_resolution_seconds": seconds(started, resolved),
        "total_duration_seconds": seconds(started, resolved),
        "reopen_count": reopened,
        **{f"{name}_seconds": value for name, value in spent.items()},
        "requester_wait_seconds": spent["active"] + spent["escalated"] if resolved else None,
        "agent_wait_seconds": spent["pending"],
        "resolved_by": resolved_by,
        "resolution_type": f"{status}:manual" if resolved else None,
    }


def assignment(entries: list[Entry], started: datetime) -> dict[str, Any]:
    assignments = [entry for entry in entries if entry.what["type"] == "assign" and entry.what["agent"] is not None]
    holders = [entry.what["agent"] for entry in assignments]
    writers = [entry.what["sender_id"] for entry in entries if entry.is_public("agent") and entry.what.get("sender_id")]
    handed = holders or writers
    last = [entry.what["agent"] for entry in entries if entry.what["type"] == "assign"]
    first = assignments[0].at if assignments else None
    return {
        "agent": last[-1] if last else None,
        "agent_switches": sum(one != other for one, other in pairwise(handed)),
        "first_assigned_at": first,
        "unassigned_seconds": seconds(started, first),
    }
