"""X27: whatever several writers do at once, raw equals the source's own snapshot, and what outlives it, at every cut.

Belongs here: random histories; the seed is in the test's name. Not here: histories with a name of their own.
"""

import random
import threading
import time
import uuid
from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors

from orchestration.databases import Databases
from orchestration.extraction import state
from orchestration.extraction.extract import Extract
from orchestration.extraction.snapshot import Snapshot
from orchestration.extraction.tables import TABLES
from tests.orchestration.extraction.conftest import Rows, rows_of_raw, rows_of_source

pytestmark = pytest.mark.usefixtures("every_server")

WRITERS = 4
CUTS = 25
EXPECTED = (errors.SerializationFailure, errors.DeadlockDetected, errors.IntegrityError, errors.LockNotAvailable)


def outlives(conversation: uuid.UUID) -> bool:
    """Whether retention takes this one, so that its facts stay, or it is deleted for no reason."""
    return conversation.int % 2 == 1


def kept_of(landed: Rows, there: Rows) -> Rows:
    """Landed rows of what retention takes, and which the source has no more."""
    kept = {}
    for table in TABLES:
        names = [column.name for column in table.columns]
        if table.name == "conversations" or "conversation_id" in names:
            of = names.index("id" if table.name == "conversations" else "conversation_id")
            ids = {row[names.index("id")] for row in there[table.name]}
            kept[table.name] = {
                row for row in landed[table.name] if outlives(row[of]) and row[names.index("id")] not in ids
            }
    return kept


class Writer(threading.Thread):
    """Commits, rolls back, and leaves open random transactions until it is told to stop."""

    def __init__(self, url: str, tenant: uuid.UUID, seed: str) -> None:
        super().__init__(daemon=True)
        self.random, self.url, self.tenant = random.Random(seed), url, tenant
        self.over, self.committed = threading.Event(), 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self.url, options="-clock_timeout=200") as source:
                while not self.over.is_set():
                    self._transaction(source)
        except BaseException as error:
            self.failure = error

    def _transaction(self, source: psycopg.Connection) -> None:
        try:
            for _ in range(self.random.randint(1, 5)):
                if self.random.random() < 0.3:
                    with source.transaction(force_rollback=self.random.random() < 0.5):
                        self._write(source)
                else:
                    self._write(source)
                # Now and then over several cuts.
                self.over.wait(self.random.choice((0, 0, 0, 0, 0, 0.01, 0.01, 0.3)))
        except EXPECTED:
            source.rollback()
        if self.random.random() < 0.25:
            source.rollback()
        else:
            source.commit()
            self.committed += 1

    def _write(self, source: psycopg.Connection) -> None:
        self.random.choice((self._insert, self._insert, self._update, self._update, self._remove, self._again))(source)

    def _insert(self, source: psycopg.Connection, key: uuid.UUID | None = None) -> None:
        key = key or uuid.UUID(int=self.random.getrandbits(128))
        source.execute("insert into public.conversations (id, tenant_id) values (%s, %s)", (key, self.tenant))
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "select %s, %s, 'customer', repeat('word ', place) from generate_series(1, %s) as place",
            (self.tenant, key, self.random.randint(0, 5)),
        )

    def _update(self, source: psycopg.Connection) -> None:
        source.execute(
            "update public.conversations set status = %s, priority = %s where id = any(%s)",
            (
                self.random.choice(("active", "resolved", "pending")),
                self.random.choice(("low", "high")),
                self._some(source),
            ),
        )

    def _remove(self, source: psycopg.Connection) -> None:
        for key in self._some(source)[:1]:
            self._take(source, key)

    def _again(self, source: psycopg.Connection) -> None:
        for key in self._some(source)[:1]:
            self._take(source, key)
            self._insert(source, key)

    def _take(self, source: psycopg.Connection, key: uuid.UUID) -> None:
        reason = "retention" if outlives(key) else ""
        source.execute("select set_config('etl.reason', %s, true)", (reason,))
        source.execute("delete from public.conversations where id = %s", (key,))
        source.execute("select set_config('etl.reason', '', true)")

    def _some(self, source: psycopg.Connection) -> list[uuid.UUID]:
        keys = [key for (key,) in source.execute("select id from public.conversations order by id")]
        return self.random.sample(keys, min(len(keys), self.random.randint(1, 3)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_raw_equals_the_source_and_what_outlives_it_at_every_cut(
    databases: Databases,
    tenant: uuid.UUID,
    run_extract: Callable[..., Extract],
    monkeypatch: pytest.MonkeyPatch,
    *,
    seed: int,
) -> None:
    expected: list[Rows] = []
    writing = state.write

    def note(warehouse: psycopg.Connection, snapshot: Snapshot, fingerprint: str) -> None:
        there = rows_of_source(snapshot.connection)
        kept = kept_of(rows_of_raw(databases.warehouse), there)
        expected.append({name: rows | kept.get(name, set()) for name, rows in there.items()})
        writing(warehouse, snapshot, fingerprint)

    monkeypatch.setattr(state, "write", note)
    chance = random.Random(seed)
    writers = [Writer(databases.operational, tenant, f"{seed}/{number}") for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        for cut in range(CUTS):
            time.sleep(0.05)
            died = chance.random() < 0.3
            done = _extract_or_die(run_extract, chance if died else None, full=chance.random() < 0.2)
            if done is not None:
                assert rows_of_raw(databases.warehouse) == expected[-1], f"seed {seed}, cut {cut}"
    finally:
        for writer in writers:
            writer.over.set()
        for writer in writers:
            writer.join(timeout=30)
    assert [writer.failure for writer in writers] == [None] * WRITERS
    assert sum(writer.committed for writer in writers) > 2 * WRITERS
    assert run_extract().full_because is None
    assert rows_of_raw(databases.warehouse) == expected[-1]
    nothing: Rows = {name: set() for name in expected[-1]}
    assert any(kept_of(expected[-1], nothing).values())


class DiedError(Exception):
    """The extractor died (of kill −9 see test_interruptions.py)."""


def _extract_or_die(run_extract: Callable[..., Extract], chance: random.Random | None, *, full: bool) -> Extract | None:
    fatal = chance.choice(("table tenants", "table messages", "landed ", "committed ")) if chance else None

    def on_step(step: str, name: str) -> None:
        if f"{step} {name}" == fatal:
            raise DiedError

    try:
        return run_extract(on_step=on_step, full=full)
    except DiedError:
        return None
