"""The right to be forgotten, step by step, each in the ledger: broken off anywhere, the next call goes on from there.

Belongs here: the order of the steps, and the row of erasure_requests. Not here: what goes at the source
(`operational_schema/functions/erasure.sql`), in the warehouse (`erasure_warehouse.py`), in files (`erasure_files.py`), and
the search for what is left (`proof.py`).

Conversations are deleted whole, and for the warehouse as retention deletes: their facts stay, so that no total moves; the
pseudonym that joined them to a person is replaced by a random one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from orchestration.databases import Databases, connect
from orchestration.errors import WarehouseError
from orchestration.lifecycle import erasure_files, erasure_warehouse, proof
from orchestration.refresh import refresh

ERASURE_LOCK = 7_305_571_145
ATTEMPTS = 5
Connection = psycopg.Connection[tuple[object, ...]]
Step = Callable[[str], None]


@dataclass
class Erased:
    """What an erasure did: rows by table and what became of them, files masked, and the proof."""

    request: UUID
    due_at: datetime
    was_done: bool = False
    rows: list[tuple[str, str, int]] = field(default_factory=list)
    proof: dict[str, dict[str, int]] = field(default_factory=dict)


def erase(
    databases: Databases,
    *,
    tenant: str,
    customer: UUID,
    home: Path,
    pseudonym_key: str,
    on_step: Step = lambda step: None,
) -> Erased:
    """Forget a customer everywhere; a second call changes nothing.

    Raises WarehouseError for an unknown tenant or person, one under legal hold, and where the proof finds something.
    """
    with connect(databases.operational) as source:
        source.autocommit = True
        # Waits: the session of an erasure that was killed may hold it a moment longer.
        source.execute("select pg_advisory_lock(%s)", (ERASURE_LOCK,))
        return _Erasure(databases, source, tenant, customer, home, pseudonym_key, on_step).run()


class _Erasure:
    """One person's erasure."""

    def __init__(
        self,
        databases: Databases,
        source: Connection,
        slug: str,
        customer: UUID,
        home: Path,
        pseudonym_key: str,
        on_step: Step,
    ) -> None:
        self._databases = databases
        self._source = source
        self._tenant = _tenant_id(source, slug)
        self._customer = customer
        self._home = home
        self._key = pseudonym_key
        self._on_step = on_step
        self._ids = {"tenant": self._tenant, "customer": customer}
        self._known = _is_there(source, self._ids)
        self._done = _open(source, self._ids, slug, known=self._known)

    def run(self) -> Erased:
        """What is not behind us, in order."""
        done = self._done
        if done.was_done and not self._known:
            return done
        try:
            for name, step in (
                ("files", self._files),
                ("source", self._at_source),
                ("warehouse", self._in_warehouse),
                ("bytes", self._bytes),
            ):
                # A person who is back came from a backup: nothing that was done before counts.
                if self._known or name not in self._steps():
                    step()
                    self._on_step(name)
            self._prove()
        except (WarehouseError, psycopg.Error) as error:
            held = isinstance(error, psycopg.errors.RestrictViolation)
            line = str(error).splitlines()[0]
            self._source.execute(
                "update public.erasure_requests set status = %s, completed_at = null, error_message = %s where id = %s",
                ("held" if held else "failed", line, done.request),
            )
            raise WarehouseError(f"{line}; the request stays open, due {done.due_at:%Y-%m-%d}") from error
        self._on_step("completed")
        return done

    def _files(self) -> None:
        row = self._source.execute("select app.subject_values(%(tenant)s, %(customer)s)", self._ids).fetchone()
        values = row[0] if row else []
        masked = erasure_files.mask(self._home, values if isinstance(values, list) else [])
        if masked:
            self._done.rows.append(("files", "masked", masked))
        self._note("files")

    def _at_source(self) -> None:
        """Refresh until all that the person has is in the warehouse, and delete it in the same breath."""
        for attempt in range(ATTEMPTS):
            if self._known:
                refresh(self._databases, pseudonym_key=self._key)
            try:
                with self._source.transaction():
                    gone = self._source.execute(
                        "select table_name, what, row_count from app.erase_customer(%(tenant)s, %(customer)s)",
                        self._ids,
                    ).fetchall()
                    self._note("source")
            except psycopg.errors.ObjectNotInPrerequisiteState:
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            self._done.rows += [(str(table), str(what), int(str(rows))) for table, what, rows in gone]
            self._known = False
            return

    def _in_warehouse(self) -> None:
        refresh(self._databases, pseudonym_key=self._key)
        erasure_warehouse.rename(self._databases.warehouse, self._done.request, self._tenant, self._pseudonym())
        refresh(self._databases, pseudonym_key=self._key)
        self._note("warehouse")

    def _bytes(self) -> None:
        """Rewrite what held the person: a deleted row stays in its file, and its values in the planner's statistics."""
        erasure_warehouse.rewrite(self._databases.operational, ("public", "app", "etl"))
        erasure_warehouse.rewrite(self._databases.warehouse, erasure_warehouse.SCHEMAS)
        self._note("bytes")

    def _prove(self) -> None:
        pseudonym = self._pseudonym()
        searched = {
            "operational": proof.search(self._databases.operational, self._customer, ledger="erasure_requests"),
            "warehouse": proof.search(self._databases.warehouse, pseudonym, ledger="tombstones"),
        }
        self._done.proof = {name: found.told() for name, found in searched.items()}
        left = [place for found in searched.values() for place in found.places]
        if left:
            raise WarehouseError(f"the person's key is still in {', '.join(left)}")
        self._source.execute(
            "update public.erasure_requests set status = 'completed', completed_at = now(), error_message = null, "
            "proof = %s where id = %s",
            (Jsonb(self._done.proof), self._done.request),
        )

    def _pseudonym(self) -> UUID:
        with self._source.transaction():
            self._source.execute("select set_config('etl.pseudonym_key', %s, true)", (self._key,))
            row = self._source.execute("select etl.pseudonym(%(tenant)s, %(customer)s)", self._ids).fetchone()
        return UUID(str(row[0] if row else None))

    def _steps(self) -> list[str]:
        row = self._source.execute(
            "select steps_done from public.erasure_requests where id = %s", (self._done.request,)
        ).fetchone()
        return list(row[0]) if row and isinstance(row[0], list) else []

    def _note(self, step: str) -> None:
        self._source.execute(
            "update public.erasure_requests set steps_done = array_append(array_remove(steps_done, %s), %s) where id = %s",
            (step, step, self._done.request),
        )


