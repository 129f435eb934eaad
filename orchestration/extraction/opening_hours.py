"""When a tenant is open, as instants: the one place where wall time becomes an instant.

Belongs here: from hours, special days and a zone to stretches of open and closed time, without a database. Not here: where hours
come from and where stretches go (`business_time.py`). Instants are milliseconds since 1970, UTC; days are numbered from
1970-01-01; times of a day are seconds since its midnight, of the wall clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 86_400
DAY_MS = DAY * 1000
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
class Stretch:
    """A stretch of time in which the tenant is open throughout, or closed, and how much open time came before it."""

    from_ms: int
    until_ms: int
    opened_ms: int
    is_open: bool


def stretches(calendar: Calendar, *, since: datetime, until: datetime) -> Iterator[Stretch]:
    """All time between two instants, in order and without a gap.

    The tenant is open while its wall clock shows an open time: an hour that the clock repeats is open twice, one that it
    skips is not there. Each stretch lies within one day of UTC, and within one day's worth of open time: looking for one
    is then a join by equal days.
    """
    at, opened = int(since.timestamp()) * 1000, 0
    for opens, closes in _merged(_ranges(calendar, int(since.timestamp()), int(until.timestamp()))):
        for begin, end in _cut(at, opens * 1000, from_zero=0):
            yield Stretch(begin, end, opened, is_open=False)
        for day_begin, day_end in _cut(opens * 1000, closes * 1000, from_zero=0):
            for begin, end in _cut(day_begin, day_end, from_zero=day_begin - opened):
                yield Stretch(begin, end, opened, is_open=True)
                opened += end - begin
        at = closes * 1000
    for begin, end in _cut(at, int(until.timestamp()) * 1000, from_zero=0):
        yield Stretch(begin, end, opened, is_open=False)


def _cut(begin: int, end: int, *, from_zero: int) -> Iterator[tuple[int, int]]:
    """A stretch of milliseconds cut at every whole day after `from_zero`."""
    while begin < end:
        whole_day = from_zero + ((begin - from_zero) // DAY_MS + 1) * DAY_MS
        yield begin, min(whole_day, end)
        begin = min(whole_day, end)


def _ranges(calendar: Calendar, since: int, until: int) -> Iterator[tuple[int, int]]:
    for begin, end, offset in _offsets(ZoneInfo(calendar.timezone), since, until):
        for day in range((begin + offset) // DAY, (end + offset - 1) // DAY + 1):
            midnight = day * DAY - offset
            for opens, closes in sorted(calendar.ranges_on(day)):
                yield max(midnight + opens, begin), min(midnight + closes, end)


def _merged(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for opens, closes in ranges:
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
