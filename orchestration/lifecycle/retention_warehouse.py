"""Seven years in the warehouse: whole months that are over, detached from `raw`, kept for seven days, then dropped.

Belongs here: moving the rows of what is past aside. Not here: which conversations these are (`retention_past.py`), what becomes
of their rows (`retention_detached.py`), rows at the source (`retention.py`), and the marts: what left `raw` is touched, and the
next build takes it out of every mart as it does with anything deleted. That, and not deleting by month from each of them, is why
a full rebuild equals what is left.

What is told of a past month for good is added up before its first row leaves (`history.py`).
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from uuid import UUID

import psycopg
from psycopg import sql

from orchestration.databases import Databases, connect, one_refresh_at_a_time
from orchestration.extraction.extract import LANDING_LOCK
from orchestration.extraction.landing import names
from orchestration.extraction.raw_tables import add_to_count
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES
from orchestration.extraction.touched import OF_WHOLE_TENANTS, RUNS
from orchestration.lifecycle import history, retention_detached, retention_past
from orchestration.lifecycle.retention_detached import Detached
from orchestration.lifecycle.retention_ledger import Step
from orchestration.lifecycle.retention_periods import Period, periods
from orchestration.publishing.application import give_back
from orchestration.publishing.contract import Mart
from orchestration.transformation import plan
from orchestration.transformation.plan import Plan
from orchestration.transformation.transform import Transformer

MOVE = """
    with gone as (
        delete from {table} as landed where landed.tenant_id = %(tenant)s and {going} returning landed.*
    ), forgotten as (
        delete from ops.deleted_rows as noted using gone where noted.table_name = {name} and noted.id = gone.id
    )
    insert into {aside} ({columns}) select {columns} from gone
"""

CHANGING = """
    select relation, to_char(month, 'YYYY-MM') from ops.archive_touched
    where tenant_id = %s and month < date_trunc('month', %s::date)
"""

TOUCH_RUNS = """
    insert into ops.touched_runs
    select past.tenant_id, past.id from {aside} as past where past.conversation_id is null
    on conflict do nothing
