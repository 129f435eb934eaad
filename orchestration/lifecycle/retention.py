"""Forgetting by rule at the source: batch after batch, each committed together with its part of the ledger.

Belongs here: the source's part of a run, over all tenants. Not here: the rules and the deleting
(`operational_schema/functions/retention.sql`), the ledger (`retention_ledger.py`), files (`retention_files.py`), and the
warehouse (`retention_warehouse.py`).
Killed anywhere, what was committed is gone and counted, and the next run goes on with the rest.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from orchestration.errors import WarehouseError
from orchestration.lifecycle import retention_files, retention_ledger
from orchestration.lifecycle.retention_ledger import Step

BATCH = 1_000
RETENTION_LOCK = 7_305_571_144
NOT_LANDED = "not in the warehouse yet"
HELD = "legal hold"
# After so many days it is no longer the refresh that has not come yet: it does not come.
WAITS_TOO_LONG = timedelta(days=3)
Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Tenant:
    """Whose rows, as of which instant: the beginning of a day of the tenant's, or now."""

    id: UUID
    slug: str
    as_of: datetime


@dataclass
class Forgotten:
    """Rows of one tenant: how many went of each table, how many stay although they are old enough, by table and reason."""

    tenant: str
    tenant_id: UUID
    ledger: UUID
    deleted: Counter[str] = field(default_factory=Counter)
    kept: dict[tuple[str, str], int] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    waiting: int = 0
    error: str | None = None


def run(
    operational_url: str,
    *,
    exports: Path,
    as_of: date | None = None,
    dry: bool = False,
    batch: int = BATCH,
    on_step: Step = lambda step, tenant: None,
) -> list[Forgotten]:
    """A run of the source alone. Raises WarehouseError while another run is at work."""
    with psycopg.connect(operational_url, autocommit=True) as source, alone(source):
        retention_ledger.end_interrupted(source)
        done = forget(source, exports=exports, as_of=as_of, dry=dry, batch=batch, on_step=on_step)
        retention_ledger.complete(source, [each.ledger for each in done])
        return done


def forget(
    source: Connection, *, exports: Path, as_of: date | None, dry: bool, on_step: Step, batch: int = BATCH
) -> list[Forgotten]:
    """Forget what the rules of each tenant say, as of the beginning of a local day, or now; dry, only count.

    One tenant's error is told in its ledger row and in what is returned, and keeps no other back.
    """
    tenants = _tenants(source, as_of)
    return [_Run(source, tenant, exports, dry=dry, batch=batch, on_step=on_step).forget() for tenant in tenants]


@contextmanager
def alone(source: Connection) -> Iterator[None]:
    """Hold the lock of retention, which dies with its session: some time after its client has gone, so it is given back."""
    if source.execute("select pg_try_advisory_lock(%s)", (RETENTION_LOCK,)).fetchone() != (True,):
        raise WarehouseError("another run of retention is at work: wait until it has ended")
    try:
        yield
    finally:
        if not source.broken:
            source.execute("select pg_advisory_unlock(%s)", (RETENTION_LOCK,))


def _tenants(source: Connection, as_of: date | None) -> list[Tenant]:
    with source.cursor(row_factory=class_row(Tenant)) as cursor:
        return cursor.execute(
            """
            select tenant.id, tenant.slug, coalesce(app.day_begins(%s::date::timestamp, tenant.timezone), now()) as as_of
            from public.tenants as tenant
            order by tenant.slug
            """,
            (as_of,),
        ).fetchall()


class _Run:
    """One tenant's part of a run."""

    def __init__(
        self, source: Connection, tenant: Tenant, exports: Path, *, dry: bool, batch: int, on_step: Step
    ) -> None:
        self._source = source
        self._tenant = tenant
        self._exports = exports
        self._dry = dry
        self._batch = batch
        self._on_step = on_step
        ledger = retention_ledger.begin(source, tenant.id, tenant.as_of, dry=dry)
        self._done = Forgotten(tenant.slug, tenant.id, ledger)

    def forget(self) -> Forgotten:
        """All batches, and that they are behind this run."""
        self._on_step("begun", self._tenant.slug)
        try:
            while self._forget_batch() and not self._dry:
                self._on_step("committed", self._tenant.slug)
        except psycopg.Error as error:
            if self._source.broken:
                raise
            self._done.error = retention_ledger.in_a_line(error)
            retention_ledger.fail(self._source, [self._done.ledger], self._done.error)
            return self._done
        retention_ledger.note_step(self._source, [self._done.ledger], retention_ledger.SOURCE)
        if NOT_LANDED in {reason for _, reason in self._done.kept}:
            self._done.waiting = _waiting_too_long(self._source, self._tenant)
        return self._done

    def _forget_batch(self) -> bool:
        """One batch of each table, with its files and its part of the ledger. Whether anything went."""
        deleted: Counter[str] = Counter()
        kept: dict[tuple[str, str], int] = {}
        with self._source.transaction():
            files = retention_files.delete(
                self._source, self._tenant.id, self._tenant.as_of, self._exports, most=self._batch, dry=self._dry
            )
            found = self._source.execute(
                "select table_name, kept_because, row_count from app.apply_retention(%s, %s, %s, %s)",
                (self._tenant.id, self._tenant.as_of, self._batch, self._dry),
            )
            for table, reason, rows in found.fetchall():
                if reason is None:
                    deleted[str(table)] += int(str(rows))
                else:
                    kept[str(table), str(reason)] = int(str(rows))
            self._on_step("deleted", self._tenant.slug)
            retention_ledger.note_rows(self._source, self._done.ledger, self._done.deleted + deleted, by_reason(kept))
            if gone := self._done.files | set(files):
                counts = {"files of exports": {"with their rows": len(gone)}}
                retention_ledger.note_elsewhere(self._source, self._done.ledger, retention_ledger.FILES, counts)
        self._done.deleted.update(deleted)
        self._done.files.update(files)
        self._done.kept = kept
        return bool(deleted)


def by_reason(kept: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """As the ledger has it."""
    reasons: dict[str, dict[str, int]] = {}
    for (table, reason), rows in kept.items():
        reasons.setdefault(table, {})[reason] = rows
    return reasons


def waiting_too_long(operational_url: str) -> dict[str, int]:
    """Rows by tenant that should have gone three days ago, if the warehouse had them."""
    with psycopg.connect(operational_url) as source:
        counted = {tenant.slug: _waiting_too_long(source, tenant) for tenant in _tenants(source, None)}
    return {slug: rows for slug, rows in counted.items() if rows}


def _waiting_too_long(source: Connection, tenant: Tenant) -> int:
    row = source.execute(
        "select coalesce(sum(row_count), 0)::bigint from app.apply_retention(%s, %s, 1, true) where kept_because = %s",
        (tenant.id, tenant.as_of - WAITS_TOO_LONG, NOT_LANDED),
    ).fetchone()
    return int(str(row[0])) if row else 0
