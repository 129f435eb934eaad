"""A request to be forgotten: its row of erasure_requests, from pending to completed, and the work that is left of it.

Belongs here: reading and writing that row, and app.erasure_work. Not here: what is done (`erasure.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from orchestration.errors import WarehouseError
from orchestration.lifecycle import subject_tables

Connection = psycopg.Connection[tuple[object, ...]]
# A check goes red so long before the day on which an erasure is due.
ALARM = timedelta(days=5)
AWAITING = "awaiting_files"
OPEN = """
    select request.id, request.tenant_id, tenant.slug, request.customer_id, request.due_at, request.status,
        (
            select count(*) from app.erasure_files as theirs
            inner join public.file_deletions as file on file.id = theirs.file_id
            where theirs.request_id = request.id and file.deleted_at is null
        ) as files_waiting,
        exists (
            select from public.customer_profiles as person
            where person.tenant_id = request.tenant_id and person.id = request.customer_id
        ) as is_there
    from public.erasure_requests as request
    inner join public.tenants as tenant on tenant.id = request.tenant_id
"""
OURS = """
    insert into public.erasure_requests (tenant_id, customer_id)
    select tenant.id, %(customer)s
    from public.tenants as tenant
    left join public.customer_profiles as person on person.tenant_id = tenant.id and person.id = %(customer)s
    where tenant.slug = %(slug)s and (%(has_landed)s or person.id is not null)
    on conflict (tenant_id, customer_id) do nothing
"""
BEGIN = """
    update public.erasure_requests
    set status = 'running', completed_at = null, error_message = null, started_at = coalesce(started_at, now()),
        -- Who is there has come back: nothing that was done before counts.
        steps_done = case when %(is_there)s then '{}' else steps_done end
    where id = %(id)s
"""

FILES = """
    select count(*) filter (where file.deleted_at is null), count(file.deleted_at)
    from app.erasure_files as theirs
    inner join public.file_deletions as file on file.id = theirs.file_id
    where theirs.request_id = %s
"""
COMPLETE = """
    update public.erasure_requests
    set status = case when %(waiting)s > 0 then 'awaiting_files' else 'completed' end,
        completed_at = case when %(waiting)s = 0 then now() end, error_message = null,
        proof = proof || jsonb_build_object('files_waiting_in_storage', %(waiting)s::bigint)
            || jsonb_build_object('files_deleted_in_storage', %(deleted)s::bigint)
    where id = %(id)s and steps_done @> %(steps)s
    returning proof
"""
# A refresh that finds the person again erases them, and begins anew: its values are yet to be searched for.
FORGET_VALUES = """
    delete from app.erasure_work as work using public.erasure_requests as request
    where work.request_id = request.id and request.id = %s and request.steps_done @> %s
