"""The whole main job, held against the second witness: history file → source → raw → marts, equal to the last digit."""

import json
import os
import uuid
import warnings
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from operational_schema import demo_traffic, importing
from orchestration.databases import Databases
from orchestration.refresh import refresh
from tests.witness import embellished
from tests.witness.beside import as_a_file_says_it, whole_statement_of
from tests.witness.companions import assert_companions_equal
from tests.witness.days import Day, days_of, sums_of
from tests.witness.happenings import Told
from tests.witness.service import Service, service_of

pytestmark = pytest.mark.long

KEY = "a key of the tests, and of nothing else"
REAL_THREADS = Path(os.environ.get("ROMASHKA_REAL_THREADS", "../shared/real_support_threads/threads.jsonl"))
# Named in the file, keyed in the marts.
AGENTS = ("agent", "rated_agent")
DAY_COLUMNS = tuple(sums_of([]))
DEPARTMENT_COLUMNS = (
    "total_conversations", "ai_resolved_conversations", "human_resolved_conversations", "abandoned_conversations",
    "reopened_conversations", "first_response_count", "first_response_seconds_total", "first_human_response_count",
    "first_human_response_seconds_total", "resolution_count", "resolution_seconds_total", "total_ratings", "ratings_sum",
)  # fmt: skip


def real_threads() -> list[dict[str, Any]]:
    if not REAL_THREADS.exists():
        warnings.warn(f"NO REAL THREADS at {REAL_THREADS}", stacklevel=2)
        pytest.skip(f"NO REAL THREADS at {REAL_THREADS}: set ROMASHKA_REAL_THREADS")
    return [json.loads(line) for line in REAL_THREADS.read_text(encoding="utf-8").splitlines()]


def generated_traffic() -> list[dict[str, Any]]:
    until = datetime(2026, 3, 31, 12, tzinfo=UTC)
    return list(demo_traffic.generate(conversations=400, tenants=3, days=200, seed=7, until=until))


def embellished_traffic() -> list[dict[str, Any]]:
    until = datetime(2026, 3, 31, 12, tzinfo=UTC)
    lines = list(demo_traffic.generate(conversations=300, tenants=3, days=120, seed=8, until=until))
    return embellished.embellish(lines, seed=8)


def marts_of(databases: Databases) -> tuple[dict[uuid.UUID, dict[str, Any]], datetime]:
    """Rows of conversation_analytics by conversation, and the instant of the data."""
    with psycopg.connect(databases.warehouse, row_factory=dict_row) as warehouse:
        rows = warehouse.execute("select * from marts.conversation_analytics").fetchall()
        as_of = warehouse.execute("select data_as_of from marts.publication").fetchone()["data_as_of"]
    return {row["conversation_id"]: row for row in rows}, as_of


def keys_of(databases: Databases) -> tuple[dict[tuple[str, str], uuid.UUID], dict[tuple[str, str], uuid.UUID]]:
    """(tenant, name in the file) to key, of conversations and of agents."""
    with psycopg.connect(databases.operational) as source:
        conversations = source.execute(
            "select slug, coalesce(external_conversation_id, c.id::text), c.id "
            "from public.conversations c join public.tenants t on t.id = c.tenant_id"
        ).fetchall()
        agents = source.execute(
            "select slug, external_id, p.id from public.profiles p join public.tenants t on t.id = p.tenant_id"
        ).fetchall()
    return {(slug, name): key for slug, name, key in conversations}, {(slug, name): key for slug, name, key in agents}


@pytest.mark.parametrize(
    "records",
    [real_threads, generated_traffic, embellished_traffic],
    ids=["real threads", "generated traffic", "embellished traffic"],
)
@pytest.mark.usefixtures("every_server")
def test_every_conversation_equals_the_witness(
    databases: Databases, tmp_path: Path, records: Callable[[], list[dict[str, Any]]]
) -> None:
    history = records()
    file = tmp_path / "history.jsonl"
    file.write_text("".join(json.dumps(as_a_file_says_it(line)) + "\n" for line in history), encoding="utf-8")
    importing.import_file(databases.operational, file)
    conversations, agents = keys_of(databases)
    items = embellished.write(databases.operational, history, conversations) if "weeks" in history[0] else {}
    refresh(databases, pseudonym_key=KEY)

    zones = defaultdict(lambda: "UTC", {line["slug"]: line["timezone"] for line in history if "kind" in line})
    found, as_of = marts_of(databases)
    services = defaultdict(
        lambda: Service.of_line(None), {line["slug"]: Service.of_line(line) for line in history if "kind" in line}
    )
    told = [line for line in history if "kind" not in line]
    assert len(found) == len(told)
    statements: list[Told] = []
    for record in told:
        tenant = record["tenant"]
        expected = whole_statement_of(record, timezone=zones[tenant], data_as_of=as_of)
        expected |= service_of(record, expected, service=services[tenant], data_as_of=as_of)
        statements.append((record, dict(expected)))
        row = found[conversations[tenant, record["conversation_id"]]]
        for name in AGENTS:
            agent = expected.pop(name)
            expected[f"{name}_id"] = agents[tenant, agent] if agent else None
        assert {name: row[name] for name in expected} == expected, record["conversation_id"]
    assert days_in_marts(databases) == days_of(told, zones=zones, data_as_of=as_of)
    departments = days_of(told, zones=zones, data_as_of=as_of, by="department")
    assert days_in_marts(databases, "department_daily", "department", DEPARTMENT_COLUMNS) == {
        day: {name: sums[name] for name in DEPARTMENT_COLUMNS} for day, sums in departments.items()
    }
    with psycopg.connect(databases.warehouse) as warehouse:
        assert_companions_equal(warehouse, statements, zones, {key: name for (_, name), key in agents.items()}, items)
    assert days_at_the_source(databases) == days_as_the_application_reads_them(databases)


