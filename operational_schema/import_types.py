"""The values that a history file is made of, each read strictly: nothing is guessed from another type.

Belongs here: one value, checked. Not here: which keys a line has (`import_form.py`). A validator raises ValueError with
the end of a sentence that begins with where the value stands.
"""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

Range = tuple[str, str]
LONGEST_SHOWN = 80

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OPENS = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_CLOSES = re.compile(r"(([01][0-9]|2[0-3]):[0-5][0-9])|24:00")


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("has a NUL character, which PostgreSQL cannot keep")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("has half a surrogate pair, which is no character") from error
    return text


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:LONGEST_SHOWN]


def _instant(value: object) -> datetime:
    # Pydantic would read "1704812400" as seconds since 1970, and datetime.fromisoformat a week's number.
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{_shown(value)} is no instant such as "2024-01-09T15:00:00Z"')
    if found[3] is None:
        raise ValueError(f"{_shown(value)} has no offset from UTC: end it with Z, or with one such as +05:30")
    try:
        instant = datetime.fromisoformat(found[0])
        return instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{_shown(value)} is no instant: {error}") from error


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{_shown(value)} is not a number")
    return Decimal(str(value))


def _day(value: object) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError(f'{_shown(value)} is no day such as "2024-07-04"')
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{_shown(value)} is no day: {error}") from error


def _ranges(value: object) -> list[Range]:
    """Opening ranges of one day, in order, forward and apart."""
    if not isinstance(value, list):
        raise ValueError('must be a list of ranges such as [["09:00", "17:00"]]')
    ranges = sorted(_range(each) for each in value)
    for (opens, closes), (later_opens, later_closes) in pairwise(ranges):
        if later_opens < closes:
            raise ValueError(f'"{later_opens}"–"{later_closes}" overlaps "{opens}"–"{closes}"')
    return ranges


def _range(value: object) -> Range:
    match value:
        case [str(opens), str(closes)] if _OPENS.fullmatch(opens) and _CLOSES.fullmatch(closes):
            if opens >= closes:
                raise ValueError(f'"{opens}"–"{closes}" ends before it begins')
            return opens, closes
    raise ValueError(f'{_shown(value)} is no range of clock times such as ["09:00", "17:00"]')


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_storable)]
Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
Instant = Annotated[datetime, PlainValidator(_instant)]
Day = Annotated[date, PlainValidator(_day)]
Ranges = Annotated[list[Range], PlainValidator(_ranges)]
Seconds = Annotated[int, Field(ge=1, le=2_147_483_647)]
Confidence = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=1)]
Score = Annotated[Decimal, BeforeValidator(_number), Field(ge=1, le=5)]
