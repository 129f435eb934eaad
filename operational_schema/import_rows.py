"""What follows from a conversation of a history file: its row, its messages, its events.

Belongs here: decisions, pure functions over the parsed form. Not here: checking the form (`import_form.py`), and
writing (`importing.py`). Ids are derived from what the file says, so that importing it again finds the same rows.

A conversation begins as active, with an event of creation. A status or an assignee that it has already is no event.
Its `ai_confidence` is left to the application: the file says how sure the AI was of each message, not of the whole.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha1

from operational_schema.import_form import Assignment, ConversationLine, Message, Rating, StatusChange

NAMESPACE = uuid.UUID("6f0c4f0a-53a6-5d0e-9d5b-0a6a8f4f7a11")
ENDED = ("resolved", "closed")
CREATION = -1
Row = tuple[object, ...]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


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


def derived_id(namespace: uuid.UUID, name: str) -> str:
    """What uuid.uuid5 makes, as text: its objects took a third of the time of reading a file."""
    digest = sha1(namespace.bytes + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{_VARIANT[digest[16]]}{digest[17:20]}-{digest[20:32]}"


def stable_id(*parts: str) -> str:
    """The id of whatever a file names so."""
    return derived_id(NAMESPACE, "\x1f".join(parts))


def message_id(conversation: uuid.UUID, position: int) -> str:
    """The id of the message at a place in the file's list of events."""
    return derived_id(conversation, f"message {position}")


def event_id(conversation: uuid.UUID, kind: str, position: int) -> str:
    """The id of the event at a place in the file's list."""
    return derived_id(conversation, f"{kind} {position}")


def conversation_id(line: ConversationLine) -> tuple[uuid.UUID, str | None]:
    """The id, and the external id where the file's own is no UUID."""
    if _UUID.fullmatch(line.conversation_id):
        return uuid.UUID(line.conversation_id), None
    return uuid.UUID(stable_id(line.tenant, "conversation", line.conversation_id)), line.conversation_id


def message_rows(line: ConversationLine, conversation: uuid.UUID) -> Iterator[Row]:
    """Rows of import_messages; the ordinal is the place in the file, which decides between events of one instant."""
    key = str(conversation)
    for position, event in enumerate(line.events):
        if isinstance(event, Message):
            agent = event.sender_id if event.sender == "agent" else None
            yield (
                message_id(conversation, position), line.tenant, key, position, event.sender, agent,
                event.text, not event.public, line.channel, event.confidence, event.at,
            )  # fmt: skip


def event_rows(line: ConversationLine, conversation: uuid.UUID) -> tuple[list[Row], Outcome]:
    """Rows of import_events in the order of time, and where they lead. A change to what already is, is none."""
    outcome = Outcome()
    key = str(conversation)
    rows: list[Row] = []

    def add(position: int, kind: str, at: datetime, *, status: tuple[str | None, str | None] = (None, None),
            agent: tuple[str | None, str | None] = (None, None), score: Decimal | None = None) -> None:  # fmt: skip
        known_by = event_id(conversation, kind, position)
        rows.append((known_by, line.tenant, key, position, kind, *status, *agent, score, at))

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
) -> Row:
    """Row of import_conversations."""
    resolved = outcome.resolved_at
    seconds = (resolved - line.created_at) // timedelta(seconds=1) if resolved else None
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
