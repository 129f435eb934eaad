"""When a tenant is open, as instants: the one place where wall time becomes an instant.

Belongs here: from hours, special days and a zone to stretches of open time, without a database. Not here: where hours
come from and where stretches go (`openings.py`). Instants are milliseconds since 1970, UTC; days are numbered from
1970-01-01; times of a day are seconds since its midnight, of the wall clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 86_400
# No zone has changed its clock twice within twelve hours.
LOOK_EVERY = DAY // 2
THURSDAY = 4

Ranges = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Calendar:
    """A tenant's hours: weeks by the day from which each holds, and the days that differ from their week."""

    timezone: str
    weeks: Mapping[int, Mapping[int, Ranges]]
    special_days: Mapping[int, Ranges] = field(default_factory=dict)

    def ranges_on(self, day: int) -> Ranges:
        """The open ranges of a local day; none before the first week holds."""
        if day in self.special_days:
            return self.special_days[day]
        in_force = max((since for since in self.weeks if since <= day), default=None)
        if in_force is None:
            return ()
        return self.weeks[in_force].get((day + THURSDAY - 1) % 7 + 1, ())


@dataclass(frozen=True)
class Opening:
    """A stretch of open time, and how much open time came before it."""

    opens_ms: int
    closes_ms: int
    opened_ms: int


def openings(calendar: Calendar, *, since: datetime, until: datetime) -> list[Opening]:
    """Every stretch in which the wall clock shows an open time, in order and apart from each other.

    An hour that the clock repeats is open twice, one that it skips is not there. Whoever is closed at `since` has an
    empty stretch there: what lies before the first stretch is not known.
    """
    begin = int(since.timestamp())
    made: list[Opening] = []
    opened = 0
    for opens, closes in _merged(_stretches(calendar, begin, int(until.timestamp()))):
        if not made and opens > begin:
            made.append(Opening(begin * 1000, begin * 1000, 0))
        made.append(Opening(opens * 1000, closes * 1000, opened))
        opened += (closes - opens) * 1000
    return made or [Opening(begin * 1000, begin * 1000, 0)]


def _stretches(calendar: Calendar, since: int, until: int) -> Iterator[tuple[int, int]]:
    for begin, end, offset in _offsets(ZoneInfo(calendar.timezone), since, until):
        for day in range((begin + offset) // DAY, (end + offset - 1) // DAY + 1):
            midnight = day * DAY - offset
            for opens, closes in sorted(calendar.ranges_on(day)):
                yield max(midnight + opens, begin), min(midnight + closes, end)


def _merged(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for opens, closes in stretches:
        if opens >= closes:
            continue
        if current is not None and opens <= current[1]:
            current = current[0], max(current[1], closes)
            continue
        if current is not None:
            yield current
        current = opens, closes
    if current is not None:
        yield current


def _offsets(zone: ZoneInfo, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Stretches of one distance to UTC: begin, end, seconds to add for the wall clock."""
    begin = since
    for earlier, later in pairwise([*range(since, until, LOOK_EVERY), until]):
        if _offset(zone, earlier) != _offset(zone, later):
            change = _change(zone, earlier, later)
            yield begin, change, _offset(zone, earlier)
            begin = change
    yield begin, until, _offset(zone, begin)


def _change(zone: ZoneInfo, earlier: int, later: int) -> int:
    """The first second of the later distance."""
    before = _offset(zone, earlier)
    while later - earlier > 1:
        middle = (earlier + later) // 2
        earlier, later = (middle, later) if _offset(zone, middle) == before else (earlier, middle)
    return later


def _offset(zone: ZoneInfo, second: int) -> int:
    distance = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    return int(distance.total_seconds()) if distance is not None else 0
