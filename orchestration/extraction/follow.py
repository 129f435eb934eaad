"""Each table of `raw` to the state of one snapshot; a table that cannot follow halts by itself.

Belongs here: whether a table is read by the log or as a whole, and why it halts. Not here: how rows are read
(`snapshot.py`) or written (`landing.py`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from psycopg import errors

from orchestration.errors import WarehouseError
from orchestration.extraction import landing, raw_tables, touched
from orchestration.extraction.landing import EmptiedError, Landed, Pipe
from orchestration.extraction.rejecting import TooManyRejectedError
from orchestration.extraction.snapshot import Changes, Snapshot
from orchestration.extraction.source_table import SourceTable, source_tables
from orchestration.extraction.table import Table
from orchestration.extraction.tables import TABLES

# What is wrong with one table only; anything else is wrong with the extract.
OF_ONE_TABLE = (
    errors.UndefinedColumn,
    errors.UndefinedTable,
    errors.UndefinedFunction,
    errors.DatatypeMismatch,
    errors.CannotCoerce,
    errors.InsufficientPrivilege,
    errors.IntegrityError,
    errors.DataError,
    TooManyRejectedError,
    EmptiedError,
)


@dataclass(frozen=True)
class Known:
    """What ops.landed_tables says of a table."""

    rows: int
    snapshot: str | None
    definition: str | None
    source: SourceTable
    halted_because: str | None


@dataclass
class Follower:
    """Brings the tables of `raw` to a snapshot, in the transaction of `warehouse`."""

    snapshot: Snapshot
    warehouse: psycopg.Connection
    full: bool
    on_step: Callable[[str, str], None] = lambda step, name: None
    on_block: Callable[[], None] = lambda: None
    accepts_emptied: bool = False
    halted: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    log_rows: int = 0

    def follow_all(self) -> dict[str, Landed]:
        """Land every table that can follow. Raises WarehouseError where one was truncated and nobody said it was meant."""
        self.notices += [
            f"raw.{name} is read no more, and stays as it is" for name in raw_tables.forget_others(self.warehouse)
        ]
        known = _known(self.warehouse)
        there = {table.name: SourceTable() for table in TABLES} | source_tables(self.snapshot.connection)
        since = {table.name: self._since(table, known.get(table.name), there[table.name]) for table in TABLES}
        windows = {snapshot: self.snapshot.changes(snapshot) for snapshot in set(since.values())}
        self.log_rows = max(sum(each.rows for each in window.values()) for window in windows.values())
        changes = {name: windows[snapshot].get(name) for name, snapshot in since.items()}
        if not self.accepts_emptied:
            _refuse_truncation({name: each for name, each in changes.items() if each and name in known})
        done = {}
        for table in TABLES:
            before = known.get(table.name)
            done[table.name] = self._follow(
                table, before, since=since[table.name], changes=changes[table.name], found=there[table.name]
            )
            self.on_step("table", table.name)
        return done

    def _follow(
        self,
        table: Table,
        before: Known | None,
        *,
        since: str | None,
        changes: Changes | None,
        found: SourceTable,
    ) -> Landed:
        self._notice(table, before, found)
        try:
            if (
                before
                and since
                and not changes
                and not before.halted_because
                and before.source.columns == found.columns
            ):
                landed = Landed(0, 0, 0, before.rows)
            else:
                with self.warehouse.transaction(), self.snapshot.connection.transaction():
                    landed = self._land(table, since)
                if since is None:
                    touched.everything(self.warehouse)
        except OF_ONE_TABLE as error:
            self.halted[table.name] = why = f"raw.{table.name} has halted: {_first_line(error)}"
            raw_tables.note_halted(self.warehouse, table, why, is_whole=self.full)
            return Landed(0, 0, 0, before.rows if before else 0)
        raw_tables.note_followed(self.warehouse, table, self.snapshot, definition(table), found)
        return landed

    def _land(self, table: Table, since: str | None) -> Landed:
        pipe = Pipe(self.snapshot.connection, self.warehouse, self.snapshot.data_as_of, self.on_block)
        everything = self.snapshot.everything(table)
        landing.require_types(pipe, everything, table)
        if since:
            return landing.merge(pipe, self.snapshot.changed(table, since), self.snapshot.gone(table, since), table)
        if raw_tables.is_empty(self.warehouse, table):
            return landing.load_all(pipe, everything, table)
        # Why a row is missing only the log knows: what retention took since the last extract has to outlive it.
        gone = self.snapshot.gone(table, None)
        return landing.merge(pipe, everything, gone, table, is_whole=True, may_empty=self.accepts_emptied)

    def _since(self, table: Table, before: Known | None, found: SourceTable) -> str | None:
        """The snapshot since which the log tells what changed in a table; None where all of it has to be read."""
        if self.full or before is None or before.snapshot is None or before.definition != definition(table):
            return None
        return None if found.may_have_changed_unheard(before.source) else before.snapshot

    def _notice(self, table: Table, before: Known | None, found: SourceTable) -> None:
        if before is None or not before.source.columns or not found.columns:
            return
        if before.source.columns != found.columns:
            came = ", ".join(sorted(set(found.columns) - set(before.source.columns)))
            went = ", ".join(sorted(set(before.source.columns) - set(found.columns)))
            told = "; ".join(text for text in (came and f"new: {came}", went and f"gone: {went}") if text)
            self.notices.append(f"public.{table.name} has other columns than before: {told or 'another order'}")
        elif found.may_have_changed_unheard(before.source):
            self.notices.append(f"public.{table.name}, or what logs its changes, was altered: all of it was compared")


def _refuse_truncation(changes: dict[str, Changes]) -> None:
    if truncated := sorted(name for name, each in changes.items() if each.truncated):
        raise WarehouseError(
            f"truncated at the source: {', '.join(truncated)}; nothing was landed. "
            "If that was meant, run romashka refresh --full"
        )


def definition(table: Table) -> str:
    """A digest of what is read of a table."""
    return hashlib.sha256(repr(table).encode()).hexdigest()[:16]


def _known(warehouse: psycopg.Connection) -> dict[str, Known]:
    rows = warehouse.execute(
        "select table_name, rows, snapshot::text, definition, source_columns, source_lines, halted_because "
        "from ops.landed_tables"
    )
    return {
        name: Known(count, snapshot, digest, SourceTable(tuple(columns or ()), tuple(lines or ())), why)
        for name, count, snapshot, digest, columns, lines, why in rows
    }


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
