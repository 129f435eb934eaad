"""The exports that people have asked for: rows of export_jobs, from pending to completed, to expired.

Belongs here: taking a job, noting how it ended, and deleting its file in time. Not here: the file's content (`writing.py`).

A job is worked on under a lock that dies with its worker: one that is `processing` without it was left behind, and is done again.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from reports import query
from reports.errors import ReportError, RunStoppedError, in_words
from reports.exports import selection, stored, writing
from reports.exports.writing import Written
from reports.report_rows import Connection

KEPT = timedelta(days=30)
DEFAULT_MOST_ROWS = 10_000
SUFFIXES = {"csv": ".csv", "excel": ".xlsx", "json": ".json", "parquet": ".parquet", "pdf": ".pdf"}


@dataclass(frozen=True)
class Job:
    """A row of export_jobs that waits, with the tenant's slug and its limit of rows."""

    id: UUID
    tenant_id: UUID
    tenant_slug: str
    type: str
    format: str
    filters: Any
    most_rows: Any


def run_pending(
    *,
    operational_url: str,
    warehouse_url: str,
    output: Path,
    at: datetime,
    on_progress: Callable[[int], None] = lambda steps: None,
) -> Counter[str]:
    """Do every job that waits, and delete the files whose time is over. Returns how many jobs ended in each state.

    Raises ReportError when nothing can be exported at all.
    """
    done: Counter[str] = Counter()
    with psycopg.connect(operational_url, autocommit=True) as operational, query.marts(warehouse_url) as marts:
        query.data_as_of(marts)
        done["expired"] += _expire(operational, output, at)
        for job in _waiting(operational):
            if not _lock(operational, job):
                continue
            try:
                if _begin(operational, job):
                    done[_work(operational, marts, job, output, at)] += 1
                    on_progress(1)
            finally:
                operational.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (str(job.id),))
    return Counter({state: jobs for state, jobs in done.items() if jobs})


def waiting_jobs(operational_url: str) -> list[str]:
    """The keys of the jobs that a run would work on."""
    with psycopg.connect(operational_url, autocommit=True) as operational:
        return [str(job.id) for job in _waiting(operational)]


def is_any_file_over(operational_url: str, at: datetime) -> bool:
    """Whether a run would delete a file whose time is over."""
    with psycopg.connect(operational_url, autocommit=True) as operational:
        return bool(_over(operational, at))


def _waiting(operational: Connection) -> list[Job]:
    with operational.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(
            """
            select
                job.id, job.tenant_id, tenant.slug as tenant_slug, job.type, job.format, job.filters,
                (
                    select setting.setting_value from public.system_settings as setting
                    where setting.tenant_id = job.tenant_id and setting.setting_key = 'max_export_records'
                ) as most_rows
            from public.export_jobs as job
            inner join public.tenants as tenant on tenant.id = job.tenant_id
            where job.status in ('pending', 'processing') and tenant.status = 'active'
            order by job.created_at, job.id
            """
        ).fetchall()


def _lock(operational: Connection, job: Job) -> bool:
    row = operational.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", (str(job.id),)).fetchone()
    return bool(row and row[0])


def _begin(operational: Connection, job: Job) -> bool:
    """Whether it still waits: another worker may have finished it between the look and the lock."""
    taken = operational.execute(
        "update public.export_jobs set status = 'processing', error_message = null "
        "where id = %s and status in ('pending', 'processing')",
        (job.id,),
    )
    return taken.rowcount > 0


def _work(operational: Connection, marts: Connection, job: Job, output: Path, at: datetime) -> str:
    try:
        to = output / job.tenant_slug / f"{job.id}{SUFFIXES[job.format]}"
        chosen = selection.parse(job.tenant_id, job.type, job.filters, most_rows=_most_rows(job))
        written = writing.write(marts, chosen, form=job.format, to=to)
    except RunStoppedError:
        _note_waiting(operational, job)
        raise
    except Exception as error:
        if marts.closed:
            raise
        # Also what nobody foresaw: it is this job's, and the next one must have its turn.
        _note_failed(operational, job, in_words(error), at)
        return "failed"
    _note_completed(operational, job, to.relative_to(output), written, at)
    return "completed"


def _most_rows(job: Job) -> int:
    if job.most_rows is None:
        return DEFAULT_MOST_ROWS
    if not isinstance(job.most_rows, int) or isinstance(job.most_rows, bool) or job.most_rows < 1:
        raise ReportError(f"setting max_export_records is {job.most_rows!r}: write a whole number of rows")
    return job.most_rows


def _note_waiting(operational: Connection, job: Job) -> None:
    operational.execute("update public.export_jobs set status = 'pending' where id = %s", (job.id,))


def _note_failed(operational: Connection, job: Job, why: str, at: datetime) -> None:
    operational.execute(
        "update public.export_jobs set status = 'failed', error_message = %s, completed_at = %s where id = %s",
        (why, at, job.id),
    )


def _note_completed(operational: Connection, job: Job, file: Path, written: Written, at: datetime) -> None:
    """A file that was cut says so where the person who asked for it looks."""
    cut = None
    if written.rows < written.rows_in_all:
        cut = f"{written.rows:,} of {written.rows_in_all:,} rows: max_export_records allows no more"
    operational.execute(
        """
        update public.export_jobs
        set status = 'completed', file_url = %s, file_size_bytes = %s, row_count = %s, checksum_sha256 = %s,
            error_message = %s, completed_at = %s, expires_at = %s
        where id = %s
        """,
        (str(file), written.size, written.rows, written.checksum, cut, at, at + KEPT, job.id),
    )


def _expire(operational: Connection, output: Path, at: datetime) -> int:
    """Delete the files whose time is over; the row stays, and says that there is none any more. Returns how many."""
    rows = _over(operational, at)
    return sum(_expire_one(operational, job_id, stored.file_of(output, slug, name)) for job_id, slug, name in rows)


def _over(operational: Connection, at: datetime) -> list[tuple[UUID, str, str]]:
    return operational.execute(
        "select job.id, tenant.slug, job.file_url from public.export_jobs as job "
        "inner join public.tenants as tenant on tenant.id = job.tenant_id "
        "where job.expires_at <= %(at)s and job.file_url is not null "
        "and app.hold_on_customer(job.tenant_id, null, least(%(at)s, now())) is null",
        {"at": at},
    ).fetchall()


def _expire_one(operational: Connection, job_id: UUID, file: Path | None) -> bool:
    """Whether there is no such file any more; what cannot be deleted keeps its row, and is tried again."""
    try:
        if file is not None:
            file.unlink(missing_ok=True)
    except OSError as error:
        operational.execute(
            "update public.export_jobs set error_message = %s where id = %s",
            (f"the file has expired, and cannot be deleted: {error.strerror}", job_id),
        )
        return False
    operational.execute(
        "update public.export_jobs set file_url = null, error_message = 'the file has expired' where id = %s", (job_id,)
    )
    return True
