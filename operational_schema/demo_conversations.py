"""One synthetic conversation: who writes when, who takes it over, how it ends.

Belongs here: the course of a conversation. Not here: when it begins (`demo_traffic.py`), where (`demo_tenants.py`), and
the sentences (`traffic_texts.py`).
"""

import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from operational_schema import traffic_texts as texts
from operational_schema.demo_tenants import TenantKind

Record = dict[str, Any]
Weighted = tuple[tuple[Any, int], ...]

CHANNELS: Weighted = (("website", 52), ("email", 26), ("whatsapp", 16), ("sms", 6))
DEPARTMENTS: Weighted = (("support", 50), ("billing", 25), ("technical", 20), ("general", 5))
PRIORITIES: Weighted = (("normal", 60), ("medium", 10), ("high", 15), ("low", 10), ("urgent", 5))
SCORES: Weighted = ((1, 9), (2, 6), (3, 11), (3.5, 3), (4, 28), (4.5, 8), (5, 35))
AGENTS = 8
AUTO_CLOSE = 86_400


@dataclass
class DemoConversation:
    """A conversation on its way: each step moves the clock and may add an event."""

    source: random.Random
    kind: TenantKind
    number: int
    began: datetime
    until: datetime
    events: list[Record] = field(default_factory=list)
    status: str = "active"
    agent: str | None = None

    def record(self) -> Record:
        """The whole conversation, as far as it has come by the end of the history."""
        self.at = self.began
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
            "created_at": self.began.isoformat(),
            "events": [event for event in self.events if datetime.fromisoformat(event["at"]) <= self.until],
        }

    def _talk(self) -> None:
        if self._happens(0.06):
            self._agent_calls()
        self._ask()
        if self._happens(0.05):
            self._nobody_answers()
            return
        by_ai = self._happens(0.75)
        if by_ai:
            self._ai_turns()
        if self.agent or not by_ai or self._happens(0.6):
            self._agent_turns()
        self._end()

    def _agent_calls(self) -> None:
        self._assign()
        self._say("agent", texts.AGENT_OPENINGS)
        self._wait(3_600)

    def _nobody_answers(self) -> None:
        if self._happens(0.6):
            self.at += timedelta(seconds=AUTO_CLOSE)
            self._enter("closed")

    def _ask(self) -> None:
        self._say("customer", texts.QUESTIONS)
        while self._happens(0.3):
            self._wait(60)
            self._say("customer", texts.FOLLOW_UPS)

    def _ai_turns(self) -> None:
        for _ in range(1 + self.source.randrange(4)):
            self._wait(8)
            self._say("ai", texts.AI_ANSWERS, confidence=round(self.source.betavariate(6, 2), 2))
            self._wait(120)
            self._ask_on()

    def _agent_turns(self) -> None:
        self._wait(600)
        self._open_first()
        if self.agent is None and self._happens(0.9):
            self._assign()
        if self._happens(0.12):
            self._enter("escalated")
            self._say("agent", texts.NOTES, public=False)
        for _ in range(1 + self.source.randrange(4)):
            self._agent_turn()
            self._wait(1_800)
            self._ask_on()
            if self.status == "pending":
                self._enter("active")

    def _agent_turn(self) -> None:
        self._wait(400)
        self._open_first()
        if self._happens(0.15):
            self._say("agent", texts.NOTES, public=False)
        if self._happens(0.03):
            self._hand_back()
        elif self._happens(0.08):
            self._assign()
        self._say("agent", texts.AGENT_ANSWERS)
        if self._happens(0.2):
            self._enter("pending")

    def _hand_back(self) -> None:
        """Somebody gives the conversation up, and another takes it later."""
        self.agent = None
        self._add(type="assign", agent=None)
        self._wait(1_200)
        self._assign()

    def _ask_on(self) -> None:
        self._say("customer", texts.FOLLOW_UPS)
        while self._happens(0.15):
            self._wait(45)
            self._say("customer", texts.FOLLOW_UPS)

    def _end(self) -> None:
        chance = self.source.random()
        if chance < 0.03:
            return
        if chance < 0.1:
            self._enter("pending")
            self.at += timedelta(seconds=AUTO_CLOSE)
            self._say("system", texts.AUTO_CLOSED)
            self._enter("closed")
            return
        self._wait(3_600)
        self._enter("resolved" if chance < 0.93 else "closed")
        self._rate(0.35)
        if self._happens(0.07):
            self._come_back()

    def _come_back(self) -> None:
        self._wait(50_000)
        self._ask()
        self._enter("active")
        self._wait(2_000)
        self._open_first()
        self._assign()
        self._say("agent", texts.AGENT_ANSWERS)
        self._wait(3_000)
        self._enter("resolved")
        self._rate(0.2)

    def _rate(self, share: float) -> None:
        if self._happens(share):
            self._wait(1_200)
            self._add(type="rating", score=self._pick(SCORES))

    def _open_first(self) -> None:
        """People answer while they are at work; now and then somebody does so at night."""
        if self.kind.never_closes or self._happens(0.1):
            return
        local = self.at.astimezone(ZoneInfo(self.kind.timezone))
        while local.weekday() >= 5 or not 8 <= local.hour < 18:
            opening = local.replace(hour=9, minute=self.source.randrange(30))
            local = opening if opening > local else opening + timedelta(days=1)
        self.at = local.astimezone(self.at.tzinfo)

    def _wait(self, typical: float) -> None:
        """Let time pass: mostly less than typical, now and then much more; to the millisecond."""
        seconds = typical * math.exp(self.source.gauss(-0.3, 1.0))
        self.at += timedelta(milliseconds=round(seconds * 1000))

    def _say(self, sender: str, choices: tuple[str, ...], **more: object) -> None:
        awkward = sender == "customer" and self._happens(0.01)
        text = self.source.choice(texts.AWKWARD if awkward else choices).replace("{number}", str(10_000 + self.number))
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

    def _happens(self, share: float) -> bool:
        return self.source.random() < share

    def _pick(self, weighted: Weighted) -> Any:
        return self.source.choices([what for what, _ in weighted], [weight for _, weight in weighted])[0]