"""


def forget(
    databases: Databases,
    *,
    pseudonym_key: str,
    as_of: date | None = None,
    dry: bool = False,
    runs: Mapping[UUID, UUID] | None = None,
    on_step: Step = lambda step, tenant: None,
) -> list[Detached]:
    """Detach what is past, bring the marts up to that, and drop what was detached seven days ago.

    `runs` are the rows of the ledger by tenant, which the log of what is detached names. Each tenant is a transaction of its
    own; killed anywhere, the next run or refresh does the rest. Dry, only count.
    """
    known = periods(databases.operational, as_of, pseudonym_key=pseudonym_key)
    kept = [period for period in known if not period.is_held]
    if not known:
        return []
    with one_refresh_at_a_time(databases.warehouse), connect(databases.warehouse) as warehouse:
        warehouse.autocommit = True
        made = plan.load()
        if not _is_published(warehouse):
            return []
        runs = runs or {}
        if dry:
            return _foresee(databases.warehouse, known, made, runs, on_step)
        done = [
            _detach(warehouse, period, made.marts, run=runs.get(period.tenant_id), on_step=on_step) for period in known
        ]
        if any(each.rows for each in done) or _waits_for_a_build(warehouse):
            with closing(connect(databases.warehouse)) as session:
                Transformer(session, made).transform()
            on_step("published", "")
            give_back(databases.warehouse, databases.operational)
        dropped = retention_detached.drop(warehouse, kept, runs, on_step=on_step) if kept else {}
        found = [replace(each, dropped=dropped.get(each.tenant_id, {})) for each in done]
        return [each for each in found if each.is_anything or each.kept]


def _foresee(
    warehouse_url: str, known: list[Period], made: Plan, runs: Mapping[UUID, UUID], on_step: Step
) -> list[Detached]:
    """All of it, where there is an archive the build too, and none of it committed: which months change is known by doing it."""
    kept = [period for period in known if not period.is_held]
    with closing(connect(warehouse_url)) as session:
        transformer = Transformer(session, made)
        with session.transaction(force_rollback=True):
            done = [_detach(session, period, made.marts, run=None, on_step=on_step) for period in known]
            if any(each.rows for each in done) and session.execute("select from ops.archive_state").rowcount:
                transformer.transform()
            changing = {
                each.tenant_id: frozenset(session.execute(CHANGING, (each.tenant_id, each.first_day)).fetchall())
                for each in done
                if each.rows
            }
            dropped = retention_detached.drop(session, kept, runs, on_step=on_step) if kept else {}
    found = [
        replace(each, dropped=dropped.get(each.tenant_id, {}), changing=changing.get(each.tenant_id, frozenset()))
        for each in done
    ]
    return [each for each in found if each.is_anything or each.kept]


def _is_published(warehouse: psycopg.Connection) -> bool:
    return warehouse.execute("select to_regclass('facts.conversation_analytics') is not null").fetchone() == (True,)


def _waits_for_a_build(warehouse: psycopg.Connection) -> bool:
    """Also what a run that was killed has detached."""
    return warehouse.execute(
        "select exists (select from ops.touched_conversations) or exists (select from ops.touched_runs)"
    ).fetchone() == (True,)


def _detach(
    warehouse: psycopg.Connection, period: Period, marts: tuple[Mart, ...], *, run: UUID | None, on_step: Step
) -> Detached:
    """Move the rows of one tenant's past conversations aside, in one transaction."""
    moved: dict[str, int] = {}
    with warehouse.transaction():
        # No landing meanwhile: it would bring rows of what is being judged.
        warehouse.execute("select pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
        stays = retention_past.judge(warehouse, period, marts)
        if not period.is_held:
            history.keep(warehouse, period.tenant_id, small_group_size=period.small_group_size)
            moved = {table.name: _move(warehouse, table, period, run) for table in TABLES}
            warehouse.execute(
                "insert into ops.touched_conversations select %s, past.id from pg_temp.past on conflict do nothing",
                (period.tenant_id,),
            )
        warehouse.execute("drop table pg_temp.past")
        on_step("detached", period.slug)
    on_step("committed", period.slug)
    rows = {name: count for name, count in moved.items() if count}
    return Detached(period.slug, period.tenant_id, period.first_day, rows, kept=stays)


def _conditions(table: Table) -> list[str]:
    """Which rows go: those of past conversations; and those of no conversation, by their own first instant."""
    columns = {column.name: column.type for column in table.columns}
    instant = next((name for name, kind in columns.items() if kind == "timestamptz"), None)
    found = []
    if table.name == "conversations":
        return ["landed.id in (select past.id from pg_temp.past as past)"]
    if "conversation_id" in columns:
        found.append("landed.conversation_id in (select past.id from pg_temp.past as past)")
    if instant and table.name not in OF_WHOLE_TENANTS:
        own = [
            f"landed.{instant} < %(begins)s",
            "landed.id in (select id from ops.deleted_rows where table_name = {name} and reason = 'retention')",
        ]
        if "conversation_id" in columns:
            own.append("landed.conversation_id is null")
        if table.name == "customer_profiles":
            own.append(
                "not exists (select from raw.conversations as conversation where "
                "conversation.tenant_id = landed.tenant_id and conversation.customer_key = landed.id)"
            )
        found.append(" and ".join(own))
    return found


def _move(warehouse: psycopg.Connection, table: Table, period: Period, run: UUID | None) -> int:
    """Rows that go out of `raw`, into a table named for the day. Returns how many."""
    aside = f"{table.name}_{period.as_of:%Y%m%d}"
    parts = {
        "table": sql.Identifier("raw", table.name),
        "aside": sql.Identifier("detached", aside),
        "name": sql.Literal(table.name),
        "columns": names(table),
    }
    values = {"tenant": period.tenant_id, "begins": period.begins_at}
    rows = 0
    for condition in (sql.SQL(text).format(**parts) for text in _conditions(table)):
        found = sql.SQL("select from {table} as landed where landed.tenant_id = %(tenant)s and {going} limit 1")
        if warehouse.execute(found.format(**parts, going=condition), values).fetchone() is None:
            continue
        warehouse.execute(sql.SQL("create table if not exists {aside} (like {table})").format(**parts))
        rows += warehouse.execute(sql.SQL(MOVE).format(**parts, going=condition), values).rowcount
    if rows and table.name == RUNS:
        warehouse.execute(sql.SQL(TOUCH_RUNS).format(**parts))
    if rows:
        add_to_count(warehouse, table, -rows)
        warehouse.execute(
            "insert into ops.detached (relation, tenant_id, first_day, rows, detached_at, run_id) "
            "values (%s, %s, %s, %s, %s, %s)",
            (aside, period.tenant_id, period.first_day, rows, period.as_of, run),
        )
    return rows
