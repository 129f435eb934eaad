"""Synthetic support traffic, in the form of a history file, so that it is loaded as real histories are.

Belongs here: who writes when, and how conversations end. Not here: what they say (`traffic_texts.py`), and loading
(`importing.py`). The same arguments make the same records, whatever the day.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from operational_schema import traffic_texts as texts
from operational_schema.importing import ImportSummary, import_records

Record = dict[str, Any]
WORKDAY = [["09:00", "17:00"]]
WEEK = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True)
class TenantKind:
    """A synthetic tenant: where it is, when it is open."""

    slug: str
    name: str
    timezone: str
    hours: dict[str, list[list[str]]]
    special_days: dict[str, list[list[str]]]


KINDS = (
    TenantKind(
        "hudson-outfitters", "Hudson Outfitters", "America/New_York",
        dict.fromkeys(WEEK, WORKDAY), {"2026-07-03": [], "2026-11-26": [], "2025-11-27": []},
    ),
    TenantKind(
        "bengal-telecom", "Bengal Telecom", "Asia/Kolkata",
        {day: [["00:00", "24:00"]] for day in (*WEEK, "sat", "sun")}, {},
    ),
    TenantKind(
        "spreewald-versand", "Spreewald Versand", "Europe/Berlin",
        {day: [["08:00", "12:30"], ["13:30", "18:00"]] for day in WEEK} | {"sat": [["09:00", "12:00"]]},
        {"2025-12-24": [["08:00", "12:00"]], "2025-12-25": [], "2026-05-01": []},
    ),
)  # fmt: skip
MORE_ZONES = (
    "Europe/London",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Africa/Lagos",
    "America/Los_Angeles",
)
CHANNELS = (("website", 55), ("email", 25), ("whatsapp", 15), ("sms", 5))
DEPARTMENTS = (("support", 50), ("billing", 25), ("technical", 20), ("general", 5))
PRIORITIES = (("normal", 70), ("high", 15), ("low", 10), ("urgent", 5))
AGENTS = 8


def generate(*, conversations: int, tenants: int, days: int, seed: int, until: datetime) -> Iterator[Record]:
    """Tenants, then conversations in the order of their beginning; nothing happens after `until`."""
    kinds = [_kind(position) for position in range(tenants)]
    for kind in kinds:
        yield {
            "kind": "tenant", "slug": kind.slug, "name": kind.name, "timezone": kind.timezone,
            "business_hours": kind.hours, "special_days": kind.special_days,
            "sla": {"first_response_seconds": 300, "resolution_seconds": 86_400, "business_hours": len(kind.hours) < 7},
        }  # fmt: skip
    source = random.Random(seed)  # noqa: S311 (nothing secret is made of it)
    for number in range(conversations):
        age = days * (1 - (number + source.random()) / conversations)
        yield _Conversation(source, kinds[number % tenants], number, until).record(until - timedelta(days=age))


def load_traffic(
    url: str,
    *,
    conversations: int,
    tenants: int,
    days: int,
    seed: int,
    until: datetime,
    on_progress: Callable[[int], None] = lambda records: None,
) -> ImportSummary:
    """Load generated traffic, in one transaction."""
    records = generate(conversations=conversations, tenants=tenants, days=days, seed=seed, until=until)
    return import_records(url, records, on_progress=on_progress)


def _kind(position: int) -> TenantKind:
    if position < len(KINDS):
        return KINDS[position]
    zone = MORE_ZONES[position % len(MORE_ZONES)]
    return TenantKind(f"tenant-{position + 1}", f"Tenant {position + 1}", zone, dict.fromkeys(WEEK, WORKDAY), {})


@dataclass
class _Conversation:
    """One conversation on its way: each step moves the clock and may add an event."""

    source: random.Random
    kind: TenantKind
    number: int
    until: datetime
    events: list[Record] = field(default_factory=list)
    status: str = "active"
    agent: str | None = None

    def record(self, began: datetime) -> Record:
        """The whole conversation."""
        began = self._into_local_day(began)
        self.at = began
        self._talk()
        customer = self.source.randrange(1 + self.number // 3)
        name = f"{texts.FIRST_NAMES[customer % len(texts.FIRST_NAMES)]} {texts.LAST_NAMES[customer % len(texts.LAST_NAMES)]}"
        return {
            "tenant": self.kind.slug,
            "conversation_id": f"demo-{self.number}",
            "channel": self._pick(CHANNELS),
            "department": self._pick(DEPARTMENTS),
            "priority": self._pick(PRIORITIES),
            "customer": {"id": f"c{customer}", "name": name, "email": f"customer{customer}@{self.kind.slug}.example"},
            "created_at": began.isoformat(),
            "events": [event for event in self.events if datetime.fromisoformat(event["at"]) <= self.until],
        }

    def _talk(self) -> None:
        chance = self.source.random()
        if chance < 0.05:  # an agent writes first
            self._assign()
            self._say("agent", texts.AGENT_ANSWERS)
            self._wait(3_600)
        self._ask()
        if chance > 0.95:  # nobody ever answers
            if self.source.random() < 0.6:
                self._wait(86_400)
                self._enter("closed")
            return
        if self.source.random() < 0.75:
            self._ai_turns()
        if self.agent or self.source.random() < 0.55 or not any(event.get("sender") == "ai" for event in self.events):
            self._agent_turns()
        self._end()

    def _ask(self) -> None:
        self._say("customer", texts.QUESTIONS)
        while self.source.random() < 0.25:
            self._wait(60)
            self._say("customer", texts.FOLLOW_UPS)

    def _ai_turns(self) -> None:
        for _ in range(1 + self.source.randrange(3)):
            self._wait(8)
            self._say("ai", texts.AI_ANSWERS, confidence=round(self.source.betavariate(6, 2), 2))
            self._wait(120)
            self._say("customer", texts.FOLLOW_UPS)

    def _agent_turns(self) -> None:
        self._wait(900)
        self._assign()
        if self.source.random() < 0.12:
            self._enter("escalated")
        for _ in range(1 + self.source.randrange(4)):
            self._wait(600)
            if self.source.random() < 0.15:
                self._say("agent", texts.NOTES, public=False)
            if self.source.random() < 0.08:
                self._assign()
            self._say("agent", texts.AGENT_ANSWERS)
            if self.source.random() < 0.2:
                self._enter("pending")
            self._wait(1_800)
            self._say("customer", texts.FOLLOW_UPS)
            self._enter("active" if self.status == "pending" else self.status)

    def _end(self) -> None:
        chance = self.source.random()
        if chance < 0.06:
            return
        self._wait(3_600)
        self._enter("resolved" if chance < 0.9 else "closed")
        if self.source.random() < 0.35:
            self._wait(1_200)
            self._add(type="rating", score=self.source.choice((1, 2, 3, 4, 4, 4.5, 5, 5, 5)))
        if self.source.random() < 0.07:
            self._wait(50_000)
            self._ask()
            self._enter("active")
            self._wait(2_000)
            self._assign()
            self._say("agent", texts.AGENT_ANSWERS)
            self._wait(3_000)
            self._enter("resolved")

    def _into_local_day(self, began: datetime) -> datetime:
        """Most people write by day, and less at weekends: a time of night is often moved into the day."""
        local = began.astimezone(ZoneInfo(self.kind.timezone))
        if (local.hour < 8 or local.hour >= 21) and self.source.random() < 0.8:
            began -= timedelta(hours=(local.hour - 14) % 24)
        if local.weekday() >= 5 and self.source.random() < 0.5:
            began -= timedelta(days=local.weekday() - 4)
        return began

    def _wait(self, typical: float) -> None:
        """Let time pass: mostly less than typical, now and then much more; to the millisecond."""
        seconds = typical * math.exp(self.source.gauss(-0.3, 1.0))
        self.at += timedelta(milliseconds=round(seconds * 1000))

    def _say(self, sender: str, choices: tuple[str, ...], **more: object) -> None:
        text = self.source.choice(choices).format(number=10_000 + self.number)
        who = {"sender_id": self.agent} if sender == "agent" and self.agent else {}
        self._add(type="message", sender=sender, text=text, **who, **more)

    def _assign(self) -> None:
        self.agent = f"agent-{self.source.randrange(AGENTS) + 1}"
        self._add(type="assign", agent=self.agent)

    def _enter(self, status: str) -> None:
        if status != self.status:
            self.status = status
            self._add(type="status", status=status)

    def _add(self, **event: object) -> None:
        self.events.append({"at": self.at.isoformat(), **event})

    def _pick(self, weighted: tuple[tuple[str, int], ...]) -> str:
        return self.source.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]
