"""Seven years in the warehouse: whole months that are over, detached from `raw`, kept for seven days, then dropped.

Belongs here: which conversations are past, and moving their rows aside. Not here: what becomes of these
(`retention_detached.py`), rows at the source (`retention.py`), and the marts: what left `raw` is touched, and the next build
takes it out of every mart as it does with anything deleted. That, and not deleting by month from each of them, is why a full
rebuild equals what is left.

A conversation is past when the source has forgotten it and nothing of it happened in a month that is kept: totals of kept
months stay what they were. What is told of a past month for good is added up before its first row leaves (`history.py`).
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
from orchestration.lifecycle import history, retention_detached
from orchestration.lifecycle.retention_detached import Detached
from orchestration.lifecycle.retention_ledger import Step
from orchestration.lifecycle.retention_periods import Period, periods
from orchestration.publishing.application import give_back
from orchestration.publishing.contract import Mart
from orchestration.transformation import plan
from orchestration.transformation.transform import Transformer

MOVE = """
    with gone as (
        delete from {table} as landed where landed.tenant_id = %(tenant)s and {going} returning landed.*
    ), forgotten as (
        delete from ops.deleted_rows as noted using gone where noted.table_name = {name} and noted.id = gone.id
    )
    insert into {aside} ({columns}) select {columns} from gone
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
    kept = periods(databases.operational, as_of, pseudonym_key=pseudonym_key)
    if not kept:
        return []
    with one_refresh_at_a_time(databases.warehouse), connect(databases.warehouse) as warehouse:
        warehouse.autocommit = True
        made = plan.load()
        if not _is_published(warehouse):
            return []
        runs = runs or {}
        done = [
            _detach(warehouse, period, made.marts, run=runs.get(period.tenant_id), dry=dry, on_step=on_step)
            for period in kept
        ]
        if not dry and (any(each.rows for each in done) or _waits_for_a_build(warehouse)):
            with closing(connect(databases.warehouse)) as session:
                Transformer(session, made).transform()
            on_step("published", "")
            give_back(databases.warehouse, databases.operational)
        dropped = retention_detached.drop(warehouse, kept, runs, dry=dry, on_step=on_step)
        found = [replace(each, dropped=dropped.get(each.tenant_id, {})) for each in done]
        return [each for each in found if each.rows or each.dropped]


def _is_published(warehouse: psycopg.Connection) -> bool:
    return warehouse.execute("select to_regclass('facts.conversation_analytics') is not null").fetchone() == (True,)


def _waits_for_a_build(warehouse: psycopg.Connection) -> bool:
    """Also what a run that was killed has detached."""
    return warehouse.execute(
        "select exists (select from ops.touched_conversations) or exists (select from ops.touched_runs)"
    ).fetchone() == (True,)


def _detach(
    warehouse: psycopg.Connection,
    period: Period,
    marts: tuple[Mart, ...],
    *,
    run: UUID | None,
    dry: bool,
    on_step: Step,
) -> Detached:
    """Move the rows of one tenant's past conversations aside, in one transaction."""
    with warehouse.transaction(force_rollback=dry):
        # No landing meanwhile: it would bring rows of what is being judged.
        warehouse.execute("select pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
        _find_past(warehouse, period, marts)
        history.keep(warehouse, period.tenant_id, small_group_size=period.small_group_size)
        moved = {table.name: _move(warehouse, table, period, run) for table in TABLES}
        warehouse.execute(
            "insert into ops.touched_conversations select %s, past.id from pg_temp.past on conflict do nothing",
            (period.tenant_id,),
        )
        on_step("detached", period.slug)
    on_step("committed", period.slug)
    return Detached(
        period.slug, period.tenant_id, period.first_day, {name: rows for name, rows in moved.items() if rows}
    )


def _find_past(warehouse: psycopg.Connection, period: Period, marts: tuple[Mart, ...]) -> None:
    """Into `past`, the conversations that are gone at the source, and of which no mart has a day that is kept."""
    reaching = [
        sql.SQL(
            "not exists (select from {} as seen where seen.tenant_id = told.tenant_id "
            "and seen.conversation_id = told.conversation_id and {} >= %(first)s)"
        ).format(mart.table, _latest(days))
        for mart in marts
        if (days := [column.name for column in mart.columns if column.type == "date"])
        and {"tenant_id", "conversation_id"} <= {column.name for column in mart.columns}
    ]
    warehouse.execute(
        sql.SQL(
            """
            create temporary table past on commit drop as
            select told.conversation_id as id
            from facts.conversation_analytics as told
            where told.tenant_id = %(tenant)s and told.started_on < %(first)s
                and exists (
                    select from ops.deleted_rows as gone
                    where gone.table_name = 'conversations' and gone.id = told.conversation_id
                        and gone.reason = 'retention'
                )
                and not exists (
                    select from ops.touched_conversations as touched
                    where touched.tenant_id = told.tenant_id and touched.conversation_id = told.conversation_id
                )
                -- A hold on a customer may be younger than what the source has forgotten of them.
                and not exists (
                    select from raw.conversations as held
                    where held.tenant_id = told.tenant_id and held.id = told.conversation_id
                        and held.customer_key = any(%(held)s)
                )
                and {}
            """
        ).format(sql.SQL(" and ").join(reaching)),
        {"tenant": period.tenant_id, "first": period.first_day, "held": period.held_customers},
    )


def _latest(days: list[str]) -> sql.Composed:
    return sql.SQL("greatest({})").format(sql.SQL(", ").join(sql.Identifier("seen", day) for day in days))


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
