"""What has left `raw`, in tables of the schema `detached`: dropped after seven days, and told of by its log.

Belongs here: dropping them, and what `ops.detached` says that a run did. Not here: which rows leave (`retention_warehouse.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from orchestration.extraction.archive.expired import KEPT_ASIDE
from orchestration.lifecycle.retention_ledger import Step
from orchestration.lifecycle.retention_periods import Period

DROPPED = "dropped after seven days"


@dataclass(frozen=True)
class Detached:
    """Rows of a tenant that left `raw`, by table, the first day that is kept, rows of tables that were dropped, and older
    conversations that stay, by reason; of a dry run also relations and months of the archive that it would change."""

    tenant: str
    tenant_id: UUID
    first_day: date
    rows: dict[str, int]
    dropped: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    changing: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)

    @property
    def is_anything(self) -> bool:
        """Whether anything went."""
        return bool(self.rows or self.dropped)

    @property
    def told(self) -> dict[str, dict[str, int]]:
        """As the ledger has it."""
        left = {f"raw.{table}": {_before(self.first_day): rows} for table, rows in self.rows.items()}
        return left | {f"detached.{table}": {DROPPED: rows} for table, rows in self.dropped.items()}


def of_runs(warehouse: psycopg.Connection, runs: Iterable[UUID]) -> dict[UUID, dict[str, dict[str, int]]]:
    """What these runs have detached and dropped, committed, as the ledger has it."""
    ids = list(runs)
    told: dict[UUID, dict[str, dict[str, int]]] = {}
    for run, relation, first_day, rows in warehouse.execute(
        "select run_id, relation, first_day, sum(rows)::bigint from ops.detached where run_id = any(%s) group by 1, 2, 3",
        (ids,),
    ):
        told.setdefault(run, {})[f"raw.{relation[:-9]}"] = {_before(first_day): rows}
    for run, relation, rows in warehouse.execute(
        "select dropped_by, relation, sum(rows)::bigint from ops.detached where dropped_by = any(%s) group by 1, 2",
        (ids,),
    ):
        told.setdefault(run, {})[f"detached.{relation}"] = {DROPPED: rows}
    return told


def drop(
    warehouse: psycopg.Connection, kept: list[Period], runs: Mapping[UUID, UUID], *, on_step: Step
) -> dict[UUID, dict[str, int]]:
    """Drop what was put aside seven days ago, and holds rows of nobody, tenant or customer, who is under a hold by now.

    Returns the rows of each tenant by dropped table.
    """
    at = max(period.as_of for period in kept)
    dropped: dict[UUID, dict[str, int]] = {}
    with warehouse.transaction():
        for relation in _old(warehouse, kept, at - KEPT_ASIDE):
            # A dropped table leaves no dead rows behind in any file, as deleting would.
            warehouse.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("detached", relation)))
            for tenant, rows in warehouse.execute(
                "update ops.detached set dropped_at = %s, dropped_by = (%s::jsonb ->> tenant_id::text)::uuid "
                "where relation = %s and dropped_at is null returning tenant_id, rows",
                (at, Jsonb({str(key): str(run) for key, run in runs.items()}), relation),
            ).fetchall():
                of_tenant = dropped.setdefault(tenant, {})
                of_tenant[relation] = of_tenant.get(relation, 0) + rows
            on_step("dropped", relation)
    return dropped


def _old(warehouse: psycopg.Connection, kept: list[Period], until: object) -> list[str]:
    """Tables that may go."""
    held = [key for period in kept for key in period.held_customers]
    old = warehouse.execute(
        "select relation, right(relation, 8) from ops.detached where dropped_at is null "
        "group by relation having max(detached_at) <= %s and bool_and(tenant_id = any(%s)) order by relation",
        (until, [period.tenant_id for period in kept]),
    ).fetchall()
    days_of_held = {day for day in {day for _, day in old} if held and _is_among(warehouse, held, day)}
    return [relation for relation, day in old if day not in days_of_held]


def _is_among(warehouse: psycopg.Connection, held: list[UUID], day: str) -> bool:
    """Whether a conversation of one of these customers was put aside on that day; all tables of the day belong to it."""
    table = f"conversations_{day}"
    if warehouse.execute("select to_regclass(%s)", (f"detached.{table}",)).fetchone() == (None,):
        return False
    question = sql.SQL("select from {} where customer_key = any(%s) limit 1")
    return warehouse.execute(question.format(sql.Identifier("detached", table)), (held,)).rowcount > 0


def _before(first_day: date) -> str:
    return f"older than {first_day}"
