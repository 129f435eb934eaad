"""What `conversation_analytics` must say of each record of a history file.

Belongs here: the definitions, in the plainest Python. Not here: comparing (`tests/test_main_job.py`), and days
(`days.py`). Only what a history file says is known; what it cannot say is told beside it (`beside.py`).

Order: by instant, those of one instant by place in the file; messages and other events share it.
Seconds: floor(epoch * 1000) of each instant, subtracted, / 1000, so that parts add up.
Reply: a public message of ai or agent. A wait begins with the first public customer message at the start or after a reply
and ends with the next reply; one that is not answered counts as a wait and adds nothing to the seconds, which are None
where none was answered. For human waits only an agent's message is a reply.
First replies count from the first public customer message; what was said before it is no reply to it.
Status: active at the beginning; a change to the same status is none. An end is resolved or closed, entered from neither.
resolved_by: agent if any public agent message came before the last end, else ai, else abandoned; None while open.
Time in statuses runs up to the last end, or to data_as_of while open; resolved_seconds is what lay between an end and the
reopening after it. requester_wait_seconds is active and escalated time up to the last end, None while open.
agent_switches: one human assignee after another (nobody in between or not); without assignments, one writing agent after
another. unassigned_seconds: from the beginning to the first assignment, None if there is none.
rated_agent: the assignee at that moment, else who last wrote as an agent before it, where the file names them.
is_abandoned: no reply at all, and ended, or silent (public or not) for longer than the auto-close time at data_as_of.
A priority of medium is normal: two words for one.
Scores and confidences have the six decimals that the source keeps.
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
SIX_DECIMALS = Decimal("0.000001")


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def seconds(earlier: datetime | None, later: datetime | None) -> Decimal | None:
    if earlier is None or later is None:
        return None
    return Decimal(milliseconds(later) - milliseconds(earlier)) / 1000


def kept(number: float) -> Decimal:
    return Decimal(str(number)).quantize(SIX_DECIMALS, ROUND_HALF_UP)


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
    entries = [Entry(datetime.fromisoformat(event["at"]), event) for event in record.get("events", [])]
    return sorted(entries, key=lambda entry: entry.at)


def statement_of(record: dict[str, Any], *, timezone: str, data_as_of: datetime) -> dict[str, Any]:
    """Column name to value."""
    entries = entries_of(record)
    started = datetime.fromisoformat(record["created_at"])
    said = {
        "channel_type": record.get("channel", "website"),
        "department": record.get("department", "general"),
        "priority": record.get("priority", "normal").replace("medium", "normal"),
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
        kept(entry.what["confidence"])
        for entry in entries
        if entry.is_public("ai") and entry.what.get("confidence") is not None
    ]
    mean = (sum(stated) / len(stated)).quantize(SIX_DECIMALS, ROUND_HALF_UP) if stated else None
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
                "customer_satisfaction": kept(entry.what["score"]),
                "rated_at": entry.at,
                "rated_agent": assignee or writer,
            }
    return said


def life(entries: list[Entry], started: datetime, data_as_of: datetime) -> dict[str, Any]:
    """Statuses: when it ended, who had answered by then, and how long it was in which."""
    status, since = "active", started
    stretches: list[tuple[str, datetime, datetime]] = []
    first_resolved = resolved = resolved_by = hand = None
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
            hand = "automatic" if entry.what.get("automatic") else "manual"
            resolved_by = "agent" if "agent" in answered else "ai" if "ai" in answered else "abandoned"
        elif was_ended and not is_ended:
            reopened, resolved, resolved_by = reopened + 1, None, None
    stretches.append((status, since, data_as_of))
    spent = time_in_each(stretches, until=resolved or data_as_of)
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
        "resolution_type": f"{status}:{hand}" if resolved else None,
    }


def time_in_each(stretches: list[tuple[str, datetime, datetime]], *, until: datetime) -> dict[str, Decimal]:
    """Seconds in each status, up to an instant."""
    spent = dict.fromkeys(("active", "pending", "escalated", "resolved"), Decimal(0))
    for name, begin, end in stretches:
        spent["resolved" if name in ENDED else name] += max(
            seconds(min(begin, until), min(end, until)) or 0, Decimal(0)
        )
    return spent


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
