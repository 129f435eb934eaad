"""The right to be forgotten, step by step, each in the ledger: broken off anywhere, the next call goes on from there.

Belongs here: the order of the steps. Not here: the ledger (`erasure_ledger.py`), what goes at the source
(`operational_schema/functions/erasure.sql`), in the warehouse (`orchestration/extraction/tombstones.py`), in files
(`erasure_files.py`) and of the bytes (`erasure_bytes.py`), and the search for what is left (`erasure_proof.py`).

Conversations are deleted whole, and for the warehouse as retention deletes: their facts stay, so that no total moves; the
pseudonym that joined them to a person is replaced by a random one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from orchestration.databases import Databases, connect
from orchestration.errors import WarehouseError
from orchestration.extraction.archive import write as archiving
from orchestration.extraction.pseudonym_key import pseudonym_key
from orchestration.lifecycle import erasure_bytes, erasure_files, erasure_ledger, erasure_proof, subject_tables
from orchestration.lifecycle.erasure_ledger import Connection, Ledger, Request
from orchestration.refresh import refresh
from orchestration.settings import Settings

ERASURE_LOCK = 7_305_571_145
ATTEMPTS = 5
FILES = "public.file_deletions"
WORK = "app.erasure_work"
Step = Callable[[str], None]
# The source cannot join them to their customer any more: the warehouse can.
HELD = """
    select hold.id from public.legal_holds as hold
    where hold.tenant_id = %s and hold.conversation_id = any(%s)
        and hold.released_at is null and coalesce(hold.expires_at > now(), true)
    order by hold.created_at, hold.id limit 1
