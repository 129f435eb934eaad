"""The companions of the marts, held against plain Python over generated traffic: each from the records, not from another mart."""

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from operational_schema import demo_traffic, importing
from orchestration.databases import Databases
from orchestration.refresh import refresh
from tests.witness.service import Service, service_of
from tests.witness.witness import ENDED, Entry, entries_of, kept, statement_of

KEY = "a key of the tests, and of nothing else"
UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
AGES = ((1, "open_under_1_day"), (3, "open_1_to_3_days"), (7, "open_3_to_7_days"), (30, "open_7_to_30_days"))
Told = tuple[str, ZoneInfo, dict[str, Any], list[Entry]]


class Filled:
    """Traffic that went all the way to the marts, and the records that it was made of."""

    def __init__(self, url: str, history: list[dict[str, Any]]) -> None:
        self.warehouse = psycopg.connect(url, autocommit=True)
        self.as_of = self.rows("select data_as_of from marts.publication")[0][0]
        self.lines = {line["slug"]: line for line in history if "kind" in line}
        self.told: list[Told] = [
            (record["tenant"], ZoneInfo(self.lines[record["tenant"]]["timezone"]), record, entries_of(record))
            for record in history
            if "kind" not in record
        ]

    def rows(self, statement: str, *bound: Any) -> list[tuple[Any, ...]]:
        return self.warehouse.execute(statement, bound).fetchall()

    def counted(self, statement: str) -> Counter[tuple[Any, ...]]:
        """Rows as a count by all columns but the last; tenants by their slug, zeros left out."""
        return Counter({row[:-1]: row[-1] for row in self.rows(statement) if row[-1]})


@pytest.fixture
def filled(every_server: Any, databases: Databases, tmp_path: Path) -> Filled:
    history = list(demo_traffic.generate(conversations=500, tenants=3, days=90, seed=11, until=UNTIL))
    file = tmp_path / "history.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in history), encoding="utf-8")
    importing.import_file(databases.operational, file)
    refresh(databases, pseudonym_key=KEY)
    return Filled(databases.warehouse, history)


def test_companions_equal_the_records(filled: Filled) -> None:
    """One database for all of them: filling it takes longer than asking it."""
    check_hours(filled)
    check_ratings(filled)
    check_ai(filled)
    check_agents(filled)
    check_promises(filled)
    check_channels(filled)
    check_percentiles(filled)
    for evening in random.Random(7).sample(range(1, 95), 12):
        check_backlog(filled, UNTIL.date() - timedelta(days=evening))


def check_hours(filled: Filled) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for slug, zone, record, entries in filled.told:
        for entry in entries:
            if entry.is_public("customer"):
                local = entry.at.astimezone(zone)
                expected[slug, local.date(), local.hour, local.isoweekday(), record["channel"]] += 1
    assert expected == filled.counted(
        "select slug, date, hour_of_day, iso_weekday, channel_type, happened_customer_messages "
        "from marts.hourly_load join marts.tenants using (tenant_id)"
    )


def check_ratings(filled: Filled) -> None:
    expected = Counter(
        (slug, entry.at.astimezone(zone).date(), record["channel"], int(kept(entry.what["score"]) + Decimal("0.5")))
        for slug, zone, record, entries in filled.told
        for entry in entries
        if entry.what["type"] == "rating"
    )
    assert expected == filled.counted(
        "select slug, date, channel_type, whole_score, sum(happened_ratings)::int "
        "from marts.csat_distribution join marts.tenants using (tenant_id) group by 1, 2, 3, 4"
    )


def check_ai(filled: Filled) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for slug, zone, _, entries in filled.told:
        for entry in entries:
            if entry.is_public("ai") and entry.what.get("confidence") is not None:
                tenth = min(int(kept(entry.what["confidence"]) * 10), 9)
                expected[slug, entry.at.astimezone(zone).date(), tenth] += 1
    tenths = ", ".join(f"({tenth}, happened_ai_confidence_{tenth * 10:02}_{tenth * 10 + 10})" for tenth in range(10))
    assert expected == filled.counted(
        f"select slug, date, tenth, sum(messages)::int from marts.ai_daily join marts.tenants using (tenant_id), "
        f"lateral (values {tenths}) as tenths (tenth, messages) group by 1, 2, 3"
    )


