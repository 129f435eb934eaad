"""What follows from a conversation of a history file: its row, its messages, its events.

Belongs here: decisions, pure functions over the parsed form. Not here: checking the form (`import_form.py`), and
writing (`importing.py`). Ids are derived from what the file says, so that importing it again finds the same rows.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from operational_schema.import_form import Assignment, ConversationLine, Message, Rating, StatusChange

NAMESPACE = uuid.UUID("6f0c4f0a-53a6-5d0e-9d5b-0a6a8f4f7a11")
ENDED = ("resolved", "closed")
CREATION = -1
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)


@dataclass
class Outcome:
    """Where a conversation stands after its events."""

    status: str = "active"
    agent: str | None = None
    score: Decimal | None = None
    resolved_at: datetime | None = None

    def enter(self, status: str, at: datetime) -> None:
        """Take on a status; the end counts from a status that was no end."""
        if status not in ENDED:
            self.resolved_at = None
        elif self.status not in ENDED:
            self.resolved_at = at
        self.status = status


def stable_id(*parts: str) -> uuid.UUID:
    """The id of whatever a file names so."""
    return uuid.uuid5(NAMESPACE, "\x1f".join(parts))


def conversation_id(line: ConversationLine) -> tuple[uuid.UUID, str | None]:
    """The id, and the external id where the file's own is no UUID."""
    if _UUID.match(line.conversation_id):
        return uuid.UUID(line.conversation_id), None
    return stable_id(line.tenant, "conversation", line.conversation_id), line.conversation_id


def message_rows(line: ConversationLine, conversation: uuid.UUID) -> Iterator[tuple[object, ...]]:
    """Rows of import_messages; the ordinal is the place in the file, which decides between events of one instant."""
    for position, event in enumerate(line.events):
        if isinstance(event, Message):
            agent = event.sender_id if event.sender == "agent" else None
            yield (
                uuid.uuid5(conversation, f"message {position}"), line.tenant, conversation, position, event.sender, agent,
                event.text, not event.public, line.channel, event.confidence, event.at,
            )  # fmt: skip


def event_rows(line: ConversationLine, conversation: uuid.UUID) -> tuple[list[tuple[object, ...]], Outcome]:
    """Rows of import_events in the order of time, and where they lead. A change to what already is, is none."""
    outcome = Outcome()
    rows: list[tuple[object, ...]] = []

    def add(position: int, kind: str, at: datetime, *, status: tuple[str | None, str | None] = (None, None),
            agent: tuple[str | None, str | None] = (None, None), score: Decimal | None = None) -> None:  # fmt: skip
        event_id = uuid.uuid5(conversation, f"{kind} {position}")
        rows.append((event_id, line.tenant, conversation, position, kind, *status, *agent, score, at))

    add(CREATION, "status", line.created_at, status=(None, "active"))
    for position, event in sorted(enumerate(line.events), key=lambda numbered: numbered[1].at):
        if isinstance(event, StatusChange) and event.status != outcome.status:
            add(position, "status", event.at, status=(outcome.status, event.status))
            outcome.enter(event.status, event.at)
        elif isinstance(event, Assignment) and event.agent != outcome.agent:
            add(position, "assignment", event.at, agent=(outcome.agent, event.agent))
            outcome.agent = event.agent
        elif isinstance(event, Rating):
            add(position, "rating", event.at, score=event.score)
            outcome.score = event.score
    return rows, outcome


def conversation_row(
    line: ConversationLine, conversation: uuid.UUID, external_id: str | None, outcome: Outcome, *, number: int
) -> tuple[object, ...]:
    """Row of import_conversations."""
    resolved = outcome.resolved_at
    seconds = int((resolved - line.created_at).total_seconds()) if resolved else None
    customer = line.customer
    return (
        number, conversation, line.tenant, external_id, customer.id if customer else None,
        customer.name if customer else None, customer.email if customer else None, outcome.agent, outcome.status,
        line.priority, line.channel, line.department, outcome.score, line.created_at, resolved, seconds,
    )  # fmt: skip


def agents(line: ConversationLine) -> set[str]:
    """Everybody who wrote as an agent or was assigned."""
    wrote = {event.sender_id for event in line.events if isinstance(event, Message) and event.sender == "agent"}
    had = {event.agent for event in line.events if isinstance(event, Assignment)}
    return {agent for agent in wrote | had if agent is not None}
