"""Files that go with rows: those of export_jobs.

Belongs here: which files, and deleting them. Not here: the rows (`retention.py`), and files that no row names
(`retention_rendered.py`). A file goes first: a row that went before its file would leave one that nobody knows.
"""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg

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
