"""One run of retention wherever rows and files are: the source, the warehouse, the archive, rendered reports and mails.

Belongs here: the order of these, and that the ledger tells of all. Not here: what each does (`retention.py`,
`retention_warehouse.py`, `retention_archive.py`, `retention_rendered.py`), and the ledger's rows (`retention_ledger.py`).

Each place has its own record of what a run did there: the log of what is detached, the archive's manifest, a list of files. The
ledger is told from these: killed between the deed and the telling, the next run tells it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg

from orchestration.databases import Databases, connect
from orchestration.extraction.pseudonym_key import pseudonym_key
from orchestration.lifecycle import (
    retention,
    retention_archive,
    retention_detached,
    retention_ledger,
    retention_rendered,
    retention_warehouse,
)
from orchestration.lifecycle.retention import Forgotten
from orchestration.lifecycle.retention_archive import Told
from orchestration.lifecycle.retention_detached import Detached
from orchestration.lifecycle.retention_ledger import ARCHIVE, FILES, WAREHOUSE, Connection, Step
from orchestration.lifecycle.retention_rendered import Expired
from orchestration.settings import Settings

# By table and reason.
Kept = dict[tuple[str, str], int]
OLDER = "conversations of the warehouse"


@dataclass(frozen=True)
class Done:
    """What went, or would go: rows at the source and of the warehouse, files of the archive, rendered reports and mails."""

    source: list[Forgotten]
    warehouse: list[Detached]
    archive: Told
    expired: Expired

    @property
    def rows(self) -> int:
        """Rows deleted at the source, of all tenants."""
        return sum(tenant.deleted.total() for tenant in self.source)

    @property
    def errors(self) -> list[str]:
        """Of which tenants not everything went that should have, and why."""
        return [f"{tenant.tenant}: {tenant.error}" for tenant in self.source if tenant.error]

    @property
    def warnings(self) -> list[str]:
        """What waits for the warehouse, and should have gone days ago."""
        return [
            f"{tenant.tenant}: {tenant.waiting:,} rows should have gone more than {retention.WAITS_TOO_LONG.days} days ago "
            "and wait for the warehouse: run romashka refresh"
            for tenant in self.source
            if tenant.waiting
        ]


def run(
    databases: Databases,
    settings: Settings,
    *,
    as_of: date | None = None,
    dry: bool = False,
    on_step: Step = lambda step, tenant: None,
) -> Done:
    """Forget everywhere what the rules say, as of the beginning of a local day, or now; dry, only count.

    Raises WarehouseError while another run is at work.
    """
    with psycopg.connect(databases.operational, autocommit=True) as source, retention.alone(source):
        retention_ledger.end_interrupted(source)
        _Telling(databases, settings, source).settle(each.id for each in retention_ledger.unfinished(source))
        return _Run(databases, settings, source, as_of, dry=dry, on_step=on_step).forget()


class _Telling:
    """What each place says that runs have done there, into the ledger."""

    def __init__(self, databases: Databases, settings: Settings, source: Connection) -> None:
        self._databases = databases
        self._settings = settings
        self._source = source

    def settle(self, runs: Iterable[UUID]) -> None:
        """Of these runs, all places; saying again what is known changes nothing."""
        retention_rendered.settle(self._source, self._settings.retention_list)
        if ids := list(runs):
            self.warehouse(ids)
            self.archive(ids)

    def warehouse(self, runs: Iterable[UUID]) -> None:
        """What they have detached and dropped."""
        with connect(self._databases.warehouse) as warehouse:
            for run, counts in retention_detached.of_runs(warehouse, runs).items():
                retention_ledger.note_elsewhere(self._source, run, WAREHOUSE, counts)

    def archive(self, runs: Iterable[UUID]) -> None:
        """What they have set aside and dropped."""
        told = retention_archive.of_runs(self._settings.archive)
        for run in set(runs) & told.keys():
            retention_ledger.note_elsewhere(self._source, run, ARCHIVE, told[run])


class _Run:
    """One run, place after place."""

    def __init__(
        self,
        databases: Databases,
        settings: Settings,
        source: Connection,
        as_of: date | None,
        *,
        dry: bool,
        on_step: Step,
    ) -> None:
        self._databases = databases
        self._settings = settings
        self._source = source
        self._as_of = as_of
        self._dry = dry
        self._on_step = on_step
        self._key = pseudonym_key(given=settings.pseudonym_key, home=settings.home)
        self._telling = _Telling(databases, settings, source)
        self._rows: list[Forgotten] = []

    def forget(self) -> Done:
        """All places, and the rows of the ledger closed."""
        self._rows = retention.forget(
            self._source, exports=self._settings.exports, as_of=self._as_of, dry=self._dry, on_step=self._on_step
        )
        ids = list(self._runs.values())
        with retention_ledger.step(self._source, ids, WAREHOUSE):
            detached = self._in_warehouse()
        with retention_ledger.step(self._source, ids, ARCHIVE):
            archived = self._in_archive(detached)
        with retention_ledger.step(self._source, ids, FILES):
            expired = self._in_files()
        self._on_step("told", "")
        retention_ledger.complete(self._source, ids)
        return Done(self._rows, detached, archived, expired)

    @property
    def _runs(self) -> dict[UUID, UUID]:
        return {each.tenant_id: each.ledger for each in self._rows}

    def _in_warehouse(self) -> list[Detached]:
        done = retention_warehouse.forget(
            self._databases,
            pseudonym_key=self._key,
            as_of=self._as_of,
            dry=self._dry,
            runs=self._runs,
            on_step=self._on_step,
        )
        self._foresee(WAREHOUSE, {each.tenant_id: each.told for each in done})
        self._keep({each.tenant: {(OLDER, reason): rows for reason, rows in each.kept.items()} for each in done})
        self._telling.warehouse(self._runs.values())
        return done

    def _in_archive(self, detached: list[Detached]) -> Told:
        done = retention_archive.forget(
            self._databases,
            self._settings.archive,
            pseudonym_key=self._key,
            runs=self._runs,
            as_of=self._as_of,
            dry=self._dry,
            foreseen=detached,
            on_step=self._on_step,
        )
        self._foresee(ARCHIVE, done)
        # Also what an earlier run detached, and this one could set aside.
        self._telling.archive([*self._runs.values(), *(each.id for each in retention_ledger.unfinished(self._source))])
        return done

    def _in_files(self) -> Expired:
        runs = {each.tenant: each.ledger for each in self._rows}
        done = retention_rendered.expire(
            self._source, self._settings, as_of=self._as_of, runs=runs, dry=self._dry, on_step=self._on_step
        )
        self._foresee(FILES, {each.tenant_id: done.reasons.get(each.tenant, {}) for each in self._rows})
        kept: dict[str, Kept] = {}
        for (slug, kind), count in done.kept.items():
            kept.setdefault(slug, {})[kind, retention.HELD] = count
        self._keep(kept)
        return done

    def _keep(self, by_tenant: Mapping[str, Kept]) -> None:
        """What stays elsewhere although it is old enough."""
        for each in self._rows:
            kept = by_tenant.get(each.tenant, {})
            each.kept.update(kept)
            retention_ledger.note_kept(self._source, each.ledger, retention.by_reason(kept))

    def _foresee(self, place: str, by_tenant: Told) -> None:
        """What a dry run would do is in no other record."""
        if self._dry:
            for tenant, counts in by_tenant.items():
                if tenant in self._runs:
                    retention_ledger.note_elsewhere(self._source, self._runs[tenant], place, counts)
