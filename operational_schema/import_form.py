"""The form of a history file: what a line may say.

Belongs here: the keys of one line, and reading it. Not here: single values (`import_types.py`), the words for what is
wrong (`import_findings.py`), and what follows from a conversation's events (`import_rows.py`). Lines are JSON objects;
one without "kind" is a conversation.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError, model_validator

from operational_schema import import_findings
from operational_schema.errors import SchemaError
from operational_schema.import_types import Confidence, Day, Instant, Name, Ranges, Score, Seconds, Slug, Text, Word

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Form(BaseModel):
    """Unknown keys are refused, and nothing is guessed from another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Sla(Form):
    """Targets of a tenant, in seconds; `business_hours`: counted in opening hours only."""

    first_response_seconds: Seconds | None = None
    resolution_seconds: Seconds | None = None
    business_hours: bool | None = None


class TenantLine(Form):
    """A tenant: who it is, when it is open, what it promises."""

    kind: Literal["tenant"]
    slug: Slug
    name: Name
    timezone: Text
    business_hours: dict[Weekday, Ranges] | None = None
    special_days: dict[Day, Ranges] = {}
    sla: Sla | None = None


class Customer(Form):
    """Who writes to the tenant."""

    id: Name
    name: Name | None = None
    email: Name | None = None


class _Event(Form):
    at: Instant


class Message(_Event):
    """Somebody says something; not `public` means seen by the tenant's people only."""

    type: Literal["message"]
    sender: Literal["customer", "agent", "ai", "system"]
    sender_id: Name | None = None
    public: bool = True
    text: Text
    confidence: Confidence | None = None


class StatusChange(_Event):
    """The conversation gets a status."""

    type: Literal["status"]
    status: Literal["active", "pending", "escalated", "resolved", "closed"]


class Assignment(_Event):
    """An agent takes the conversation over; null: nobody has it."""

    type: Literal["assign"]
    agent: Name | None


class Rating(_Event):
    """The customer rates, 1 to 5."""

    type: Literal["rating"]
    score: Score


Event = Annotated[Message | StatusChange | Assignment | Rating, Field(discriminator="type")]


class ConversationLine(Form):
    """A conversation and everything that happened in it."""

    tenant: Slug
    conversation_id: Name
    channel: Word = "website"
    department: Name = "general"
    priority: Literal["low", "normal", "medium", "high", "urgent"] = "normal"
    customer: Customer | None = None
    created_at: Instant
    events: list[Event] = []

    @model_validator(mode="after")
    def _nothing_before_its_beginning(self) -> "ConversationLine":
        instants = [event.at for event in self.events]
        if instants and min(instants) < self.created_at:
            position = next(place for place, at in enumerate(instants) if at < self.created_at)
            raise ValueError(f"events[{position}].at is before created_at")
        return self


def _kind(line: Any) -> str:
    return "tenant" if isinstance(line, dict) and "kind" in line else "conversation"


Line = TenantLine | ConversationLine
_LINE: TypeAdapter[Line] = TypeAdapter(
    Annotated[  # type: ignore[arg-type, maybe-unrecognized-str-typeform]
        Annotated[TenantLine, Tag("tenant")] | Annotated[ConversationLine, Tag("conversation")],
        Discriminator(_kind),
    ]
)


def parse(content: bytes, *, number: int) -> Line:
    """Read one line. Raises SchemaError with its number and what is wrong with it."""
    try:
        return _LINE.validate_python(_json(content))
    except UnicodeDecodeError as error:
        raise _refusal(number, f"not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise _refusal(number, f"not JSON: {error.msg} at column {error.colno}") from error
    except ValidationError as error:
        raise _refusal(number, import_findings.first(error)) from error
    except RecursionError as error:
        raise _refusal(number, "not JSON of this form: it is nested too deeply") from error
    except ValueError as error:
        raise _refusal(number, str(error)) from error


def _refusal(number: int, finding: str) -> SchemaError:
    return SchemaError(f"line {number}: {finding}; nothing of the file was loaded")


def _json(content: bytes) -> Any:
    return json.loads(content.decode(), object_pairs_hook=_object, parse_constant=_no_constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Every JSON parser at hand keeps the last of two equal keys and says nothing.
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f'key "{twice}" stands twice in one object')
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"not JSON: {name} is no number")
