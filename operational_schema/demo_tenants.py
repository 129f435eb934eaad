"""The synthetic tenants: where they are, when they are open, what they promise.

Belongs here: who they are, and their lines of a history file. Not here: what happens there (`demo_conversations.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Ranges = list[list[str]]
WEEK = ("mon", "tue", "wed", "thu", "fri")
WHOLE_DAY: Ranges = [["00:00", "24:00"]]
NINE_TO_FIVE: Ranges = [["09:00", "17:00"]]
LUNCH_AT_HALF_PAST_TWELVE: Ranges = [["08:00", "12:30"], ["13:30", "18:00"]]


@dataclass(frozen=True)
class TenantKind:
    """A synthetic tenant; `holidays` are months and days, the same every year."""

    slug: str
    name: str
    timezone: str
    hours: dict[str, Ranges]
    holidays: dict[str, Ranges]
    sla: dict[str, int | bool]

    @property
    def never_closes(self) -> bool:
        """Whether there is somebody day and night."""
        return len(self.hours) == 7 and all(ranges == WHOLE_DAY for ranges in self.hours.values())

    def line(self, *, since: datetime, until: datetime) -> dict[str, Any]:
        """The tenant's line of a history file that spans these instants."""
        years = range(since.year, until.year + 1)
        return {
            "kind": "tenant", "slug": self.slug, "name": self.name, "timezone": self.timezone,
            "business_hours": self.hours, "sla": self.sla,
            "special_days": {f"{year}-{day}": ranges for year in years for day, ranges in self.holidays.items()},
        }  # fmt: skip


def _office(slug: str, name: str, timezone: str) -> TenantKind:
    return TenantKind(
        slug, name, timezone, dict.fromkeys(WEEK, NINE_TO_FIVE), {"01-01": [], "12-25": []},
        {"first_response_seconds": 900, "resolution_seconds": 28_800, "business_hours": True},
    )  # fmt: skip


KINDS = (
    TenantKind(
        "hudson-outfitters", "Hudson Outfitters", "America/New_York",
        dict.fromkeys(WEEK, NINE_TO_FIVE) | {"sat": [["10:00", "16:00"]]},
        {"01-01": [], "07-04": [], "12-24": [["09:00", "12:00"]], "12-25": []},
        {"first_response_seconds": 300, "resolution_seconds": 14_400, "business_hours": True},
    ),
    TenantKind(
        "bengal-telecom", "Bengal Telecom", "Asia/Kolkata",
        dict.fromkeys((*WEEK, "sat", "sun"), WHOLE_DAY), {},
        {"first_response_seconds": 120, "resolution_seconds": 86_400, "business_hours": False},
    ),
    TenantKind(
        "spreewald-versand", "Spreewald Versand", "Europe/Berlin",
        dict.fromkeys(WEEK, LUNCH_AT_HALF_PAST_TWELVE) | {"sat": [["09:00", "12:00"]]},
        {"01-01": [], "05-01": [], "10-03": [], "12-24": [["08:00", "12:00"]], "12-25": [], "12-26": []},
        {"first_response_seconds": 3_600, "resolution_seconds": 57_600, "business_hours": True},
    ),
    _office("thames-tickets", "Thames Tickets", "Europe/London"),
    _office("paulista-pagamentos", "Paulista Pagamentos", "America/Sao_Paulo"),
    _office("sumida-games", "Sumida Games", "Asia/Tokyo"),
    _office("harbour-energy", "Harbour Energy", "Australia/Sydney"),
    _office("lagos-logistics", "Lagos Logistics", "Africa/Lagos"),
    _office("kathmandu-treks", "Kathmandu Treks", "Asia/Kathmandu"),
)  # fmt: skip


def kinds(count: int) -> list[TenantKind]:
    """That many tenants; after those with a name come numbered ones in the same zones."""
    numbered = [
        _office(f"tenant-{number}", f"Tenant {number}", KINDS[number % len(KINDS)].timezone)
        for number in range(len(KINDS) + 1, count + 1)
    ]
    return [*KINDS, *numbered][:count]
