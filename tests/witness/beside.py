"""What a history file cannot say: transfers, used knowledge, what a conversation was worth, ends by themselves.

Belongs here: how a record says it to the tests, under `beside` and `automatic`, which importing would refuse; and what
`conversation_analytics` must say of it. Not here: the rest of the definitions (`witness.py`), and writing it into a source
(`embellished.py`).

A handoff is an accepted transfer that comes from no agent; without any transfer, the first message of an agent after one
of the AI. Its reason is the transfer's, else the conversation's.
Accuracy is the share of uses marked helpful among those marked.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.witness.witness import entries_of, statement_of

WORTH = ("lead_qualified", "revenue_generated", "follow_up_required")
UNTOLD = ("beside", "automatic", "weeks")


def as_a_file_says_it(line: dict[str, Any]) -> dict[str, Any]:
    """The line without what importing would refuse."""
    told = {name: value for name, value in line.items() if name not in UNTOLD}
    if "events" in told:
        told["events"] = [as_a_file_says_it(event) for event in told["events"]]
    return told


def whole_statement_of(record: dict[str, Any], *, timezone: str, data_as_of: datetime) -> dict[str, Any]:
    """Column name to value, of what the file says and of what stands beside it."""
    said = statement_of(record, timezone=timezone, data_as_of=data_as_of)
    handoffs, uses = handoffs_of(record), record.get("beside", {}).get("uses", [])
    marks = [use["helpful"] for use in uses if use["helpful"] is not None]
    worth = record.get("beside", {}).get("worth", {})
    return said | {
        "handoff_count": len(handoffs),
        "handoff_reason": handoffs[-1][1] if handoffs else None,
        "knowledge_items_used": len({use["item"] for use in uses}),
        "ai_answers_marked": len(marks),
        "ai_answers_helpful": sum(marks),
        "ai_accuracy_score": (Decimal(sum(marks)) / len(marks)).quantize(Decimal("0.000001")) if marks else None,
        **{name: worth.get(name) for name in WORTH},
    }


def handoffs_of(record: dict[str, Any]) -> list[tuple[datetime, str | None]]:
    """When the AI handed over, and why; in the order of time."""
    beside, entries = record.get("beside", {}), entries_of(record)
    if beside.get("transfers"):
        return sorted(
            (datetime.fromisoformat(transfer["at"]), transfer["reason"] or beside["reason"])
            for transfer in beside["transfers"]
            if transfer["status"] == "accepted" and not transfer["from_agent"]
        )
    spoken = [entry for entry in entries if entry.is_public("ai", "agent")]
    first_ai = next((place for place, entry in enumerate(spoken) if entry.is_public("ai")), len(spoken))
    taken_over = next((entry.at for entry in spoken[first_ai:] if entry.is_public("agent")), None)
    return [(taken_over, beside.get("reason"))] if taken_over else []
