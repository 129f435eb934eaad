"""Synthetic support traffic, in the form of a history file, so that it is loaded as real histories are.

Belongs here: how many conversations begin when. Not here: the tenants (`demo_tenants.py`), how a conversation goes
(`demo_conversations.py`), and loading (`importing.py`). The same arguments make the same records, whatever the day.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from operational_schema import demo_tenants
from operational_schema.demo_conversations import DemoConversation
from operational_schema.demo_tenants import TenantKind
from operational_schema.importing import ImportSummary, import_records

Record = dict[str, Any]
# How many people write in each hour of a local day, and the share of those at weekends who would rather write on a workday.
BY_HOUR = (2, 1, 1, 1, 1, 2, 4, 8, 16, 24, 27, 26, 22, 23, 25, 24, 21, 18, 15, 13, 11, 9, 6, 4)
RATHER_ON_WORKDAYS = 0.5


def generate(*, conversations: int, tenants: int, days: int, seed: int, until: datetime) -> Iterator[Record]:
    """Tenants, then conversations roughly in the order of their beginning; nothing happens after `until`."""
    kinds = demo_tenants.kinds(tenants)
    for kind in kinds:
        yield kind.line(since=until - timedelta(days=days), until=until)
    source = random.Random(seed)  # noqa: S311 (nothing secret is made of it)
    for number in range(conversations):
        kind = kinds[number % tenants]
        age = timedelta(days=days * (1 - (number + source.random()) / conversations))
        began = _writing_time(source, kind, until - age, until=until)
        yield DemoConversation(source, kind, number, began, until).record()


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


def _writing_time(source: random.Random, kind: TenantKind, around: datetime, *, until: datetime) -> datetime:
    """An instant near that one at which somebody is likely to write, local time: by day, and less at weekends."""
    zone = ZoneInfo(kind.timezone)
    day = around.astimezone(zone).date()
    if day.weekday() >= 5 and source.random() < RATHER_ON_WORKDAYS:
        day -= timedelta(days=day.weekday() - source.randrange(5))
    hour = source.choices(range(24), BY_HOUR)[0]
    wall = datetime.combine(day, time(hour), zone) + timedelta(milliseconds=source.randrange(3_600_000))
    instant = wall.astimezone(until.tzinfo)
    return instant if instant <= until else around
