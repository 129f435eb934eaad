"""Which local days a slot reports on.

Belongs here: the rule, and the instants at which local days begin. Not here: when slots come (`schedules.py`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reports.errors import ReportError
from reports.schedules import Schedule

LAST_DAYS = {"yesterday": 1, "last7days": 7, "last30days": 30, "last90days": 90}


@dataclass(frozen=True)
class Period:
    """Local days from `first` up to, and without, `end`."""

    first: date
    end: date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.first).days

    @property
    def label(self) -> str:
        """As a heading says it."""
        last = self.end - timedelta(days=1)
        return f"{self.first:%-d %B %Y}" if self.days == 1 else f"{self.first:%-d %B %Y} – {last:%-d %B %Y}"

    def ends_at(self, timezone: str) -> datetime:
        """The instant at which the last of the days is over; data must reach it."""
        return datetime.combine(self.end, time(), ZoneInfo(timezone)).astimezone(UTC)

    def previous(self) -> "Period":
        """The period before, of the same kind: a calendar month is compared with the month before it."""
        if self.first.day == 1 and self.end.day == 1:
            months = (self.end.year - self.first.year) * 12 + self.end.month - self.first.month
            return Period(_months_before(self.first, months), self.first)
        return Period(self.first - (self.end - self.first), self.first)

    def at_least(self, days: int) -> "Period":
        """The same end, and at least so many days: a chart of one day shows nothing."""
        return Period(min(self.first, self.end - timedelta(days=days)), self.end)


def period_of(schedule: Schedule, local: datetime, *, date_range: str | None = None) -> Period:
    """The days before a slot's own: as many as its schedule covers, or as `date_range` asks for.

    Without a range: a report that is due once a month or a quarter covers the calendar months before, once a week the seven
    days before, more often the day before.
    """
    today = local.date()
    if date_range is not None:
        return _asked(date_range, today)
    day, month, weekday = schedule.cron.split()[2:]
    if day != "*":
        monthly = Period(_months_before(today.replace(day=1), 1), today.replace(day=1))
        return monthly if month == "*" else Period(_months_before(monthly.end, _months_between(month)), monthly.end)
    return Period(today - timedelta(days=1 if weekday == "*" or "," in weekday or "-" in weekday else 7), today)


def _asked(date_range: str, today: date) -> Period:
    if date_range in LAST_DAYS:
        return Period(today - timedelta(days=LAST_DAYS[date_range]), today)
    if date_range == "lastWeek":
        monday = today - timedelta(days=today.weekday())
        return Period(monday - timedelta(days=7), monday)
    if date_range == "lastMonth":
        return Period(_months_before(today.replace(day=1), 1), today.replace(day=1))
    known = ", ".join([*LAST_DAYS, "lastWeek", "lastMonth"])
    raise ReportError(f'filter dateRange "{date_range}" is unknown: use one of {known}')


def _months_between(field: str) -> int:
    """How many months lie between the months of a cron field: 1,4,7,10 and */3 are three apart, one month is twelve."""
    if field.startswith("*/"):
        return int(field[2:])
    listed = len(field.split(","))
    return 12 // listed if 12 % listed == 0 else 1


def _months_before(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
