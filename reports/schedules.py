"""When a report is due: a cron expression in a time zone, and the slots that it makes.

Belongs here: the one evaluator that everything uses, previews included. Not here: which period a slot reports on
(`periods.py`), and what has been sent (`ledger.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from reports.errors import ReportError

# The longest gap of a cron that ever fires: 29 February over a year divisible by 100 but not by 400.
LONGEST_GAP = timedelta(days=8 * 366)

# Names, ranges, steps and lists. cronsim knows more words (#, L, LW), which the database's rule app.is_cron does not.
_FIELD = r"(?:\*|[A-Za-z0-9]+(?:-[A-Za-z0-9]+)?)(?:/[0-9]{1,9})?"
_FIVE_FIELDS = re.compile(rf"[ \t]*{_FIELD}(?:,{_FIELD})*(?:[ \t]+{_FIELD}(?:,{_FIELD})*){{4}}[ \t]*")
_LAST_DAY = re.compile(r"(?:^|[\s,])[0-9]*LW?(?=$|[\s,/])", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Slot:
    """A time at which a report is due: the instant, and the wall time by which it is known."""

    at: datetime
    local: datetime


@dataclass(frozen=True)
class Schedule:
    """A cron expression of five fields in an IANA zone.

    A wall time that a clock change skips fires once, at the end of the gap; one that comes twice fires once, at the first.
    """

    cron: str
    timezone: str

    def __post_init__(self) -> None:
        """Refuse an expression or a zone that cannot be evaluated."""
        if not _FIVE_FIELDS.fullmatch(self.cron) or _LAST_DAY.search(self.cron):
            raise ReportError(f'schedule "{self.cron}" is no cron expression of five fields, such as 0 9 * * MON')
        try:
            self._fields()
        except CronSimError as error:
            raise ReportError(f'schedule "{self.cron}" is no cron expression: {str(error).lower()}') from error
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ReportError(f'"{self.timezone}" is no time zone: use an IANA name such as Europe/Berlin') from error

    @property
    def is_monthly(self) -> bool:
        """Whether it fires on one day of the month, whatever weekday that is."""
        fields = self._fields()
        return len(fields.days) == 1 and fields.parts[5] == "*"

    def _fields(self) -> CronSim:
        return CronSim(self.cron, datetime(2000, 1, 1, tzinfo=UTC))

    def after(self, instant: datetime) -> Iterator[Slot]:
        """The slots after an instant, in order; none for an expression that never fires."""
        zone = ZoneInfo(self.timezone)
        last = instant
        # cronsim walks wall times only: given a zone, it follows Debian's cron, which loses `*/30 2 * * *` in a gap.
        for wall in CronSim(self.cron, instant.astimezone(zone).replace(tzinfo=None)):
            at = _instant(wall, zone)
            if at > last:
                last = at
                yield Slot(at=at, local=at.astimezone(zone).replace(tzinfo=None))

    def between(self, after: datetime, until: datetime) -> list[Slot]:
        """The slots after one instant and up to another, that one included."""
        found = []
        for slot in self.after(after):
            if slot.at > until:
                break
            found.append(slot)
        return found

    def latest(self, until: datetime) -> Slot | None:
        """The last slot at or before an instant."""
        span = timedelta(days=1)
        while span < 2 * LONGEST_GAP:
            if found := self.between(until - span, until):
                return found[-1]
            span *= 4
        return None

    def preview(self, after: datetime, count: int) -> list[Slot]:
        """The next slots."""
        return list(islice(self.after(after), count))


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a wall time comes: for the first time, or at the end of the gap that swallows it."""
    while True:
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None) == wall:
            return at
        wall += timedelta(minutes=1)
