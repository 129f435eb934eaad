"""One run of retention wherever rows and files are: the source, the warehouse, rendered reports.

Belongs here: the order of these. Not here: what each does (`retention.py`, `retention_warehouse.py`, `retention_files.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from orchestration.databases import Databases, connect
from orchestration.extraction.pseudonym_key import pseudonym_key
from orchestration.lifecycle import retention, retention_files, retention_warehouse
from orchestration.lifecycle.retention import Forgotten
from orchestration.lifecycle.retention_files import Expired
from orchestration.lifecycle.retention_warehouse import Detached
from orchestration.settings import Settings

Step = Callable[[str, str], None]


@dataclass(frozen=True)
class Done:
    """What went, or would go: rows at the source by tenant, rows of the warehouse by tenant, rendered reports and mails."""

    source: list[Forgotten]
    warehouse: list[Detached]
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
    """Forget everywhere what the rules say, as of the beginning of a local day, or now; dry, only count."""
    key = pseudonym_key(given=settings.pseudonym_key, home=settings.home)
    source = retention.run(databases.operational, exports=settings.exports, as_of=as_of, dry=dry, on_step=on_step)
    warehouse = retention_warehouse.forget(databases, pseudonym_key=key, as_of=as_of, dry=dry, on_step=on_step)
    at = datetime.combine(as_of, time(), UTC) if as_of else datetime.now(UTC)
    with connect(databases.operational) as operational:
        expired = retention_files.expire(operational, settings, at, dry=dry)
        for tenant in source:
            kept = {what: count for (slug, what), count in expired.kept.items() if slug == tenant.tenant}
            if kept:
                retention.note_held_files(operational, tenant, kept)
    return Done(source, warehouse, expired)
