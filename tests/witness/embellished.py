"""Traffic with what a history file cannot say, made by chance of a seed, and written into a source beside the import.

Belongs here: the making and the writing. Not here: what follows from it (`beside.py`).
"""

import random
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REASONS = ("customer_request", "sla_breach", None)
ITEMS = 3
# From that day on every tenant keeps other hours.
ANEW = {"2026-01-15": {"mon": [["08:00", "12:00"], ["13:00", "24:00"]], "sat": [["10:00", "14:30"]]}}


def embellish(lines: list[dict[str, Any]], *, seed: int) -> list[dict[str, Any]]:
    """The same lines, and beside them all that they do not say."""
    chance = random.Random(seed)
    return [line | {"weeks": ANEW} if "kind" in line else _with_more(line, chance) for line in lines]


def _with_more(record: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    begun = datetime.fromisoformat(record["created_at"])

    def some(most: int) -> list[str]:
        return [
            (begun + timedelta(minutes=chance.randint(1, 4000), seconds=n)).isoformat()
            for n in range(chance.randint(0, most))
        ]

    transfers = [
        {
            "at": at, "from_agent": chance.random() < 0.3, "reason": chance.choice(REASONS),
            "status": chance.choice(("accepted", "accepted", "rejected")),
        }
        for at in some(2)
    ]  # fmt: skip
    uses = [
        {"at": at, "item": chance.randrange(ITEMS), "helpful": chance.choice((True, False, None))} for at in some(3)
    ]
    worth = {
        "lead_qualified": chance.choice((True, False)), "follow_up_required": chance.choice((True, False)),
        "revenue_generated": chance.choice((0, 19, 250)),
    }  # fmt: skip
    beside = {"transfers": transfers, "uses": uses, "reason": chance.choice(("complex_issue", None))}
    events = [
        event | {"automatic": chance.random() < 0.4} if event["type"] == "status" else event
        for event in record["events"]
    ]
    return record | {"events": events, "beside": beside | ({"worth": worth} if chance.random() < 0.5 else {})}


def write(
    operational_url: str, lines: list[dict[str, Any]], conversations: dict[tuple[str, str], Any]
) -> dict[Any, int]:
    """What stands beside the imported lines. Returns the number of each item of a knowledge base, by its key."""
    with psycopg.connect(operational_url) as source:
        tenants = dict(source.execute("select slug, id from public.tenants").fetchall())
        items = {
            (slug, number): source.execute(
                "insert into public.knowledge_items (tenant_id, title, content, source_type) "
                "values (%s, 'Any', '', 'manual') returning id",
                (tenant,),
            ).fetchone()[0]
            for slug, tenant in tenants.items()
            for number in range(ITEMS)
        }
        agents = dict(
            source.execute("select tenant_id, min(id::text)::uuid from public.profiles group by tenant_id").fetchall()
        )
        for line in lines:
            tenant = tenants[line["slug"] if "kind" in line else line["tenant"]]
            if "kind" in line:
                _open_anew(source, tenant, line["weeks"])
            else:
                key = conversations[line["tenant"], line["conversation_id"]]
                _write_beside(source, line, {"tenant": tenant, "id": key, "agent": agents[tenant]}, items)
    return {key: number for (_, number), key in items.items()}


def _open_anew(source: psycopg.Connection, tenant: Any, weeks: dict[str, Any]) -> None:
    for day, week in weeks.items():
        schedule = source.execute(
            "insert into public.tenant_business_schedules (tenant_id, valid_from) values (%s, %s) returning id",
            (tenant, day),
        ).fetchone()
        source.cursor().executemany(
            "insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at) "
            "values (%s, %s, %s, %s, %s)",
            [
                (tenant, schedule[0], WEEKDAYS.index(name) + 1, opens, closes)
                for name, ranges in week.items()
                for opens, closes in ranges
            ],
        )


def _write_beside(
    source: psycopg.Connection, record: dict[str, Any], known: dict[str, Any], items: dict[Any, Any]
) -> None:
    beside = record["beside"]
    source.execute(
        "update public.conversations set handoff_reason = %(reason)s, business_context = %(worth)s where id = %(id)s",
        {**known, "reason": beside["reason"], "worth": Jsonb(beside.get("worth", {}))},
    )
    for use in beside["uses"]:
        source.execute(
            "insert into public.knowledge_analytics (tenant_id, conversation_id, knowledge_item_id, was_helpful, created_at) "
            "values (%(tenant)s, %(id)s, %(key)s, %(helpful)s, %(at)s)",
            known | use | {"key": items[record["tenant"], use["item"]]},
        )
    # A transfer would assign anew, as of now; and events are written once and for all.
    with source.transaction():
        source.execute("set local session_replication_role = replica")
        for transfer in beside["transfers"]:
            source.execute(
                "insert into public.conversation_transfers "
                "(tenant_id, conversation_id, from_agent_id, to_agent_id, transfer_reason, status, accepted_at, rejected_at) "
                "select %(tenant)s, %(id)s, case when %(from_agent)s then %(agent)s::uuid end, "
                "case when not %(from_agent)s then %(agent)s::uuid end, %(reason)s, %(status)s, "
                "case %(status)s when 'accepted' then %(at)s::timestamptz end, "
                "case %(status)s when 'rejected' then %(at)s::timestamptz end",
                known | transfer,
            )
        for event in record["events"]:
            if event.get("automatic"):
                source.execute(
                    "update public.conversation_events set is_automatic = true where conversation_id = %(id)s "
                    "and event_type = 'status' and to_status = %(status)s and occurred_at = %(at)s",
                    known | event,
                )
        source.execute("set local session_replication_role = origin")
