"""Seven years in the warehouse: whole months that are over, detached from `raw`, kept for seven days, then dropped.

Belongs here: which conversations are past, moving their rows aside, and dropping what was moved. Not here: rows at the source
(`retention.py`), and the marts: what left `raw` is touched, and the next build takes it out of every mart as it does with
anything deleted. That, and not deleting by month from each of them, is why a full rebuild equals what is left.

A conversation is past when the source has forgotten it and nothing of it happened in a month that is kept: totals of kept
months stay what they were. What is told of a past month for good is added up before its first row leaves (`history.py`).
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import psycopg
from psycopg import sql

from orchestration.databases import Databases, connect, one_refresh_at_a_time
from orchestration.extraction.extract import LANDING_LOCK
from orchestration.extraction.landing import names
from orchestration.extraction.raw_tables import add_to_count
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES
from orchestration.extraction.touched import OF_WHOLE_TENANTS
from orchestration.lifecycle import history
from orchestration.lifecycle.retention_periods import Period, periods
from orchestration.publishing.application import give_back
from orchestration.publishing.contract import Mart
from orchestration.transformation import plan
from orchestration.transformation.transform import Transformer

KEPT_ASIDE = timedelta(days=7)
MOVE = """
    with gone as (
        delete from {table} as landed where landed.tenant_id = %(tenant)s and {going} returning landed.*
    ), forgotten as (
        delete from ops.deleted_rows as noted using gone where noted.table_name = {name} and noted.id = gone.id
    )
    insert into {aside} ({columns}) select {columns} from gone
"""
Step = Callable[[str, str], None]


@dataclass(frozen=True)
class Detached:
    """Rows of a tenant that left `raw`, by table, and the first day that is kept."""

    tenant: str
    first_day: date
    rows: dict[str, int]


def forget(
    databases: Databases,
    *,
    pseudonym_key: str,
    as_of: date | None = None,
    dry: bool = False,
    on_step: Step = lambda step, tenant: None,
) -> list[Detached]:
    """Detach what is past, bring the marts up to that, and drop what was detached seven days ago.

    Each tenant is a transaction of its own; killed anywhere, the next run or refresh does the rest. Dry, only count.
    """
    kept = periods(databases.operational, as_of, pseudonym_key=pseudonym_key)
    if not kept:
        return []
    with one_refresh_at_a_time(databases.warehouse), connect(databases.warehouse) as warehouse:
        warehouse.autocommit = True
        made = plan.load()
        if not _is_published(warehouse):
            return []
        done = [_detach(warehouse, period, made.marts, dry=dry, on_step=on_step) for period in kept]
        if not dry:
            if any(each.rows for each in done):
                with closing(connect(databases.warehouse)) as session:
                    Transformer(session, made).transform()
                on_step("published", "")
                give_back(databases.warehouse, databases.operational)
            _drop(warehouse, kept)
        return [each for each in done if each.rows]


def _is_published(warehouse: psycopg.Connection) -> bool:
    return warehouse.execute("select to_regclass('facts.conversation_analytics') is not null").fetchone() == (True,)


def _detach(
    warehouse: psycopg.Connection, period: Period, marts: tuple[Mart, ...], *, dry: bool, on_step: Step
) -> Detached:
    """Move the rows of one tenant's past conversations aside, in one transaction."""
    with warehouse.transaction(force_rollback=dry):
        # No landing meanwhile: it would bring rows of what is being judged.
        warehouse.execute("select pg_advisory_xact_lock(%s)", (LANDING_LOCK,))
        _find_past(warehouse, period, marts)
        history.keep(warehouse, period.tenant_id, small_group_size=period.small_group_size)
        moved = {table.name: _move(warehouse, table, period) for table in TABLES}
        warehouse.execute(
            "insert into ops.touched_conversations select %s, past.id from pg_temp.past on conflict do nothing",
            (period.tenant_id,),
        )
        on_step("detached", period.slug)
    on_step("committed", period.slug)
    return Detached(period.slug, period.first_day, {name: rows for name, rows in moved.items() if rows})


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


def _move(warehouse: psycopg.Connection, table: Table, period: Period) -> int:
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
    if rows:
        add_to_count(warehouse, table, -rows)
        warehouse.execute(
            "insert into ops.detached (relation, tenant_id, first_day, rows, detached_at) values (%s, %s, %s, %s, %s)",
            (aside, period.tenant_id, period.first_day, rows, period.as_of),
        )
    return rows


def _drop(warehouse: psycopg.Connection, kept: list[Period]) -> None:
    """Drop what was put aside seven days ago, and holds rows of nobody, tenant or customer, who is under a hold by now."""
    at = max(period.as_of for period in kept)
    held = [key for period in kept for key in period.held_customers]
    with warehouse.transaction():
        old = warehouse.execute(
            "select relation, right(relation, 8) from ops.detached where dropped_at is null "
            "group by relation having max(detached_at) <= %s and bool_and(tenant_id = any(%s))",
            (at - KEPT_ASIDE, [period.tenant_id for period in kept]),
        ).fetchall()
        days_of_held = {day for day in {day for _, day in old} if held and _is_among(warehouse, held, day)}
        for relation in (relation for relation, day in old if day not in days_of_held):
            # A dropped table leaves no dead rows behind in any file, as deleting would.
            warehouse.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("detached", relation)))
            warehouse.execute("update ops.detached set dropped_at = %s where relation = %s", (at, relation))


def _is_among(warehouse: psycopg.Connection, held: list[UUID], day: str) -> bool:
    """Whether a conversation of one of these customers was put aside on that day; all tables of the day belong to it."""
    table = f"conversations_{day}"
    if warehouse.execute("select to_regclass(%s)", (f"detached.{table}",)).fetchone() == (None,):
        return False
    question = sql.SQL("select from {} where customer_key = any(%s) limit 1")
    return warehouse.execute(question.format(sql.Identifier("detached", table)), (held,)).rowcount > 0
