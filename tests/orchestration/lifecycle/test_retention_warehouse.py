"""Seven years in the warehouse: what is past leaves, and no figure of a kept month moves.

Belongs here: detaching, dropping, and what the marts say before and after. Not here: the source's rows (`test_retention.py`), and
what holds keep (`test_retention_warehouse_held.py`).
"""

import subprocess
import sys
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.lifecycle import retention, retention_periods, retention_warehouse
from orchestration.publishing.readers import ANALYST, READER
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle import killed_warehouse
from tests.orchestration.lifecycle.conftest import aside, forget
from tests.orchestration.transformation.conftest import Desk

FORGETS = date(2031, 6, 15)
FIRST_DAY = date(2024, 6, 1)
Days = dict[str, list[str]]


def _by_day(desk: Desk) -> dict[str, list[tuple[Any, str]]]:
    """The rows of every mart that has days, each with its day."""
    found = {}
    for mart in (*desk.transformer.plan.marts, *desk.transformer.plan.views):
        days = [column.name for column in mart.columns if column.type == "date"]
        if days:
            relation = (mart.table if hasattr(mart, "table") else mart.relation).as_string(None)
            rows = desk.warehouse.execute(
                f"select greatest({', '.join(days)}), made::text from {relation} made".encode()
            )
            found[relation] = sorted(rows.fetchall(), key=str)
    return found


def _kept(days: dict[str, list[tuple[Any, str]]]) -> Days:
    return {name: [row for day, row in rows if day >= FIRST_DAY] for name, rows in days.items()}


def _raw(desk: Desk) -> dict[str, int]:
    return {
        table: desk.warehouse.execute(f"select count(*) from raw.{table}".encode()).fetchone()[0]  # type: ignore[index]
        for table in ("conversations", "messages", "conversation_events", "customer_profiles")
    }


@pytest.mark.usefixtures("every_server")
def test_what_the_source_forgets_moves_no_row_of_any_mart(busy: Desk, tmp_path: Path) -> None:
    """Neither by the next refresh, nor by a comparison of every row, nor by a full rebuild."""
    published = busy.published()
    done = retention.run(busy.databases.operational, exports=tmp_path, as_of=date(2026, 1, 1))
    assert all(tenant.deleted["conversations"] > 30 for tenant in done if tenant.tenant != "acme")
    for look in (busy.refresh, lambda: busy.refresh(full=True), busy.rebuild):
        look()
        assert busy.published() == published


@pytest.mark.usefixtures("every_server")
def test_kept_months_stay_what_they_were_and_a_full_rebuild_agrees(desk: Desk) -> None:
    """R4."""
    before, raw = _by_day(desk), _raw(desk)
    foreseen = forget(desk, FORGETS, dry=True)
    assert (_by_day(desk), _raw(desk)) == (before, raw), "a dry run moves nothing"
    done = forget(desk, FORGETS)
    assert done == foreseen
    assert {each.first_day for each in done} == {FIRST_DAY}
    after = _by_day(desk)
    assert _kept(after) == _kept(before)
    for name in ('"marts"."daily_metrics"', '"facts"."conversation_analytics"'):
        assert 0 < len(_kept(before)[name]) <= len(after[name]) < len(before[name])
    left = _raw(desk)
    for table, rows in raw.items():
        assert left[table] == rows - sum(each.rows.get(table, 0) for each in done)
    assert left["messages"] < raw["messages"]
    assert forget(desk, FORGETS) == [], "the second run finds nothing"
    published = desk.published()
    desk.rebuild()
    assert desk.published() == published
    desk.refresh(full=True)
    assert desk.published() == published


