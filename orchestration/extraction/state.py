"""How far extraction has come: the last landed snapshot, and of which source.

Belongs here: the one row of ops.extract_state, whether the log leads from it to a snapshot, and whether that is of our
platform at all. Not here: the snapshot itself (`snapshot.py`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import psycopg

from orchestration.errors import WarehouseError
from orchestration.extraction.snapshot import Snapshot

# What stands for the source in a warehouse that was restored from its archive.
RESTORED = "restored from the archive"
OTHER_SOURCE = (
    "the source is another server",
    "the source was restored or has failed over",
    "the source is another database",
    "somebody has pruned the change log of the source",
)
# But for those that retention left here: nobody expects to find them at the source.
OUR_TENANTS = """
    select array_agg(landed.id) from raw.tenants as landed
    where not exists (
        select from ops.deleted_rows as noted
        where noted.table_name = 'tenants' and noted.id = landed.id and noted.reason = 'retention'
    )
"""


@dataclass(frozen=True)
class State:
    """The last landed snapshot, its source, a digest of the pseudonyms' key, and what the source was heard to acknowledge."""

    source: str
    key_fingerprint: str
    snapshot: str
    acknowledged: str | None

    def why_not_continue(self, snapshot: Snapshot, key_fingerprint: str) -> str | None:
        """Why the changes since this state would not lead to that snapshot; None when they do."""
        if self.source != snapshot.source:
            return _what_differs(self.source, snapshot.source)
        if _next_xid(snapshot.id) < _next_xid(self.snapshot):
            return "the source is older than what has landed"
        if snapshot.foreign:
            return "the change log came with a dump of another server"
        # A copy of the source's files has its identity; what this warehouse acknowledged since it has not.
        if snapshot.acknowledged not in (self.snapshot, self.acknowledged):
            return "the source was restored from a copy of its files, or another warehouse reads it too"
        if self.key_fingerprint != key_fingerprint:
            return "the key of the pseudonyms has changed"
        return None


def _what_differs(known: str, found: str) -> str:
    if known == RESTORED:
        return "the warehouse was restored from its archive"
    for before, now, what in zip(known.split("/"), found.split("/"), OTHER_SOURCE, strict=False):
        if before != now:
            return what
    return "the source is not known by its present identity"


def _next_xid(snapshot: str) -> int:
    """The first transaction that a pg_snapshot, `xmin:xmax:list`, knows nothing of."""
    return int(snapshot.split(":")[1])


def refuse_other_tenants(warehouse: psycopg.Connection, snapshot: Snapshot, *, why: str) -> None:
    """Raise WarehouseError where the source has none of the tenants that have landed: every row would be taken for deleted.

    A source that was restored or has failed over has them; a fresh database, or that of another platform, has not.
    """
    ours = warehouse.execute(OUR_TENANTS).fetchone()
    if ours is None or not ours[0]:
        return
    known = snapshot.connection.execute("select exists (select from public.tenants where id = any(%s))", ours)
    if known.fetchone() != (True,):
        raise WarehouseError(
            f"{why}, and it has none of the tenants that have landed: nothing was landed. Set ROMASHKA_OPERATIONAL_URL to "
            "the database that has; if all that has landed is to go, run romashka refresh --replace"
        )


def fingerprint(pseudonym_key: str) -> str:
    """A digest that tells two keys apart and gives neither away."""
    return hashlib.sha256(b"romashka pseudonym key\n" + pseudonym_key.encode()).hexdigest()[:16]


def read(warehouse: psycopg.Connection) -> State | None:
    """The state; None before the first extract."""
    row = warehouse.execute(
        "select source, key_fingerprint, snapshot::text, acknowledged from ops.extract_state"
    ).fetchone()
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
        insert into ops.extract_state (source, key_fingerprint, snapshot, acknowledged, data_as_of)
        values (%s, %s, %s::pg_snapshot, %s, %s)
        on conflict (only_row) do update set
            source = excluded.source,
            key_fingerprint = excluded.key_fingerprint,
            snapshot = excluded.snapshot,
            acknowledged = excluded.acknowledged,
            data_as_of = excluded.data_as_of,
            landed_at = clock_timestamp()
        """,
        (snapshot.source, key_fingerprint, snapshot.id, snapshot.acknowledged, snapshot.data_as_of),
    )