def check_agents(filled: Filled) -> None:
    expected = Counter(
        (slug, entry.at.astimezone(zone).date())
        for slug, zone, _, entries in filled.told
        for entry in entries
        if entry.is_public("agent") and entry.what.get("sender_id")
    )
    assert expected == filled.counted(
        "select slug, date, sum(happened_agent_messages)::int "
        "from marts.agent_daily join marts.tenants using (tenant_id) group by 1, 2"
    )


def check_promises(filled: Filled) -> None:
    services = {slug: Service.of_line(line) for slug, line in filled.lines.items()}
    expected: Counter[tuple[Any, ...]] = Counter()
    for slug, zone, record, _ in filled.told:
        said = statement_of(record, timezone=zone.key, data_as_of=filled.as_of)
        said |= service_of(record, said, service=services[slug], data_as_of=filled.as_of)
        for promise in ("first_response", "resolution"):
            if state := said[f"sla_{promise}_state"]:
                expected[slug, said["started_on"], promise, state] += 1
    states = ", ".join(f"('{state}', {state}_conversations)" for state in ("met", "breached", "at_risk", "pending"))
    assert expected == filled.counted(
        f"select slug, date, sla_type, state, sum(counted)::int from marts.sla_daily join marts.tenants using (tenant_id), "
        f"lateral (values {states}) as states (state, counted) group by 1, 2, 3, 4"
    )


def check_channels(filled: Filled) -> None:
    customers = {
        (
            slug,
            datetime.fromisoformat(record["created_at"]).astimezone(zone).date(),
            record["channel"],
            record["customer"]["id"],
        )
        for slug, zone, record, _ in filled.told
    }
    assert Counter(key[:3] for key in customers) == filled.counted(
        "select slug, date, channel_type, customers from marts.channel_daily join marts.tenants using (tenant_id)"
    )


def check_percentiles(filled: Filled) -> None:
    for share in (0.5, 0.9, 0.95):
        for slug, near, exact in filled.rows(
            """
            with near as (
                select tenant_id, marts.percentile_seconds(%(share)s, array_agg(bucket), array_agg(conversations)) as near
                from marts.duration_histogram where measure = 'full_resolution' group by 1
            )
            select slug, near, percentile_cont(%(share)s) within group (order by full_resolution_seconds)
            from marts.conversation_analytics join near using (tenant_id) join marts.tenants using (tenant_id)
            group by slug, near
            """.replace("%(share)s", str(share))
        ):
            assert abs(float(near) - exact) <= 0.02 * exact, (slug, share)


def check_backlog(filled: Filled, evening: date) -> None:
    """What was open, whose, and how old when the tenant's local day ended."""
    expected: Counter[tuple[Any, ...]] = Counter()
    for slug, zone, record, entries in filled.told:
        midnight = datetime.combine(evening + timedelta(days=1), datetime.min.time(), zone)
        started = datetime.fromisoformat(record["created_at"])
        before = [entry.what for entry in entries if entry.at < midnight]
        statuses = [what["status"] for what in before if what["type"] == "status"]
        status = statuses[-1] if statuses else "active"
        if started >= midnight or status in ENDED:
            continue
        holders = [what["agent"] for what in before if what["type"] == "assign"]
        age = (evening - started.astimezone(zone).date()).days
        for name in (
            "open_conversations",
            f"{status}_conversations",
            next((name for days, name in AGES if age < days), "open_over_30_days"),
            *(["unassigned_conversations"] if not holders or holders[-1] is None else []),
        ):
            expected[slug, record["channel"], record["department"], name] += 1
    names = [f"{status}_conversations" for status in ("open", "active", "pending", "escalated", "unassigned")]
    listed = ", ".join(f"('{name}', {name})" for name in (*names, *(name for _, name in AGES), "open_over_30_days"))
    assert expected == filled.counted(
        f"select slug, channel_type, department, measure, counted from marts.backlog_daily join marts.tenants using (tenant_id), "
        f"lateral (values {listed}) as measures (measure, counted) where date = '{evening}'"
    ), evening