def test_what_is_older_and_not_past_is_at_the_source_or_reaches_into_a_kept_month(desk: Desk) -> None:
    forget(desk, FORGETS)
    older = desk.warehouse.execute(
        "select conversation_id from facts.conversation_analytics where started_on < %s", (FIRST_DAY,)
    ).fetchall()
    assert older, "there are some"
    for (key,) in older:
        at_source = desk.source.execute("select 1 from public.conversations where id = %s", (key,)).fetchone()
        reaches = desk.warehouse.execute(
            "select 1 from marts.conversation_days where conversation_id = %(key)s and date >= %(first)s union all "
            "select 1 from facts.int_backlog_changes where conversation_id = %(key)s and changed_on >= %(first)s",
            {"key": key, "first": FIRST_DAY},
        ).fetchone()
        assert at_source or reaches


def test_what_reaches_into_a_kept_month_goes_with_that(busy: Desk, tmp_path: Path) -> None:
    """And whoever wrote it goes in the run after their last conversation."""
    key = uuid.uuid4()
    with busy.source.transaction():
        busy.source.execute("set local app.import to 'on'")
        busy.source.execute(
            "with person as (insert into public.customer_profiles (tenant_id, created_at, updated_at) "
            "select id, '2024-01-01', '2024-01-01' from public.tenants order by slug limit 1 returning tenant_id, id) "
            "insert into public.conversations (id, tenant_id, customer_id, status, created_at, resolved_at) "
            "select %s, tenant_id, id, 'resolved', '2024-05-30T12:00Z', '2024-06-01T12:00Z' from person",
            (key,),
        )
        busy.source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
            "select tenant_id, id, 'customer', 'x', resolved_at from public.conversations where id = %s",
            (key,),
        )
    busy.refresh()
    retention.run(busy.databases.operational, exports=tmp_path, as_of=date(2026, 1, 1))
    busy.refresh()
    assert busy.source.execute("select from public.conversations where id = %s", (key,)).rowcount == 0
    landed = ("raw.conversations where id = %(key)s", "raw.customer_profiles where created_at = '2024-01-01'")
    left = []
    for as_of in (date(2031, 6, 1), date(2031, 6, 30), date(2031, 7, 1), date(2031, 7, 2)):
        forget(busy, as_of)
        left.append([busy.warehouse.execute(f"select from {each}".encode(), {"key": key}).rowcount for each in landed])
    assert left == [[1, 1], [1, 1], [0, 1], [0, 0]]


def test_what_waits_for_a_build_goes_after_it(desk: Desk) -> None:
    """Its facts are of before: a refresh was killed between landing and building."""
    past = desk.warehouse.execute(
        "select tenant_id, conversation_id from facts.conversation_analytics where started_on < '2024-04-01' "
        "and conversation_id in (select id from ops.deleted_rows where reason = 'retention') order by 2 limit 1"
    ).fetchone()
    assert past
    desk.warehouse.execute("insert into ops.touched_conversations values (%s, %s)", past)
    left = []
    for _ in range(2):
        forget(desk, FORGETS)
        left.append(desk.warehouse.execute("select from raw.conversations where id = %s", past[1:]).rowcount)
    assert left == [1, 0]


def test_a_month_goes_when_all_of_it_is_seven_years_old(desk: Desk) -> None:
    first_days = [
        {period.first_day for period in retention_periods.periods(desk.databases.operational, day, pseudonym_key=KEY)}
        for day in (date(2031, 5, 31), date(2031, 6, 1), date(2031, 6, 30), date(2031, 7, 1))
    ]
    assert first_days == [{date(2024, 5, 1)}, {date(2024, 6, 1)}, {date(2024, 6, 1)}, {date(2024, 7, 1)}]


def test_seven_years_before_a_leap_day_is_its_eve(desk: Desk) -> None:
    first_days = [
        {period.first_day for period in retention_periods.periods(desk.databases.operational, day, pseudonym_key=KEY)}
        for day in (date(2032, 2, 28), date(2032, 2, 29), date(2032, 3, 1))
    ]
    assert first_days == [{date(2025, 2, 1)}, {date(2025, 2, 1)}, {date(2025, 3, 1)}]


