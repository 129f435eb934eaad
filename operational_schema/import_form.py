"""The form of a history file: what a line may say, and a clear word for what it may not.

Belongs here: the shape of one line, checked. Not here: what follows from a conversation's events
(`import_rows.py`), and loading (`importing.py`). Lines are JSON objects; one without "kind" is a conversation.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PositiveInt,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from operational_schema.errors import SchemaError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("has a NUL character, which PostgreSQL cannot keep")
    return text


Text = Annotated[str, AfterValidator(_no_nul)]
Name = Annotated[str, AfterValidator(_no_nul), Field(min_length=1, max_length=255)]
Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]


def _ranges(ranges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Opening ranges of one day, in order, forward and apart; "24:00" may only end one."""
    end = ""
    for opens, closes in sorted(ranges):
        if not _CLOCK.match(opens) or not (_CLOCK.match(closes) or closes == "24:00"):
            raise ValueError(f'"{opens}"–"{closes}" is no range of clock times such as "09:00"–"17:00"')
        if opens >= closes:
            raise ValueError(f'"{opens}"–"{closes}" ends before it begins')
        if opens < end:
            raise ValueError(f'"{opens}"–"{closes}" overlaps the range before it')
        end = closes
    return sorted(ranges)


Ranges = Annotated[list[tuple[str, str]], AfterValidator(_ranges)]


class Form(BaseModel):
    """Unknown keys are refused, and nothing is guessed from another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Sla(Form):
    """Targets of a tenant, in seconds; `business_hours`: counted in opening hours only."""

    first_response_seconds: PositiveInt | None = None
    resolution_seconds: PositiveInt | None = None
    business_hours: bool | None = None


class TenantLine(Form):
    """A tenant: who it is, when it is open, what it promises."""

    kind: Literal["tenant"]
    slug: Slug
    name: Name
    timezone: Text
    business_hours: dict[Weekday, Ranges] | None = None
    special_days: dict[date, Ranges] = {}
    sla: Sla | None = None


class Customer(Form):
    """Who writes to the tenant."""

    id: Name
    name: Name | None = None
    email: Name | None = None


class _Event(Form):
    at: AwareDatetime


class Message(_Event):
    """Somebody says something; not `public` means seen by the tenant's people only."""

    type: Literal["message"]
    sender: Literal["customer", "agent", "ai", "system"]
    sender_id: Name | None = None
    public: bool = True
    text: Text
    confidence: Annotated[Decimal, Field(ge=0, le=1)] | None = None


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
    score: Annotated[Decimal, Field(ge=1, le=5)]


Event = Annotated[Message | StatusChange | Assignment | Rating, Field(discriminator="type")]


class ConversationLine(Form):
    """A conversation and everything that happened in it."""

    tenant: Slug
    conversation_id: Name
    channel: Word = "website"
    department: Name = "general"
    priority: Literal["low", "normal", "medium", "high", "urgent"] = "normal"
    customer: Customer | None = None
    created_at: AwareDatetime
    events: list[Event] = []

    @model_validator(mode="after")
    def _nothing_before_its_beginning(self) -> "ConversationLine":
        for position, event in enumerate(self.events):
            if event.at < self.created_at:
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


def parse(content: bytes | str, *, number: int) -> Line:
    """Read one line. Raises SchemaError with its number and what is wrong with it."""
    try:
        return _LINE.validate_json(content)
    except ValidationError as error:
        raise SchemaError(f"line {number}: {_first(error)}; nothing of the file was loaded") from error


def _first(error: ValidationError) -> str:
    """The first finding: where, and what."""
    found = error.errors(include_url=False)[0]
    where = _path(found["loc"])
    said = found["msg"].removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        parent = _path(found["loc"][:-1])
        return f'unknown key "{found["loc"][-1]}"' + (f" in {parent}" if parent else "")
    if found["type"] == "missing":
        parent = _path(found["loc"][:-1])
        return f'key "{found["loc"][-1]}" is missing' + (f" in {parent}" if parent else "")
    if found["type"] == "json_invalid":
        return f"not JSON: {said.removeprefix('Invalid JSON: ')}"
    return f"{where}: {said}" if where else said


def _path(steps: tuple[int | str, ...]) -> str:
    """`events[2].sender`, without the names of the unions on the way."""
    path = ""
    for position, step in enumerate(steps):
        names_a_line = position == 0 and step in ("tenant", "conversation")
        names_an_event = isinstance(steps[position - 1], int) and step in ("message", "status", "assign", "rating")
        if names_a_line or names_an_event:
            continue
        path += f"[{step}]" if isinstance(step, int) else (f".{step}" if path else str(step))
    return path
