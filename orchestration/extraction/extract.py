"""One extract: what changed at the source since the last one, landed in `raw` in one transaction.

Belongs here: the order of things, and when an extract has to be a full one. Not here: the statements (`snapshot.py`,
`landing.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg

from orchestration.errors import WarehouseError
from orchestration.extraction import business_time, landing, state, touched
from orchestration.extraction.landing import Landed
from orchestration.extraction.snapshot import Snapshot, open_snapshot, prune
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES


@dataclass(frozen=True)
class Extract:
    """What an extract landed: rows by table, the instant that raw now equals, and why it was a full one, if it was."""

    tables: dict[str, Landed]
    data_as_of: datetime
    full_because: str | None


def extract(
    operational_url: str,
    warehouse_url: str,
    *,
    pseudonym_key: str,
    full: bool = False,
    on_table: Callable[[str, Landed], None] = lambda name, landed: None,
) -> Extract:
    """Land everything that was committed at the source since the last extract; all of it where that cannot be told.

    Rows and state commit together; interrupted, nothing has landed and the next extract does it again. Raises
    WarehouseError if a table was truncated at the source and `full` does not say that this was meant.
    """
    with (
        open_snapshot(operational_url, pseudonym_key=pseudonym_key) as snapshot,
        psycopg.connect(warehouse_url) as warehouse,
    ):
        known = state.read(warehouse)
        fingerprint = state.fingerprint(pseudonym_key)
        full_because = _why_full(known, snapshot, fingerprint, asked=full)
        since = None if known is None or full_because else known.snapshot
        if since:
            _refuse_truncation(snapshot, since)
        else:
            touched.everything(warehouse)
        tables = {}
        for table in TABLES:
            tables[table.name] = _land(snapshot, warehouse, table, since=since)
            on_table(table.name, tables[table.name])
        business_time.bring_up_to_date(warehouse, data_as_of=snapshot.data_as_of)
        state.write(warehouse, snapshot, fingerprint)
    # Only after the warehouse has committed: a log pruned first would be lost with the landing.
    prune(operational_url, seen=snapshot.id)
    return Extract(tables, snapshot.data_as_of, full_because)


def _land(snapshot: Snapshot, warehouse: psycopg.Connection, table: Table, *, since: str | None) -> Landed:
    source = snapshot.connection
    if since is not None:
        return landing.merge(source, snapshot.changed(table, since), snapshot.gone(table, since), warehouse, table)
    if landing.is_empty(warehouse, table):
        return landing.load_all(source, snapshot.everything(table), warehouse, table)
    return landing.merge(source, snapshot.everything(table), None, warehouse, table)


def _why_full(known: state.State | None, snapshot: Snapshot, fingerprint: str, *, asked: bool) -> str | None:
    if known is None:
        return "first extract"
    if asked:
        return "asked for"
    return known.why_not_continue(snapshot, fingerprint)


def _refuse_truncation(snapshot: Snapshot, since: str) -> None:
    if truncated := snapshot.truncated(since):
        raise WarehouseError(
            f"truncated at the source: {', '.join(truncated)}; nothing was landed. "
            "If that was meant, run romashka refresh --full"
        )
