"""What a tenant hands to its auditor: rules in force, what was forgotten, held, erased and exported, and whether the trail holds.

Belongs here: the facts, section by section, as they stand in the databases. Not here: the page (`report_page.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from operational_schema import audit_checkpoint
from orchestration.databases import Databases, connect
from orchestration.errors import WarehouseError
from orchestration.lifecycle import holds

RUNS_SHOWN = 10
NEVER_RUN = "never run"

RULES = """
    select rule.table_name, rule.age is not null as has_age, rule.goes_with,
        case
            when rule.age is null then null
            when rule.period is null then 'by its own expiry'
            when setting.days is not null then setting.days || ' days, as the tenant has set'
            else replace(rule.period::text, ' 00:00:00', '')
        end as kept_for,
        case when rule.age is not null then
            app.retention_cutoff(%(tenant)s, rule.setting_key, rule.period, now())
        end as cutoff
    from app.retention_rules() as rule
    left join lateral (
        select setting.setting_value #>> '{}' as days
        from public.system_settings as setting
        where setting.tenant_id = %(tenant)s and setting.setting_key = rule.setting_key
            and setting.setting_value #>> '{}' ~ '^[1-9][0-9]{0,5}$'
    ) as setting on true
    order by rule.age is null, rule.table_name
"""
RUNS = """
    select started_at, as_of, dry_run, completed_at, error_message, deleted, kept
    from public.retention_runs where tenant_id = %(tenant)s
    order by started_at desc, id limit %(shown)s
"""
ERASURES = """
    select customer_id, status, requested_at, due_at, completed_at, error_message,
        status not in ('completed', 'rejected') and due_at < now() as is_overdue,
        cardinality(steps_done) as steps, encode(sha256(convert_to(proof::text, 'UTF8')), 'hex') as proof
    from public.erasure_requests where tenant_id = %(tenant)s
    order by (status in ('completed', 'rejected')), due_at, id
"""
GIVEN = """
    select action, count(*), max(created_at) from public.audit_logs
    where tenant_id = %(tenant)s and action in ('export', 'rectify') and entity_type = 'customer_profiles'
    group by action order by action
"""
DETACHED = """
    select relation, first_day, rows, detached_at, dropped_at from ops.detached
    where tenant_id = %(tenant)s order by detached_at desc, relation
"""


@dataclass(frozen=True)
class Section:
    """A table under a heading, or what is said where there is nothing."""

    heading: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    otherwise: str


@dataclass(frozen=True)
class Report:
    """The tenant, from when the facts are, and the sections."""

    slug: str
    name: str
    timezone: str
    as_of: datetime
    warehouse_as_of: datetime | None
    sections: list[Section]


def gather(databases: Databases, tenant: str) -> Report:
    """The facts, of each database from one snapshot. The trail's every entry is hashed anew."""
    with connect(databases.operational) as source, connect(databases.warehouse) as warehouse:
        for each in (source, warehouse):
            each.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            each.read_only = True
            each.execute("set local timezone to 'UTC'")
        row = source.execute(
            "select id, name, timezone, now() from public.tenants where slug = %s", (tenant,)
        ).fetchone()
        if row is None:
            raise WarehouseError(f"there is no tenant {tenant}")
        key, name, timezone, as_of = row
        landed = warehouse.execute("select max(data_as_of) from ops.extract_state").fetchone()
        sections = [
            *_rules(source, key),
            _runs(source, key),
            _detached(warehouse, key),
            _holds(databases.operational, tenant),
            _erasures(source, key),
            _given(source, key),
            _trail(databases.operational, tenant),
        ]
    return Report(tenant, name, timezone, as_of, landed[0] if landed else None, sections)