def _tenant_id(source: Connection, slug: str) -> object:
    row = source.execute("select id from public.tenants where slug = %s", (slug,)).fetchone()
    if row is None:
        raise WarehouseError(f"there is no tenant {slug}")
    return row[0]


def _is_there(source: Connection, ids: dict[str, object]) -> bool:
    return bool(
        source.execute(
            "select from public.customer_profiles where tenant_id = %(tenant)s and id = %(customer)s", ids
        ).rowcount
    )


def _open(source: Connection, ids: dict[str, object], slug: str, *, known: bool) -> Erased:
    """The person's row of the ledger, running, unless it is completed and nobody is back."""
    if known:
        source.execute(
            "insert into public.erasure_requests (tenant_id, customer_id) values (%(tenant)s, %(customer)s) "
            "on conflict (tenant_id, customer_id) do nothing",
            ids,
        )
    row = source.execute(
        "select id, due_at, status from public.erasure_requests "
        "where tenant_id = %(tenant)s and customer_id = %(customer)s",
        ids,
    ).fetchone()
    if row is None:
        raise WarehouseError(f"tenant {slug} has no customer {ids['customer']}")
    request, due_at, status = row
    if not isinstance(request, UUID) or not isinstance(due_at, datetime):
        raise TypeError(f"erasure_requests has {row!r}")
    if status == "rejected":
        raise WarehouseError(f"request {request} was rejected: see erasure_requests.error_message")
    if status != "completed" or known:
        source.execute(
            "update public.erasure_requests set status = 'running', completed_at = null, error_message = null, "
            "started_at = coalesce(started_at, now()) where id = %s",
            (request,),
        )
    return Erased(request=request, due_at=due_at, was_done=status == "completed")
