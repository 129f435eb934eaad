"""Files that go by rule: those of export_jobs with their rows, rendered reports and mails after their days.

Belongs here: which files, and deleting them. Not here: the rows (`retention.py`). A file goes first: a row that went before
its file would leave one that nobody knows.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg

from orchestration.settings import Settings
from reports import files, holds
from reports.exports import stored

Connection = psycopg.Connection[tuple[object, ...]]

DUE = """
    select job.file_url, tenant.slug
    from public.export_jobs as job
    inner join public.tenants as tenant on tenant.id = job.tenant_id
    inner join app.retention_rules() as rule on rule.table_name = 'export_jobs'
    where job.tenant_id = %(tenant)s and job.file_url is not null
        and job.created_at < app.retention_cutoff(job.tenant_id, rule.setting_key, rule.period, %(as_of)s)
        and app.has_landed() and job.id <> all (app.unlanded_keys(job.tenant_id))
        and app.hold_on_customer(job.tenant_id, null, least(%(as_of)s, now())) is null
    order by job.id
    limit %(most)s
"""


def delete(source: Connection, tenant: UUID, as_of: datetime, folder: Path, *, most: int, dry: bool) -> list[str]:
    """Delete the files of a tenant's exports that are due, and tell this transaction which. Returns their names.

    What is not a file of the tenant's there, or cannot be deleted, stays, and keeps its row. Dry, nothing is deleted.
    """
    due = source.execute(DUE, {"tenant": tenant, "as_of": as_of, "most": most}).fetchall()
    gone = [str(name) for name, slug in due if _delete(folder, str(slug), str(name), dry=dry)]
    source.execute("select set_config('app.deleted_files', %s, true)", ("\n".join(gone),))
    return gone


def _delete(folder: Path, slug: str, name: str, *, dry: bool) -> bool:
    """Whether no such file is left, or would be."""
    file = stored.file_of(folder, slug, name)
    if "\n" in name or file is None:
        return False
    try:
        if dry:
            file.exists()  # A name that is too long is refused here as there.
        else:
            file.unlink(missing_ok=True)
    except OSError:
        return False
    return True


@dataclass
class Expired:
    """Slots of rendered reports, and mails, that went; and how many a hold keeps, by tenant and kind, "" for nobody's mails."""

    rendered: int = 0
    mails: int = 0
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)


def expire(source: Connection, settings: Settings, at: datetime, *, dry: bool) -> Expired:
    """Delete what was rendered and mailed long ago, but for tenants under a hold, and mails that may be theirs; dry, count."""
    held = holds.held_tenants(source, at)
    done = Expired(files.expire(settings.reports, at, held=held, dry=dry))
    slugs = (slot.parent.parent.name for slot in files.old_slots(settings.reports, at))
    done.kept.update((slug, "rendered reports") for slug in slugs if slug in held)
    going = []
    for mail in files.old_mails(settings.mail, at):
        # Whose a notice is no ledger says: while anybody is held, it may be theirs.
        slug = holds.tenant_of(source, mail) if held else None
        if held and (slug is None or slug in held):
            done.kept[slug or "", "mails"] += 1
        else:
            going.append(mail)
    if not dry:
        files.delete_mails(going)
    done.mails = len(going)
    return done
