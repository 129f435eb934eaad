"""Files that go with their rows: those of export_jobs, and rendered reports.

Belongs here: which files, and deleting them. Not here: the rows (`retention.py`). A file goes first: a row that went before
its file would leave one that nobody knows.
"""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg

Connection = psycopg.Connection[tuple[object, ...]]

DUE = """
    select job.file_url
    from public.export_jobs as job
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

    What is not a file of that folder, or cannot be deleted, stays, and keeps its row. Dry, nothing is deleted.
    """
    due = source.execute(DUE, {"tenant": tenant, "as_of": as_of, "most": most}).fetchall()
    gone = [str(name) for (name,) in due if _delete(folder, str(name), dry=dry)]
    source.execute("select set_config('app.deleted_files', %s, true)", ("\n".join(gone),))
    return gone


def _delete(folder: Path, name: str, *, dry: bool) -> bool:
    """Whether no such file is left, or would be."""
    file = (folder / name).resolve()
    # The column is the application's to write: an address elsewhere, or a way out of the folder, is none of our files.
    if "\n" in name or "://" in name or not file.is_relative_to(folder.resolve()):
        return False
    if not dry:
        try:
            file.unlink(missing_ok=True)
        except OSError:
            return False
    return True