def test_what_is_detached_is_kept_for_seven_days_and_no_reader_sees_it(desk: Desk) -> None:
    done = forget(desk, FORGETS)
    moved = sum(each.rows["messages"] for each in done)

    assert aside(desk) == moved
    for role in (ANALYST, READER):
        row = desk.warehouse.execute("select has_schema_privilege(%s, 'detached', 'usage')", (role,)).fetchone()
        assert row == (False,)
    forget(desk, FORGETS + timedelta(days=6))
    assert aside(desk) == moved
    forget(desk, FORGETS + timedelta(days=7))
    assert aside(desk) == 0
    assert desk.warehouse.execute("select count(*) from ops.detached where dropped_at is null").fetchone() == (0,)


@pytest.mark.parametrize("step", ["detached", "committed", "published"])
def test_killed_at_any_step_the_next_run_and_refresh_end_where_it_would_have(desk: Desk, step: str) -> None:
    before = _kept(_by_day(desk))
    arguments = [sys.executable, "-m", killed_warehouse.__name__, desk.databases.operational, desk.databases.warehouse]
    done = subprocess.run([*arguments, step, str(FORGETS)], capture_output=True, check=False, cwd=Path.cwd())
    assert done.returncode == -9, done.stderr
    forget(desk, FORGETS)
    desk.transformer.transform()
    published = desk.published()
    assert _kept(_by_day(desk)) == before
    desk.rebuild()
    assert desk.published() == published
    assert forget(desk, FORGETS) == []


def test_what_is_detached_can_be_taken_back_within_the_seven_days(desk: Desk) -> None:
    """As the README says: every mart is again what it was, row for row, also after a comparison with the source."""
    before, published, raw = _by_day(desk), desk.published(), _raw(desk)
    forget(desk, FORGETS)
    assert _raw(desk) != raw and desk.published() != published
    for (name,) in desk.warehouse.execute("select distinct relation from ops.detached").fetchall():
        table = name[:-9]
        for statement in (
            f"insert into raw.{table} select * from detached.{name}",
            "insert into ops.deleted_rows (table_name, id, tenant_id, reason, deleted_as_of) "
            f"select '{table}', id, tenant_id, 'retention', now() from detached.{name} on conflict do nothing",
            "insert into ops.touched_conversations select tenant_id, id from detached."
            + name
            + " on conflict do nothing",
        )[: 3 if table == "conversations" else 2]:
            desk.warehouse.execute(statement.encode())
    desk.refresh()
    assert (_raw(desk), _by_day(desk)) == (raw, before)
    desk.refresh(full=True)
    assert desk.published() == published


def test_a_run_of_no_conversation_leaves_with_its_month(desk: Desk) -> None:
    """Of the tenant's calendar, in New York; what the source still has stays."""
    desk.tell(
        "insert into public.workflows (id, tenant_id, name, trigger_type) values (%(tenant)s, %(tenant)s, 'Any', 'manual')"
    )
    desk.tell(
        "insert into public.workflow_executions (tenant_id, workflow_id, started_at) "
        "select %(tenant)s, %(tenant)s, at from unnest(%(instants)s::timestamptz[]) as at",
        instants=["2024-05-15 12:00Z", "2024-06-01 03:59Z", "2024-06-01 04:00Z"],
    )
    desk.refresh()
    desk.tell("delete from public.workflow_executions where started_at > '2024-05-31'", reason="retention")
    desk.refresh()
    days = "select date from marts.workflow_daily order by date"
    assert desk.warehouse.execute(days).fetchall() == [(date(2024, 5, 15),), (date(2024, 5, 31),), (date(2024, 6, 1),)]
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    assert desk.warehouse.execute(days).fetchall() == [(date(2024, 5, 15),), (date(2024, 6, 1),)]
    published = desk.published()
    desk.rebuild()
    assert desk.published() == published


def test_before_the_first_refresh_there_is_nothing_to_forget(databases: Databases, tenant: uuid.UUID) -> None:
    assert retention_warehouse.forget(databases, pseudonym_key=KEY, as_of=FORGETS) == []
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute("select count(*) from ops.detached").fetchone() == (0,)
