"""What `conversation_analytics` must say of a conversation's open time and of the promises made to its customer.

Belongs here: what depends on the tenant's hours and targets. Not here: what the conversation alone says (`witness.py`),
and open time itself (`business_time.py`).

A first response is due its target after the first public customer message, a resolution its target after the beginning;
in open time where the tenant says so. Kept if the answer, or the last end while it holds, took no longer than the target.
Unanswered: broken once more than the target has passed, and by an end without any answer; at risk once more than half of
it has passed; else pending. A customer who has not written was promised nothing but the resolution.
A due instant in open time is looked for backwards: the first millisecond by which the target has passed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.witness.business_time import Hours
from tests.witness.witness import EPOCH, entries_of, milliseconds

DEFAULTS = {"first_response_seconds": 300, "resolution_seconds": 3600, "business_hours": False}
STEPS = tuple(timedelta(milliseconds=step) for step in (86_400_000, 3_600_000, 60_000, 1_000, 1))
ANSWERS = ("first_response", "first_human_response", "first_ai_response")


@dataclass
class Service:
    """A tenant's hours and targets."""

    hours: Hours
    first_response_ms: int
    resolution_ms: int
    in_business_time: bool

    @classmethod
    def of_line(cls, line: dict[str, Any] | None) -> "Service":
        sla = DEFAULTS | (line or {}).get("sla", {})
        targets = (sla[f"{name}_seconds"] * 1000 for name in ("first_response", "resolution"))
        return cls(Hours.of_line(line), *targets, in_business_time=sla["business_hours"])

    def passed(self, earlier: datetime, later: datetime) -> int:
        """Milliseconds that count towards a target."""
        if self.in_business_time:
            return self.hours.open_milliseconds(earlier, later)
        return milliseconds(later) - milliseconds(earlier)

    def due(self, begin: datetime, target: int) -> datetime:
        """The first millisecond by which that much has passed."""
        due = EPOCH + milliseconds(begin) * STEPS[-1]
        for step in STEPS:
            while (passed := self.passed(due, due + step)) < target:
                due, target = due + step, target - passed
        return due + STEPS[-1]


def service_of(
    record: dict[str, Any], said: dict[str, Any], *, service: Service, data_as_of: datetime
) -> dict[str, Any]:
    """Column name to value, beside what `statement_of` has said."""
    asked = next((entry.at for entry in entries_of(record) if entry.is_public("customer")), None)
    started, resolved = said["started_at"], said["resolved_at"]
    open_time = {f"{name}_business_seconds": business(service, asked, said[f"{name}_at"]) for name in ANSWERS}
    open_time["first_resolution_business_seconds"] = business(service, started, said["first_resolved_at"])
    open_time["full_resolution_business_seconds"] = business(service, started, resolved)
    response = promise(service, service.first_response_ms, asked, said["first_response_at"], data_as_of, over=resolved)
    resolution = promise(service, service.resolution_ms, started, resolved, data_as_of, over=None)
    return {
        **open_time,
        **{f"sla_first_response_{name}": value for name, value in response.items()},
        **{f"sla_resolution_{name}": value for name, value in resolution.items()},
        "sla_in_business_time": service.in_business_time,
    }


def business(service: Service, earlier: datetime | None, later: datetime | None) -> Decimal | None:
    if earlier is None or later is None:
        return None
    return Decimal(service.hours.open_milliseconds(earlier, later)) / 1000


def promise(
    service: Service,
    target: int,
    begin: datetime | None,
    kept: datetime | None,
    data_as_of: datetime,
    *,
    over: datetime | None,
) -> dict[str, Any]:
    said: dict[str, Any] = {"target_seconds": Decimal(target) / 1000, "due_at": None, "state": None}
    if begin is None:
        return said
    said["due_at"] = service.due(begin, target)
    used = service.passed(begin, kept or data_as_of)
    if kept is not None:
        said["state"] = "met" if used <= target else "breached"
    elif over is not None or used > target:
        said["state"] = "breached"
    else:
        said["state"] = "at_risk" if used * 2 > target else "pending"
    return said
