"""What an edge is: what a check takes just there, and what it refuses just beyond, as the set of an update.

Belongs here: edges of numbers, texts, lists, instants. Not here: which check has which (`edges.py`).
"""

from typing import NamedTuple


class Edge(NamedTuple):
    """What is taken, and what is refused."""

    taken: tuple[str, ...]
    refused: tuple[str, ...]


def between(column: str, lowest: float, highest: float, step: str = "1") -> Edge:
    """A number from the lowest to the highest, of which the smallest part is a step."""
    return Edge(
        (f"{column} = {lowest}", f"{column} = {highest}"),
        (f"{column} = {lowest} - {step}", f"{column} = {highest} + {step}"),
    )


def share(column: str) -> Edge:
    """From none to all."""
    return between(column, 0, 1, "0.000001")


def rating(column: str) -> Edge:
    """From one star to five."""
    return between(column, 1, 5, "0.000001")


def from_on(lowest: int, *columns: str) -> Edge:
    """Each of these numbers, from the lowest."""
    return Edge(
        (", ".join(f"{column} = {lowest}" for column in columns),),
        tuple(f"{column} = {lowest - 1}" for column in columns),
    )


def long(column: str, highest: int) -> Edge:
    """A text of one letter to so many."""
    written = "{} = repeat('x', {})"
    return Edge(
        (written.format(column, 1), written.format(column, highest)),
        (written.format(column, 0), written.format(column, highest + 1)),
    )


def whole(column: str) -> Edge:
    """A list with nothing in no place."""
    return Edge((f"{column} = '{{a,b}}'",), (f"{column} = '{{a,NULL}}'",))


def some(column: str) -> Edge:
    """A list of one or more."""
    return Edge((f"{column} = '{{a}}'",), (f"{column} = '{{}}'",))


def json(column: str, taken: str = "{}", refused: str = "[]") -> Edge:
    """JSON of one kind."""
    return Edge((f"{column} = '{taken}'",), (f"{column} = '{refused}'", f"{column} = '\"x\"'"))


def not_before(later: str, earlier: str, beside: str = "") -> Edge:
    """An instant that may be the other one, and not one before it."""
    both = f"{beside}{earlier} = now(), {later} = now()"
    return Edge((both,), (f"{both} - interval '1 microsecond'",))


def just_when(said: str, other: str, column: str, at: str = "now()") -> Edge:
    """A column is filled in one state, and empty in any other."""
    return Edge(
        (f"{said}, {column} = {at}", f"{other}, {column} = null"),
        (f"{said}, {column} = null", f"{other}, {column} = {at}"),
    )
