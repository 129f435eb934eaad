"""What a tenant hands to its auditor: rules in force, what was forgotten, held, erased and exported, and whether the trail holds.

Belongs here: the facts, section by section, as they stand in the databases. Not here: periods (`report_periods.py`), erasures
(`report_erasures.py`), and the page (`report_page.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from operational_schema import audit_checkpoint
from orchestration.databases import Databases, connect
from orchestration.errors import WarehouseError
from orchestration.lifecycle import holds, report_erasures, report_periods, retention_ledger
from orchestration.lifecycle.report_section import Section, counts, instant

RUNS_SHOWN = 10
NEVER_RUN = "never run"

RUNS = """
    select started_at, as_of, dry_run, completed_at, error_message, steps_done, deleted, elsewhere, kept
    from public.retention_runs where tenant_id = %(tenant)s
    order by started_at desc, id limit %(shown)s
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
            *report_periods.sections(source, key),
            _runs(source, key),
            _detached(warehouse, key),
            _holds(databases.operational, tenant),
            *report_erasures.sections(source, key),
            _given(source, key),
            _trail(databases.operational, tenant),
        ]
    return Report(tenant, name, timezone, as_of, landed[0] if landed else None, sections)


def _runs(source: psycopg.Connection, tenant: UUID) -> Section:
    found = source.execute(RUNS, {"tenant": tenant, "shown": RUNS_SHOWN}).fetchall()
    rows = [
        (
            instant(started),
            instant(as_of),
            "dry run" if dry else "run",
            _outcome(done, error, steps),
            counts(deleted),
            "; ".join(f"{place}: {_kept(of)}" for place, of in sorted(elsewhere.items())) or "nothing",
            _kept(kept),
        )
        for started, as_of, dry, done, error, steps, deleted, elsewhere, kept in found
    ]
    columns = ("started", "as of", "what", "outcome", "deleted", "gone elsewhere", "kept, by reason")
    return Section(f"Last {RUNS_SHOWN} runs of retention", columns, rows, NEVER_RUN)


def _outcome(done: datetime | None, error: str | None, steps: list[str]) -> str:
    """Rows of earlier releases do not say which steps there were."""
    left = [step for step in retention_ledger.STEPS if step not in steps]
    if done:
        return f"completed {instant(done)}" + (f", without {', '.join(left)}" if steps and left else "")
    return f"not completed, without {', '.join(left) or 'its last word'}" + (f": {error}" if error else "")


def _kept(by_table: dict[str, dict[str, int] | int]) -> str:
    # Rows of the demonstration of earlier releases have reasons without tables.
    told = (f"{name}: {counts(of) if isinstance(of, dict) else of}" for name, of in sorted(by_table.items()))
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