def days_as_the_application_reads_them(databases: Databases) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What the warehouse published back, by tenant, day, channel, department and agent."""
    with psycopg.connect(databases.operational, row_factory=dict_row) as source:
        return by_cell(source.execute("select * from public.daily_metrics").fetchall())


def days_at_the_source(databases: Databases) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The same by the operational database's own aggregate_daily_metrics, in a table that the warehouse never wrote to."""
    with psycopg.connect(databases.operational, row_factory=dict_row) as source:
        # A day that the warehouse has published is left to it.
        source.execute("delete from public.daily_metrics")
        source.execute(
            "select public.aggregate_daily_metrics(day.date, day.tenant_id) from ("
            " select distinct c.tenant_id, (c.created_at at time zone t.timezone)::date as date"
            " from public.conversations c join public.tenants t on t.id = c.tenant_id"
            ") as day"
        )
        rows = source.execute("select * from public.daily_metrics").fetchall()
        source.rollback()
    assert {row["source"] for row in rows} == {"database"}
    return by_cell(rows)


def by_cell(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    cell, notes = ("tenant_id", "date", "channel_type", "department", "agent_id"), ("id", "source", "data_as_of")
    return {
        tuple(row[name] for name in cell): {
            name: value for name, value in row.items() if name not in (*cell, *notes, "created_at", "updated_at")
        }
        for row in rows
    }


def days_in_marts(
    databases: Databases, mart: str = "daily_metrics", by: str = "channel_type", columns: tuple[str, ...] = DAY_COLUMNS
) -> dict[Day, dict[str, Any]]:
    """Sums of a mart by tenant, day and channel or department, of the conversations that started then."""
    summed = ", ".join(f"sum({name}) as {name}" for name in columns)
    with psycopg.connect(databases.warehouse, row_factory=dict_row) as warehouse:
        rows = warehouse.execute(
            f"select slug, date, {by}, {summed} from marts.{mart} join marts.tenants using (tenant_id) "
            "group by 1, 2, 3 having sum(total_conversations) > 0"
        ).fetchall()
    return {(row.pop("slug"), row.pop("date"), row.pop(by)): row for row in rows}


@pytest.mark.usefixtures("every_server")
def test_days_add_up_to_the_conversations_and_to_the_source(databases: Databases, tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in generated_traffic()), encoding="utf-8")
    importing.import_file(databases.operational, file)
    refresh(databases, pseudonym_key=KEY)
    with psycopg.connect(databases.warehouse) as warehouse:
        days = warehouse.execute(
            "select tenant_id, date, sum(total_conversations), sum(first_response_seconds_total), sum(ratings_sum) "
            "from marts.daily_metrics where total_conversations > 0 group by 1, 2 order by 1, 2"
        ).fetchall()
        conversations = warehouse.execute(
            "select tenant_id, started_on, count(*), sum(first_response_seconds), sum(customer_satisfaction) "
            "from marts.conversation_analytics group by 1, 2 order by 1, 2"
        ).fetchall()
        happened = warehouse.execute(
            "select sum(happened_customer_messages), sum(happened_ai_messages), sum(happened_agent_messages), "
            "sum(happened_ratings), sum(happened_ratings_sum) from marts.daily_metrics"
        ).fetchone()
    with psycopg.connect(databases.operational) as source:
        by_local_day = source.execute(
            "select c.tenant_id, (c.created_at at time zone t.timezone)::date, count(*) from public.conversations c "
            "join public.tenants t on t.id = c.tenant_id group by 1, 2 order by 1, 2"
        ).fetchall()
        said = source.execute(
            "select count(*) filter (where sender_type = 'customer'), count(*) filter (where sender_type = 'ai'), "
            "count(*) filter (where sender_type = 'agent') from public.messages where not is_internal"
        ).fetchone()
        rated = source.execute("select count(score), sum(score) from public.conversation_events").fetchone()
    assert days == conversations
    assert [row[:3] for row in days] == by_local_day
    assert happened == (*said, *rated)
