"""The ledger of retention: a row of retention_runs for each tenant and run, with what went, what stayed, and how far it came.

Belongs here: writing and reading those rows. Not here: what the runs do (`retention.py`, `retention_everywhere.py`). A run is
completed when all of its steps are behind it; one that was killed is found here by the next, which goes on with it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

SOURCE, WAREHOUSE, ARCHIVE, FILES = STEPS = ("source", "warehouse", "archive", "files")
CUT_OFF = "interrupted: it had only counted"
INTERRUPTED = "interrupted: what it had deleted is counted here, and the next run has gone on"
Connection = psycopg.Connection[tuple[object, ...]]
# What a run is at, and with whose or which; tests end it there.
Step = Callable[[str, str], None]
# By table or kind of file, and reason.
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Unfinished:
    """A run that has not said that it was completed."""

    id: UUID
    tenant_id: UUID
    slug: str


def begin(source: Connection, tenant: UUID, as_of: datetime, *, dry: bool) -> UUID:
    """A new row; what it says comes with what is done."""
    row = source.execute(
        "insert into public.retention_runs (tenant_id, as_of, dry_run) values (%s, %s, %s) returning id",
        (tenant, as_of, dry),
    ).fetchone()
    return UUID(str(row[0] if row else None))


def end_interrupted(source: Connection) -> None:
    """Say of every run that has neither ended nor failed that it was interrupted: whoever asks has the lock of all runs."""
    source.execute(
        "update public.retention_runs set error_message = case when dry_run then %s else %s end "
        "where completed_at is null and error_message is null",
        (CUT_OFF, INTERRUPTED),
    )


def unfinished(source: Connection) -> list[Unfinished]:
    """Runs that may have done something elsewhere which their rows do not tell."""
    with source.cursor(row_factory=class_row(Unfinished)) as cursor:
        return cursor.execute(
            """
            select run.id, run.tenant_id, tenant.slug
            from public.retention_runs as run
            inner join public.tenants as tenant on tenant.id = run.tenant_id
            where run.completed_at is null and not run.dry_run
            """
        ).fetchall()


def note_rows(source: Connection, run: UUID, deleted: Mapping[str, int], kept: Counts) -> None:
    """What went at the source so far, and what stays."""
    source.execute(
        "update public.retention_runs set deleted = %(deleted)s, kept = %(kept)s "
        "where id = %(id)s and (deleted, kept) is distinct from (%(deleted)s, %(kept)s)",
        {"id": run, "deleted": Jsonb(deleted), "kept": Jsonb(kept)},
    )


def note_kept(source: Connection, run: UUID, kept: Counts) -> None:
    """What else stays."""
    if kept:
        source.execute("update public.retention_runs set kept = kept || %s where id = %s", (Jsonb(kept), run))


def note_elsewhere(source: Connection, run: UUID, place: str, counts: Counts) -> None:
    """All that went of these tables or files of a place, in the stead of what was said of them: told twice, it is the same."""
    source.execute(
        """
        update public.retention_runs as run
        set elsewhere = run.elsewhere || jsonb_build_object(%(place)s::text, said.before || %(told)s)
        from public.retention_runs as known
        cross join lateral (select coalesce(known.elsewhere -> %(place)s, '{}') as before) as said
        where run.id = %(id)s and known.id = run.id and not said.before || %(told)s = said.before
        """,
        {"id": run, "place": place, "told": Jsonb(counts)},
    )


@contextmanager
def step(source: Connection, runs: Iterable[UUID], name: str) -> Iterator[None]:
    """Part of these runs: behind them when it ends; when it breaks, their rows say where and why."""
    ids = list(runs)
    try:
        yield
    except Exception as error:
        with suppress(psycopg.Error):
            fail(source, ids, f"{name}: {in_a_line(error)}")
        raise
    note_step(source, ids, name)


def note_step(source: Connection, runs: Iterable[UUID], name: str) -> None:
    """Of runs that have not failed, say that a step is behind them."""
    source.execute(
        "update public.retention_runs set steps_done = steps_done || %s::text where id = any(%s) and error_message is null",
        (name, list(runs)),
    )


def in_a_line(error: Exception) -> str:
    """What a row says of an error."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def fail(source: Connection, runs: Iterable[UUID], why: str) -> None:
    """Of runs that have not failed before, say that they have."""
    source.execute(
        "update public.retention_runs set error_message = %s where id = any(%s) and error_message is null",
        (why, list(runs)),
    )


def complete(source: Connection, runs: Iterable[UUID]) -> None:
    """Say of those that have not failed that they are through."""
    source.execute(
        "update public.retention_runs set completed_at = clock_timestamp() where id = any(%s) and error_message is null",
        (list(runs),),
    )


def overdue(operational_url: str, *, at: datetime | None = None, after: timedelta = timedelta(hours=36)) -> list[str]:
    """The tenants of which no run has gone through all steps for so long, or ever since they are tenants."""
    with psycopg.connect(operational_url) as source:
        rows = source.execute(
            """
            select tenant.slug
            from public.tenants as tenant
            left join public.retention_runs as run
                on run.tenant_id = tenant.id and not run.dry_run and run.completed_at is not null and run.steps_done @> %s
            group by tenant.slug, tenant.created_at
            having greatest(max(run.completed_at), tenant.created_at) < %s
            order by tenant.slug
            """,
            (list(STEPS), (at or datetime.now(UTC)) - after),
        ).fetchall()
    return [str(slug) for (slug,) in rows]
