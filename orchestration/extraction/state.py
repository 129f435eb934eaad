"""How far extraction has come: the last landed snapshot, and of which source.

Belongs here: the one row of ops.extract_state. Not here: the snapshot itself (`snapshot.py`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import psycopg

from orchestration.errors import WarehouseError
from orchestration.extraction.snapshot import Snapshot


@dataclass(frozen=True)
class State:
    """The last landed snapshot, its source, and a digest of the pseudonyms' key."""

    source: str
    key_fingerprint: str
    snapshot: str

    def why_not_continue(self, snapshot: Snapshot, key_fingerprint: str) -> str | None:
        """Why the changes since this state would not lead to that snapshot; None when they do."""
        if self.source != snapshot.source:
            return "the source is another database, or was restored"
        if self.key_fingerprint != key_fingerprint:
            return "the key of the pseudonyms has changed"
        return None


def fingerprint(pseudonym_key: str) -> str:
    """A digest that tells two keys apart and gives neither away."""
    return hashlib.sha256(b"romashka pseudonym key\n" + pseudonym_key.encode()).hexdigest()[:16]


def read(warehouse: psycopg.Connection) -> State | None:
    """The state; None before the first extract."""
    row = warehouse.execute("select source, key_fingerprint, snapshot::text from ops.extract_state").fetchone()
    return State(*row) if row else None


def read_data_as_of(warehouse_url: str) -> datetime:
    """The instant that raw equals. Raises WarehouseError before the first extract."""
    with psycopg.connect(warehouse_url) as warehouse:
        row = warehouse.execute("select data_as_of from raw.extract").fetchone()
    if row is None:
        raise WarehouseError("nothing has been extracted yet: run romashka refresh")
    as_of: datetime = row[0]
    return as_of


def write(warehouse: psycopg.Connection, snapshot: Snapshot, key_fingerprint: str) -> None:
    """Note a snapshot as landed, in the transaction that lands it."""
    warehouse.execute(
        """
        insert into ops.extract_state (source, key_fingerprint, snapshot, data_as_of)
        values (%s, %s, %s::pg_snapshot, %s)
        on conflict (only_row) do update set
            source = excluded.source,
            key_fingerprint = excluded.key_fingerprint,
            snapshot = excluded.snapshot,
            data_as_of = excluded.data_as_of,
            landed_at = clock_timestamp()
        """,
        (snapshot.source, key_fingerprint, snapshot.id, snapshot.data_as_of),
    )