"""


@dataclass(frozen=True)
class Files:
    """Files of a person in the storage of attachments: those that the storage has not deleted yet, and those that it has."""

    waiting: int
    deleted: int


@dataclass(frozen=True)
class Request:
    """Who is to be forgotten, until when, how far that is, how many of their files the storage has not deleted yet, and
    whether the person is at the source."""

    id: UUID
    tenant_id: UUID
    slug: str
    customer_id: UUID
    due_at: datetime
    status: str
    is_there: bool
    files_waiting: int = 0

    @property
    def only_waits(self) -> bool:
        """Whether nothing is left to do before the storage has deleted their files."""
        return self.status == AWAITING and self.files_waiting > 0


def waiting(operational_url: str) -> list[Request]:
    """The requests that are not completed, nor rejected: those due first come first."""
    with psycopg.connect(operational_url) as source, source.cursor(row_factory=class_row(Request)) as cursor:
        return cursor.execute(
            f"{OPEN} where request.status not in ('completed', 'rejected') order by due_at, id".encode()
        ).fetchall()


def late(operational_url: str, *, at: datetime | None = None) -> list[Request]:
    """The requests that are due within five days, or were due before, and are not completed."""
    return [each for each in waiting(operational_url) if each.due_at < (at or datetime.now(UTC)) + ALARM]


def open_request(source: Connection, *, tenant: str, customer: UUID, has_landed: bool) -> Request:
    """The person's request; one is made for a person who has none.

    `has_landed`: the warehouse knows the person, whom retention may have taken from the source. Raises WarehouseError for an
    unknown tenant or person, and for a request that was rejected. One that the application made for nobody is rejected here.
    """
    found = {"slug": tenant, "customer": customer, "has_landed": has_landed}
    source.execute(OURS, found)
    with source.cursor(row_factory=class_row(Request)) as cursor:
        query = f"{OPEN} where tenant.slug = %(slug)s and request.customer_id = %(customer)s".encode()
        request = cursor.execute(query, found).fetchone()
    if request is None:
        raise subject_tables.unknown(source, tenant=tenant, customer=customer)
    if request.status == "rejected":
        raise WarehouseError(f"request {request.id} was rejected: see erasure_requests.error_message")
    ledger = Ledger(source, request)
    is_known = request.is_there or has_landed or request.status == "completed"
    if not (is_known or ledger.steps() or ledger.work("value")):
        line = f"tenant {tenant} has no customer {customer}"
        ledger.end("rejected", line)
        raise WarehouseError(line)
    return request


class Ledger:
    """What is behind us of one request, and what is left; each note is committed by itself, or with the caller's rows."""

    def __init__(self, source: Connection, request: Request) -> None:
        self._source = source
        self.request = request

    def begin(self) -> None:
        """Note that it runs."""
        self._source.execute(BEGIN, {"id": self.request.id, "is_there": self.request.is_there})

    def steps(self) -> list[str]:
        """What is behind us."""
        row = self._source.execute(
            "select steps_done from public.erasure_requests where id = %s", (self.request.id,)
        ).fetchone()
        return [str(step) for step in row[0]] if row and isinstance(row[0], list) else []

    def note(self, step: str) -> None:
        """Note that a step is behind us."""
        self._source.execute(
            "update public.erasure_requests set steps_done = array_append(array_remove(steps_done, %s), %s) where id = %s",
            (step, step, self.request.id),
        )

    def work(self, kind: str) -> list[str]:
        """What there is to look for (value), or to write anew (table)."""
        rows = self._source.execute(
            "select item from app.erasure_work where request_id = %s and kind = %s order by length(item) desc, item",
            (self.request.id, kind),
        ).fetchall()
        return [str(item) for (item,) in rows]

    def off_the_list(self) -> Callable[[str], None]:
        """What to call with each table that was written anew."""
        return lambda table: self._done("table", table)

    def end(self, status: str, why: str) -> None:
        """Note that it could not be completed, and why."""
        self._source.execute(
            "update public.erasure_requests set status = %s, completed_at = null, error_message = %s where id = %s",
            (status, why, self.request.id),
        )

    def forget_values(self, steps: list[str]) -> None:
        """The values themselves go, when all steps are behind us."""
        self._source.execute(FORGET_VALUES, (self.request.id, steps))

    def start_over(self) -> None:
        """Note that nothing is behind us: something was found at the end."""
        self._source.execute("update public.erasure_requests set steps_done = '{}' where id = %s", (self.request.id,))

    def prove(self, proof: dict[str, object]) -> None:
        """Note what was searched."""
        self._source.execute(
            "update public.erasure_requests set proof = %s where id = %s", (Jsonb(proof), self.request.id)
        )

    def files(self) -> Files:
        """Of the person's files in the storage, how many wait, and how many are gone."""
        row = self._source.execute(FILES, (self.request.id,)).fetchone()
        return Files(*(int(str(count)) for count in row)) if row else Files(0, 0)

    def complete(self, files: Files, steps: list[str]) -> dict[str, object]:
        """Note that it is done, or waits for the storage alone. Returns the proof.

        Raises WarehouseError where not all steps are behind us any more.
        """
        row = self._source.execute(COMPLETE, {"id": self.request.id, "steps": steps, **vars(files)}).fetchone()
        if row is None:
            raise WarehouseError("the customer was there again meanwhile, and is to be erased once more: run it again")
        return row[0] if row and isinstance(row[0], dict) else {}

    def _done(self, kind: str, item: str) -> None:
        self._source.execute(
            "delete from app.erasure_work where request_id = %s and kind = %s and item = %s",
            (self.request.id, kind, item),
        )
