"""Which local days a slot reports on.

Belongs here: the rule, and the instants at which local days begin. Not here: when slots come (`schedules.py`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reports.errors import ReportError
from reports.schedules import Schedule, Slot

LAST_DAYS = {"yesterday": 1, "last7days": 7, "last30days": 30, "last90days": 90}


@dataclass(frozen=True)
class Period:
    """Local days from `first` up to, and without, `end`; `months` says how many calendar months they are, where they are."""

    first: date
    end: date
    months: int = 0

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.first).days

    @property
    def label(self) -> str:
        """As a heading says it: `Sunday, 22 November 2026`, `16 – 22 November 2026`, `October 2026`."""
        last = self.end - timedelta(days=1)
        if self.days == 1:
            return f"{last:%A, %-d %B %Y}"
        if self.months == 1:
            return f"{last:%B %Y}"
        start = f"{self.first:%-d}"
        if (self.first.year, self.first.month) != (last.year, last.month):
            start += f"{self.first: %B}" if self.first.year == last.year else f"{self.first: %B %Y}"
        return f"{start} – {last:%-d %B %Y}"

    def ends_at(self, timezone: str) -> datetime:
        """The instant at which the last of the days is over; data must reach it."""
        return datetime.combine(self.end, time(), ZoneInfo(timezone)).astimezone(UTC)

    def previous(self) -> "Period":
        """The period before, of the same length: so many days, or so many calendar months."""
        if self.months:
            return _calendar_months(self.months, before=self.first)
        return Period(self.first - (self.end - self.first), self.first)

    def at_least(self, days: int) -> "Period":
        """The same end, and at least so many days: a chart of one day shows nothing."""
        return Period(min(self.first, self.end - timedelta(days=days)), self.end)


def period_of(schedule: Schedule, slot: Slot, timezone: str, *, date_range: object = None) -> Period:
    """The days, local to a zone, that a slot reports on; they end before the day on which it comes, which is not over.

    With a range, those it asks for. Else a schedule on one day of the month covers the whole calendar months since the month of
    the slot before. Any other covers the days since the day of the slot before, so that a report from Monday to Friday leaves
    out no weekend. A second slot on a day covers what the first one does.
    """
    zone = ZoneInfo(timezone)
    today = slot.at.astimezone(zone).date()
    if date_range is not None:
        return _asked(date_range, today)
    earlier = schedule.latest(datetime.combine(today, time(), zone).astimezone(UTC) - timedelta(seconds=1))
    since = earlier.at.astimezone(zone).date() if earlier else None
    if schedule.is_monthly:
        return _calendar_months(max(1, _months_between(since, today)) if since else 1, before=today)
    return Period(since or today - timedelta(days=1), today)


def _asked(date_range: object, today: date) -> Period:
    if isinstance(date_range, str) and date_range in LAST_DAYS:
        return Period(today - timedelta(days=LAST_DAYS[date_range]), today)
    if date_range == "lastWeek":
        monday = today - timedelta(days=today.weekday())
        return Period(monday - timedelta(days=7), monday)
    if date_range == "lastMonth":
        return _calendar_months(1, before=today)
    known = ", ".join([*LAST_DAYS, "lastWeek", "lastMonth"])
    raise ReportError(f'filter dateRange "{date_range}" is unknown: use one of {known}')


def _calendar_months(months: int, *, before: date) -> Period:
    end = before.replace(day=1)
    index = end.year * 12 + end.month - 1 - months
    return Period(date(index // 12, index % 12 + 1, 1), end, months)


def _months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month
