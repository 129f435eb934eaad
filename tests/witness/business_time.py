"""Open time between two instants, by looking at the clock minute by minute.

Belongs here: the definition in the plainest Python: an instant is open if the wall clock shows an open time. Not here:
the rest of the definitions (`witness.py`). Slow, and as unlike the running totals of the warehouse as can be: it never
turns wall time into an instant. Hours and zones' distances to UTC are whole minutes.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = "24:00"
Ranges = list[list[str]]
NINE_TO_FIVE = {key: [["09:00", "17:00"]] for key in WEEKDAYS[:5]}


@dataclass
class Hours:
    """Weeks by the day from which they hold, special days, and the zone; in the words of a history file."""

    timezone: str
    weeks: dict[date, dict[str, Ranges]]
    special_days: dict[str, Ranges] = field(default_factory=dict)
    known: dict[int, bool] = field(default_factory=dict)

    @classmethod
    def of_line(cls, line: dict[str, Any] | None) -> "Hours":
        """Those of a tenant's line; of one without a line, UTC and Mon-Fri 09-17."""
        line = line or {}
        weeks = {date.min: line.get("business_hours", NINE_TO_FIVE)}
        weeks |= {date.fromisoformat(since): week for since, week in line.get("weeks", {}).items()}
        return cls(line.get("timezone", "UTC"), weeks, line.get("special_days", {}))

    def is_open(self, minute: int) -> bool:
        """Whether the wall clock shows an open time in that minute since 1970."""
        if minute not in self.known:
            wall = (EPOCH + minute * MINUTE).astimezone(ZoneInfo(self.timezone))
            self.known[minute] = any(
                time.fromisoformat(opens) <= wall.time()
                and (closes == WHOLE_DAY or wall.time() < time.fromisoformat(closes))
                for opens, closes in self.ranges_on(wall.date())
            )
        return self.known[minute]

    def ranges_on(self, day: date) -> Ranges:
        if day.isoformat() in self.special_days:
            return self.special_days[day.isoformat()]
        begun = [since for since in self.weeks if since <= day]
        return self.weeks[max(begun)].get(WEEKDAYS[day.weekday()], []) if begun else []

    def open_milliseconds(self, earlier: datetime, later: datetime) -> int:
        """Milliseconds between two instants, each cut to the millisecond, in which the tenant is open."""
        if later < earlier:
            return -self.open_milliseconds(later, earlier)
        begin, end = ((instant - EPOCH) // timedelta(milliseconds=1) for instant in (earlier, later))
        return sum(
            min((minute + 1) * 60_000, end) - max(minute * 60_000, begin)
            for minute in range(begin // 60_000, -(-end // 60_000))
            if self.is_open(minute)
        )
