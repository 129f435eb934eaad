"""Refreshes as changes come, by one warm process, until it is asked to end.

Belongs here: when to refresh again, and what to do about a round that fails. Not here: the refresh (`refresh.py`), and what
is printed (`commands/`).
"""

import logging
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime

import psycopg

from orchestration.databases import Databases, connect
from orchestration.errors import WarehouseError
from orchestration.refresh import Refresh, Refresher

LOOK_EVERY_SECONDS = 0.5
# Without changes: how often the marts say anew up to when they are right.
SAY_EVERY_SECONDS = 30.0
# After a round that failed; the next change may mend it, and asking at once would not.
REST_SECONDS = 5.0
# What a halted table has yet to read stays in the log, and is no change: asking for the log alone would never rest.
CHANGES = """
    select exists (
        select from etl.change
        where not exists (
            select from etl.acknowledged as landed where pg_visible_in_snapshot(change.xid, landed.snapshot)
        )
    )
"""
LOOK = f"select ({CHANGES}), clock_timestamp()"
NEXT_DUE = "select min(next_due_at) from facts.conversation_analytics where isfinite(next_due_at)"


def is_changed(databases: Databases) -> bool:
    """Whether something was committed at the source that has not landed."""
    with connect(databases.operational) as source:
        return source.execute(CHANGES).fetchone() == (True,)


def said_at(databases: Databases) -> datetime:
    """Up to when the marts are said to be right; long ago, before the first refresh."""
    with connect(databases.warehouse) as warehouse:
        row = warehouse.execute("select data_as_of from marts.publication").fetchone()
    return row[0] if row else datetime.min.replace(tzinfo=UTC)


class Follower:
    """Rounds of one process. `stop` ends them after the one that runs."""

    def __init__(
        self,
        databases: Databases,
        *,
        pseudonym_key: str,
        on_round: Callable[[Refresh], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._refresher = Refresher(databases, pseudonym_key=pseudonym_key)
        self._source: psycopg.Connection | None = None
        self._warehouse: psycopg.Connection | None = None
        self._on_round, self._on_trouble = on_round, on_trouble
        self._is_stopping = False
        self.rounds = 0

    def stop(self) -> None:
        """End after the present round."""
        self._is_stopping = True

    def follow(self) -> None:
        """Refresh now, and whenever something has changed or falls due, until `stop`."""
        # A lost connection is told by ourselves, once; psycopg would tell it again, of each that it cannot roll back.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
        with closing(self._refresher):
            trouble = ""
            while not self._is_stopping:
                try:
                    self._on_round(self._refresher.refresh())
                    self.rounds += 1
                    trouble = ""
                    self._wait_for_changes(until=time.monotonic() + SAY_EVERY_SECONDS)
                except (WarehouseError, psycopg.Error) as error:
                    # A server that starts again says one thing after another: each is told once.
                    said = str(error).strip().splitlines()[0]
                    if said != trouble:
                        self._on_trouble(said)
                    trouble = said
                    self._forget_connections()
                    self._sleep(REST_SECONDS)
        self._forget_connections()

    def _wait_for_changes(self, *, until: float) -> None:
        due = self._next_due()
        while not self._is_stopping and time.monotonic() < until:
            has_changes, now = self._look()
            if has_changes or (due is not None and due <= now):
                return
            time.sleep(LOOK_EVERY_SECONDS)

    def _look(self) -> tuple[bool, datetime]:
        """Whether something waits to be read, and what time it is by the clock that the data goes by."""
        if self._source is None:
            self._source = connect(self._refresher.databases.operational)
            self._source.autocommit = True
        row = self._source.execute(LOOK).fetchone()
        return row if row else (False, datetime.min.replace(tzinfo=UTC))

    def _next_due(self) -> datetime | None:
        if self._warehouse is None:
            self._warehouse = connect(self._refresher.databases.warehouse)
            self._warehouse.autocommit = True
        row = self._warehouse.execute(NEXT_DUE).fetchone()
        return row[0] if row else None

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_stopping and time.monotonic() < until:
            time.sleep(LOOK_EVERY_SECONDS)

    def _forget_connections(self) -> None:
        """A lost connection says so only when it is used: begin anew with all of them."""
        self._refresher.close()
        for connection in (self._source, self._warehouse):
            if connection is not None:
                with suppress(psycopg.Error):
                    connection.close()
        self._source = self._warehouse = None
