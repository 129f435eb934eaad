"""Rows of an export, as queries of the marts.

Belongs here: the rows in order, whole or by pieces of some days, and how many they are. Not here: which rows and columns
(`selection.py`, `columns.py`), and files (`writing.py`, `parquet.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

from reports.exports.blocks import Block, blocks
from reports.exports.columns import Column
from reports.exports.selection import Selection
from reports.query import Connection

# Enough to order a hundred thousand rows without PostgreSQL writing them to its disk first.
SORTED_IN_MEMORY = "128MB"


@dataclass(frozen=True)
class Piece:
    """Rows from one day to another, both included, of which no more than `most` are wanted; without days, all rows."""

    days: tuple[str, str] | None = None
    most: int | None = None


@dataclass(frozen=True)
class Source:
    """Rows of the marts, as a query."""

    marts: Connection
    selection: Selection
    columns: list[Column]
    zone: str

    def order_cheaply(self) -> None:
        """Let the rest of the transaction order rows by an index, or else in memory, without a file."""
        # At its price for a spinning disk, PostgreSQL would sort whole rows: a fifth of what an export costs it.
        self.marts.execute("set local random_page_cost = 1.1")
        self.marts.execute(sql.SQL("set local work_mem = {}").format(sql.Literal(SORTED_IN_MEMORY)))

    @property
    def whole(self) -> Piece:
        """All rows that the export may have."""
        return Piece(most=self.selection.most_rows)

    def query(self, piece: Piece | None = None, *, harmless: bool = False, finite: bool = True) -> sql.Composed:
        """The rows, or those of a piece, ordered."""
        chosen, piece = self.selection, piece or self.whole
        listed = sql.SQL(", ").join(
            column.selected(dates=chosen.dates, zone=self.zone, harmless=harmless, finite=finite)
            for column in self.columns
        )
        order = sql.SQL(", ").join(sql.Identifier("exported", name) for name in chosen.order)
        limit = sql.SQL("") if piece.most is None else sql.SQL(" limit {}").format(sql.Literal(piece.most))
        return sql.SQL("select {} from {} as exported where {} order by {}{}").format(
            listed, chosen.relation, self._of(piece), order, limit
        )

    def copied(self, query: sql.Composable, options: sql.Composable, *, size: int) -> Iterator[Block]:
        """The rows as PostgreSQL writes them, whole rows of about so many bytes together."""
        return blocks(self.marts, sql.SQL("copy ({}) to stdout ({})").format(query, options), size=size)

    def count(self) -> int:
        """All rows, also those beyond the limit."""
        statement = sql.SQL("select count(*) from {} as exported").format(self.selection.relation)
        row = self.marts.execute(statement).fetchone()
        return int(row[0]) if row else 0

    def wanted(self) -> int:
        """How many rows the export will have: all of them, or as many as it may."""
        most = self.selection.most_rows
        return self.count() if most is None else min(self.count(), most)

    def pieces(self, rows: int) -> list[Piece]:
        """All rows in their order, cut between days into pieces of about so many; a day is never cut."""
        if self.selection.day is None:
            return [self.whole]
        counted = self.marts.execute(
            sql.SQL("select {0}::text, count(*) from {1} as exported group by {0} order by {0}").format(
                sql.Identifier("exported", self.selection.day), self.selection.relation
            )
        ).fetchall()
        return _limited(_cut(counted, rows), self.selection.most_rows)

    def _of(self, piece: Piece) -> sql.Composable:
        if piece.days is None or self.selection.day is None:
            return sql.SQL("true")
        day = sql.Identifier("exported", self.selection.day)
        first, last = piece.days
        return sql.SQL("{} between {} and {}").format(day, sql.Literal(first), sql.Literal(last))


def _cut(counted: list[tuple[str, int]], rows: int) -> Iterator[tuple[Piece, int]]:
    """Pieces, and how many rows each has. The last ones are smaller: they are written when nobody reads any more."""
    first, held, left = "", 0, sum(count for _, count in counted)
    for day, count in counted:
        first, held = (first if held else day), held + count
        if held == left or held >= max(min(rows, left // 4), rows // 4):
            yield Piece((first, day)), held
            held, left = 0, left - held


def _limited(pieces: Iterator[tuple[Piece, int]], most: int | None) -> list[Piece]:
    """As many of them as hold the rows that are wanted, the last one cut."""
    kept, left = list[Piece](), most
    for piece, rows in pieces:
        if left is not None and rows >= left:
            return [*kept, Piece(piece.days, left)]
        kept.append(piece)
        left = None if left is None else left - rows
    return kept
