"""What happened on each local day, whenever its conversation had begun.

Belongs here: the `happened_*` columns of `daily_metrics`, and the daily companions made of happenings. Not here: sums by
the day of the beginning (`days.py`).

A broken promise counts on the local day on which its target was used up, or of an end without an answer before that.
A score counts as the whole one next to it, half a point up, and for the agent to whom it is credited.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.witness.beside import handoffs_of
from tests.witness.witness import ENDED, HANDOFF_THRESHOLD, entries_of, kept

# A record, and all that is said of its conversation.
Told = tuple[dict[str, Any], dict[str, Any]]
COLUMNS = (
    "resolutions", "reopens", "ratings", "handoffs", "customer_messages", "ai_messages", "agent_messages", "system_messages",
    "unknown_messages", "sla_first_response_breaches", "sla_resolution_breaches",
)  # fmt: skip
REASONS = ("customer_request", "ai_confidence_low", "complex_issue", "sla_breach", "other", "unexplained")
AI_COLUMNS = (
    "ai_messages", "ai_confidence_count", "ai_fallback_messages", "handoffs", *(f"handoffs_{reason}" for reason in REASONS),
)  # fmt: skip


def happenings_of(told: Iterable[Told], zones: dict[str, str]) -> Counter[tuple[str, date, str]]:
    """How often what happened, by tenant, local day, and column without its `happened_`."""
    found: Counter[tuple[str, date, str]] = Counter()
    for record, said in told:
        zone = ZoneInfo(zones[record["tenant"]])
        for at, what in events_of(record, said):
            found[record["tenant"], at.astimezone(zone).date(), what] += 1
    return found


def events_of(record: dict[str, Any], said: dict[str, Any]) -> Iterable[tuple[datetime, str]]:
    status = "active"
    for entry in entries_of(record):
        if entry.is_public():
            yield entry.at, f"{entry.what['sender']}_messages"
        elif entry.what["type"] == "rating":
            yield entry.at, "ratings"
        elif entry.what["type"] == "status":
            was_ended, is_ended = status in ENDED, entry.what["status"] in ENDED
            status = entry.what["status"]
            if was_ended != is_ended:
                yield entry.at, "resolutions" if is_ended else "reopens"
    for at, _ in handoffs_of(record):
        yield at, "handoffs"
    for promise, kept_at in (("first_response", "first_response_at"), ("resolution", "resolved_at")):
        if said[f"sla_{promise}_state"] == "breached":
            due = said[f"sla_{promise}_due_at"]
            yield due if said[kept_at] else min(due, said["resolved_at"] or due), f"sla_{promise}_breaches"


def ai_of(told: Iterable[Told], zones: dict[str, str]) -> Counter[tuple[str, date, str]]:
    """What the AI said, how often below what it hands over at, and what it handed over why: by tenant, local day, and column."""
    found: Counter[tuple[str, date, str]] = Counter()
    for record, _ in told:
        events = [
            (at, name) for at, why in handoffs_of(record) for name in ("handoffs", f"handoffs_{why or REASONS[-1]}")
        ]
        for entry in (entry for entry in entries_of(record) if entry.is_public("ai")):
            events.append((entry.at, "ai_messages"))
            if (stated := entry.what.get("confidence")) is not None:
                events.append((entry.at, "ai_confidence_count"))
                events += [(entry.at, "ai_fallback_messages")] if kept(stated) < HANDOFF_THRESHOLD else []
        for at, name in events:
            found[record["tenant"], at.astimezone(ZoneInfo(zones[record["tenant"]])).date(), name] += 1
    return found


def scores_of(told: Iterable[Told], zones: dict[str, str]) -> Counter[tuple[str, date, str | None, int]]:
    """How often each whole score was given, by tenant, local day, and the agent credited."""
    found: Counter[tuple[str, date, str | None, int]] = Counter()
    for record, _ in told:
        assignee = writer = None
        for entry in entries_of(record):
            if entry.what["type"] == "assign":
                assignee = entry.what["agent"]
            elif entry.is_public("agent"):
                writer = entry.what.get("sender_id") or writer
            elif entry.what["type"] == "rating":
                day = entry.at.astimezone(ZoneInfo(zones[record["tenant"]])).date()
                whole = int(Decimal(str(entry.what["score"])).quantize(Decimal(1), ROUND_HALF_UP))
                found[record["tenant"], day, assignee or writer, whole] += 1
    return found


def uses_of(told: Iterable[Told], zones: dict[str, str]) -> Counter[tuple[str, date, int, str]]:
    """How often each item of the knowledge base was used, marked, and helpful, by tenant and local day."""
    found: Counter[tuple[str, date, int, str]] = Counter()
    for record, _ in told:
        for use in record.get("beside", {}).get("uses", []):
            day = datetime.fromisoformat(use["at"]).astimezone(ZoneInfo(zones[record["tenant"]])).date()
            counted = {"uses": 1, "marked_uses": use["helpful"] is not None, "helpful_uses": use["helpful"] is True}
            found.update({(record["tenant"], day, use["item"], what): int(count) for what, count in counted.items()})
    return found


def customers_of(told: Iterable[Told]) -> dict[tuple[str, date], tuple[int, int, int]]:
    """Customers of a local month, those of them with more than one conversation, and all of their conversations."""
    by_month: dict[tuple[str, date], Counter[str]] = {}
    for record, said in told:
        if customer := record.get("customer", {}).get("id"):
            by_month.setdefault((record["tenant"], said["started_on"].replace(day=1)), Counter())[customer] += 1
    return {
        month: (len(customers), sum(count > 1 for count in customers.values()), customers.total())
        for month, customers in by_month.items()
    }