"""


@dataclass
class Erased:
    """What an erasure did: rows and files by place and what became of them, what was searched afterwards, and how many
    files the storage has yet to delete before it is complete."""

    request: Request
    was_done: bool = False
    files_waiting: int = 0
    rows: list[tuple[str, str, int]] = field(default_factory=list)
    proof: dict[str, object] = field(default_factory=dict)


def erase(
    databases: Databases, settings: Settings, *, tenant: str, customer: UUID, on_step: Step = lambda step: None
) -> Erased:
    """Forget a customer everywhere; a second call changes nothing.

    Raises WarehouseError for an unknown tenant or person, one under legal hold, and where the proof finds something.
    """
    with connect(databases.operational) as source:
        source.autocommit = True
        # Waits: the session of an erasure that was killed may hold it a moment longer.
        source.execute("select pg_advisory_lock(%s)", (ERASURE_LOCK,))
        key = pseudonym_key(given=settings.pseudonym_key, home=settings.home)
        has_landed = _has_landed(source, databases.warehouse, key, tenant=tenant, customer=customer)
        request = erasure_ledger.open_request(source, tenant=tenant, customer=customer, has_landed=has_landed)
        if request.status == "completed" and not request.is_there:
            return Erased(request, was_done=True)
        ledger = Ledger(source, request)
        ledger.begin()
        with _told(ledger):
            return _Erasure(databases, settings, source, ledger, on_step).run()


def erase_requested(
    databases: Databases, settings: Settings, *, on_step: Step = lambda step: None
) -> tuple[list[Erased], list[str]]:
    """Every request that waits, those due first. Returns what was done, and a line for each that could not be."""
    done, failed = [], []
    for request in erasure_ledger.waiting(databases.operational):
        try:
            done.append(erase(databases, settings, tenant=request.slug, customer=request.customer_id, on_step=on_step))
        except WarehouseError as error:
            failed.append(f"{request.slug}: {error}")
    return done, failed


def _has_landed(source: Connection, warehouse_url: str, key: str, *, tenant: str, customer: UUID) -> bool:
    """Whether the warehouse knows them: whoever was forgotten by retention is still to be found there."""
    found = source.execute("select id from public.tenants where slug = %s", (tenant,)).fetchone()
    if found is None:
        return False
    tenant_id = UUID(str(found[0]))
    with connect(warehouse_url) as warehouse:
        pseudonym = subject_tables.pseudonym(source, key, tenant_id, customer)
        return subject_tables.landed_since(warehouse, tenant_id, pseudonym) is not None


@contextmanager
def _told(ledger: Ledger) -> Iterator[None]:
    """What breaks it is one line, there and in the ledger."""
    try:
        yield
    except (WarehouseError, psycopg.Error) as error:
        line = str(error).splitlines()[0]
        try:
            ledger.end("held" if isinstance(error, psycopg.errors.RestrictViolation) else "failed", line)
        except psycopg.OperationalError:
            # Nothing can be noted any more: whichever connection broke first, the server has gone.
            raise WarehouseError(f"{line}; run it again: it goes on from there") from error
        raise WarehouseError(f"{line}; the request stays open, due {ledger.request.due_at:%Y-%m-%d}") from error


class _Erasure:
    """One person's erasure."""

    def __init__(
        self, databases: Databases, settings: Settings, source: Connection, ledger: Ledger, on_step: Step
    ) -> None:
        self._databases = databases
        self._settings = settings
        self._source = source
        self._ledger = ledger
        self._on_step = on_step
        self._key = pseudonym_key(given=settings.pseudonym_key, home=settings.home)
        self._done = Erased(ledger.request)

    def run(self) -> Erased:
        """What is not behind us, in order."""
        steps = {
            "source": self._at_source,
            "warehouse": self._in_warehouse,
            "files": self._in_files,
            "archive": self._in_archive,
            "bytes": self._bytes,
            "proof": self._prove,
        }
        for name, step in steps.items():
            if name not in self._ledger.steps():
                step()
                self._ledger.note(name)
            self._on_step(name)
        # Last of all: without the values there would be nothing to search for.
        self._ledger.forget_values(list(steps))
        self._on_step("values")
        files = self._ledger.files()
        # What the paths were is in the old versions of their rows.
        had_paths = files.deleted or self._ledger.request.status == erasure_ledger.AWAITING
        erasure_bytes.rewrite(self._databases.operational, [WORK, *([FILES] if had_paths else [])])
        for url in (self._databases.operational, self._databases.warehouse):
            erasure_bytes.end_log(url)
        self._on_step("log")
        self._done.proof = self._ledger.complete(files, list(steps))
        self._done.files_waiting = files.waiting
        return self._done

    def _at_source(self) -> None:
        """Refresh until all that the person has is in the warehouse, and delete it in the same breath."""
        self._refuse_held()
        for attempt in range(ATTEMPTS):
            self._refresh()
            try:
                with self._source.transaction():
                    self._source.execute("select set_config('etl.pseudonym_key', %s, true)", (self._key,))
                    gone = self._source.execute(
                        "select table_name, what, row_count from app.erase_customer(%s)", (self._ledger.request.id,)
                    ).fetchall()
                    self._ledger.note("source")
            except psycopg.errors.ObjectNotInPrerequisiteState:
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                self._done.rows += [(str(table), str(what), int(str(rows))) for table, what, rows in gone]
                return

    def _refuse_held(self) -> None:
        """A hold on a conversation whose rows the source has lost holds its facts, and whose they are."""
        with connect(self._databases.warehouse) as warehouse:
            keys = subject_tables.conversations_by(warehouse, self._ledger.request.tenant_id, self._pseudonym())
        held = self._source.execute(HELD, (self._ledger.request.tenant_id, keys)).fetchone()
        if held:
            raise psycopg.errors.RestrictViolation(f"a conversation of the customer is under legal hold {held[0]}")

    def _in_warehouse(self) -> None:
        """The refresh finds the tombstone to set."""
        self._refresh()

    def _in_files(self) -> None:
        self._done.rows += erasure_files.forget(
            self._source,
            self._settings,
            self._ledger.request,
            values=[*self._ledger.work("value"), str(self._pseudonym())],
            rendered_too="public.scheduled_reports" in self._ledger.work("table"),
        )

    def _in_archive(self) -> None:
        """The months of the renamed rows are touched, and written anew; those that had the person go."""
        folder = self._settings.archive
        # Also of a first one that was broken off there are files.
        if folder.is_dir():
            written = archiving.write(self._databases.warehouse, folder)
            self._done.rows.append(("archive", "files written anew", written.files))

    def _bytes(self) -> None:
        """Rewrite what held the person: a deleted row stays in its file, and its values in the planner's statistics."""
        request, values = self._ledger.request, self._ledger.work("value")
        source = self._databases.operational
        erasure_bytes.rewrite(
            source,
            dict.fromkeys([*self._ledger.work("table"), *erasure_bytes.operational(source)]),
            analyzed=erasure_proof.statistics_at_source(self._databases, request, values, self._pseudonym()),
            on_table=self._ledger.off_the_list(),
        )
        warehouse = self._databases.warehouse
        erasure_bytes.rewrite(
            warehouse, erasure_bytes.bearing_customers(warehouse), analyzed=erasure_bytes.worded(warehouse)
        )

    def _prove(self) -> None:
        proof = erasure_proof.search(
            self._databases, self._settings, self._ledger.request, self._ledger.work("value"), self._pseudonym()
        )
        self._ledger.prove(proof.told())
        if proof.places:
            self._ledger.start_over()
            raise WarehouseError(f"the person is still to be found in {', '.join(proof.places)}: run it again")

    def _refresh(self) -> None:
        refresh(self._databases, pseudonym_key=self._key)

    def _pseudonym(self) -> UUID:
        request = self._ledger.request
        return subject_tables.pseudonym(self._source, self._key, request.tenant_id, request.customer_id)
