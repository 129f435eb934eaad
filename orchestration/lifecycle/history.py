"""What outlives the rows: of each month that is over, how many conversations by channel, kept for good, without small groups.

Belongs here: adding a month up before its first row leaves, once. Not here: which months are over (`retention_warehouse.py`), and
which counts are withheld (`small_groups.py`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from orchestration.lifecycle import small_groups
from orchestration.lifecycle.small_groups import Group, Told

ALL = "all"
# Of the conversations, those that have something, and what adds up over them.
PARTS = {"resolved": None, "answered": "first_response_seconds", "rated": "satisfaction"}
# All that began in the month, also what stays longer than the others: the month is told once. Who is not known is somebody
# else in each conversation.
MONTHS = """
    select
        told.started_month as month, told.channel_type,
        dense_rank() over (
            partition by told.started_month order by coalesce(told.customer_key, told.conversation_id)
        ) as person,
        count(*) as conversations, count(told.resolved_at) as resolved, count(told.first_response_seconds) as answered,
        count(told.customer_satisfaction) as rated,
        sum(told.first_response_seconds) as first_response_seconds, sum(told.customer_satisfaction) as satisfaction
    from facts.conversation_analytics as told
    where told.tenant_id = %(tenant)s and told.started_month in (
        select going.started_month
        from facts.conversation_analytics as going
        inner join pg_temp.past on past.id = going.conversation_id
        where going.tenant_id = %(tenant)s
        except
        select kept.month from marts.history_monthly as kept where kept.tenant_id = %(tenant)s
    )
    group by told.started_month, told.channel_type, coalesce(told.customer_key, told.conversation_id)
"""
KEEP = """
    insert into marts.history_monthly (
        tenant_id, month, channel_type, conversations, resolved_conversations, answered_conversations,
        first_response_seconds_total, rated_conversations, satisfaction_total, small_group_size
    )
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass
class Channel:
    """A channel's conversations of a month, by person, and sums over those of them that have one."""

    conversations: Group = field(default_factory=Counter)
    resolved: Group = field(default_factory=Counter)
    answered: Group = field(default_factory=Counter)
    rated: Group = field(default_factory=Counter)
    first_response_seconds: Decimal | None = None
    satisfaction: Decimal | None = None

    def add(self, row: Mapping[str, Any]) -> None:
        """What one person had."""
        for group in ("conversations", *PARTS):
            if row[group]:
                getattr(self, group)[row["person"]] = row[group]
        for name in _sums():
            if row[name] is not None:
                setattr(self, name, (getattr(self, name) or Decimal(0)) + row[name])


def keep(warehouse: psycopg.Connection, tenant: UUID, *, small_group_size: int) -> int:
    """Keep the months of the conversations in `pg_temp.past` that are not kept yet. Returns how many that were."""
    months: dict[date, dict[str, Channel]] = {}
    with warehouse.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(MONTHS, {"tenant": tenant}):
            months.setdefault(row["month"], {}).setdefault(row["channel_type"], Channel()).add(row)
    for month, channels in sorted(months.items()):
        rows = rows_of(dict(sorted(channels.items())), small_group_size)
        with warehouse.cursor() as cursor:
            cursor.executemany(KEEP, [(tenant, month, *row, small_group_size) for row in rows])
    return len(months)


def rows_of(channels: Mapping[str, Channel], k: int) -> list[tuple[object, ...]]:
    """A row for each channel and one for all, with what may be told."""
    whole = {name: channel.conversations for name, channel in channels.items()}
    told = {"conversations": small_groups.tell(whole, k)}
    for part in PARTS:
        groups = {name: getattr(channel, part) for name, channel in channels.items()}
        told[part] = small_groups.tell(groups, k, of=whole, of_at_most=told["conversations"].at_most)
    rows = [
        _row(name, told, {added: getattr(channel, added) for added in _sums()}) for name, channel in channels.items()
    ]
    sums = {
        added: sum((getattr(channel, added) or Decimal(0) for channel in channels.values()), Decimal(0))
        for added in _sums()
    }
    return [*rows, _row(ALL, told, sums)]


def _sums() -> list[str]:
    return [name for name in PARTS.values() if name]


def _row(channel: str, told: Mapping[str, Told], sums: Mapping[str, Decimal | None]) -> tuple[object, ...]:
    row: list[object] = [channel]
    for name, said in told.items():
        count = said.total if channel == ALL else said.cells[channel]
        row.append(count)
        if added := PARTS.get(name):
            # Null where nothing was, and where it is not told.
            row.append(sums[added] if count else None)
    return tuple(row)