def _rules(source: psycopg.Connection, tenant: UUID) -> Iterator[Section]:
    found = source.execute(RULES, {"tenant": tenant}).fetchall()
    yield Section(
        "Periods in force",
        ("table", "kept for", "older goes now"),
        [(table, kept, instant(cutoff)) for table, has_age, _, kept, cutoff in found if has_age],
        "no rule",
    )
    yield Section(
        "Without a period of their own",
        ("table", "kept with, or why"),
        [(table, goes_with) for table, has_age, goes_with, _, _ in found if not has_age],
        "no table",
    )


def _runs(source: psycopg.Connection, tenant: UUID) -> Section:
    found = source.execute(RUNS, {"tenant": tenant, "shown": RUNS_SHOWN}).fetchall()
    rows = [
        (
            instant(started),
            instant(as_of),
            "dry run" if dry else "run",
            f"completed {instant(done)}" if done else error or "running",
            _counts(deleted),
            _kept(kept),
        )
        for started, as_of, dry, done, error, deleted, kept in found
    ]
    columns = ("started", "as of", "what", "outcome", "deleted", "kept, by reason")
    return Section(f"Last {RUNS_SHOWN} runs of retention", columns, rows, NEVER_RUN)


def _counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {rows:,}" for name, rows in sorted(counted.items()) if rows) or "nothing"


def _kept(by_table: dict[str, dict[str, int] | int]) -> str:
    # Rows of the demonstration of earlier releases have reasons without tables.
    told = (f"{name}: {_counts(of) if isinstance(of, dict) else of}" for name, of in sorted(by_table.items()))
    return "; ".join(told) or "–"


def _detached(warehouse: psycopg.Connection, tenant: UUID) -> Section:
    rows = [
        (relation, str(first), f"{count:,}", instant(at), instant(dropped) if dropped else "kept aside for seven days")
        for relation, first, count, at, dropped in warehouse.execute(DETACHED, {"tenant": tenant}).fetchall()
    ]
    columns = ("table", "before", "rows", "detached", "dropped")
    return Section("Months that left the warehouse", columns, rows, "none has left yet")


def _holds(operational_url: str, tenant: str) -> Section:
    rows = [
        (
            str(each.id),
            each.keeps,
            "in force" if each.is_in_force else "released" if each.released_at else "expired",
            instant(each.created_at),
            instant(each.expires_at) if each.expires_at else "until released",
            each.reason,
        )
        for each in holds.list_all(operational_url, tenant=tenant)
    ]
    return Section("Legal holds", ("hold", "keeps", "state", "since", "ends", "reason"), rows, "none, ever")


def _erasures(source: psycopg.Connection, tenant: UUID) -> Section:
    rows = [
        (
            str(customer),
            status + (", OVERDUE" if overdue else "") + (f": {error}" if error else ""),
            instant(requested),
            instant(due),
            instant(done) if done else f"{steps} steps done",
            f"sha256 {proof}" if proof else "none yet",
        )
        for customer, status, requested, due, done, error, overdue, steps, proof in source.execute(
            ERASURES, {"tenant": tenant}
        ).fetchall()
    ]
    columns = ("customer", "state", "requested", "due", "completed", "proof")
    return Section("Erasures, first those not done", columns, rows, "none was asked for")


def _given(source: psycopg.Connection, tenant: UUID) -> Section:
    rows = [
        (action, f"{count:,}", instant(last))
        for action, count, last in source.execute(GIVEN, {"tenant": tenant}).fetchall()
    ]
    return Section("Access and rectification", ("what", "times", "last"), rows, "none was asked for")


def _trail(operational_url: str, tenant: str) -> Section:
    verified = audit_checkpoint.verify(operational_url, tenant=tenant)
    broken = "; ".join(verified.lines)
    rows = (
        [(f"{verified.entries:,}", f"BROKEN: {broken}" if broken else "every link holds")]
        if verified.entries or broken
        else []
    )
    return Section("Audit trail, verified for this page", ("entries", "outcome"), rows, "no entry yet")


def instant(at: datetime) -> str:
    """As the page writes it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
