"""Small groups: which counts of a table with a total must not be told, so that nobody can work them out from the others.

Belongs here: the rule, over numbers. Not here: which figures these are (`history.py`).

A count is small when fewer than k people are in it, or fewer than k are left out of it. Of one that is not told, the total and
its neighbours tell what several have together: so others are withheld with it, the smallest first, until each of them could
still be another number.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """What may be told: each cell's count and the total, None where it is withheld; and how much each cell could be at most."""

    cells: dict[str, int | None]
    total: int | None
    at_most: dict[str, int]


def tell(
    counts: Mapping[str, int],
    k: int,
    *,
    of: Mapping[str, int] | None = None,
    of_at_most: Mapping[str, int] | None = None,
) -> Told:
    """Counts of people by cell, and their total, with the small ones withheld.

    `of`: out of how many people each count is (all of them, if not given), and `of_at_most`: how many of these a reader of the
    other figures would allow for.
    """
    whole = counts if of is None else of
    total = sum(counts.values())
    limits = dict(of_at_most or dict.fromkeys(counts, total))
    least = 1 if of is None else 0
    hidden = {name for name, count in counts.items() if _is_small(count, whole[name], k)}
    others = sorted((count, name) for name, count in counts.items() if whole[name] and name not in hidden)
    is_total_told = not _is_small(total, sum(whole.values()), k)
    while hidden and is_total_told and not _is_safe(hidden, counts, whole, limits, least, k):
        if others:
            hidden.add(others.pop(0)[1])
        else:
            # Even all of them together say too much.
            is_total_told = False
    if not is_total_told:
        cells = {name: None if whole[name] else 0 for name in counts}
        return Told(cells, None, limits)
    highest = _ranges({name: counts[name] for name in hidden}, limits, least)
    return Told(
        {name: None if name in hidden else count for name, count in counts.items()},
        total,
        {name: highest[name][1] if name in hidden else count for name, count in counts.items()},
    )


def _is_small(count: int, of: int, k: int) -> bool:
    return 0 < count < k or 0 < of - count < k


def _is_safe(
    hidden: set[str], counts: Mapping[str, int], of: Mapping[str, int], limits: Mapping[str, int], least: int, k: int
) -> bool:
    """Together they are no small group, and each of them could be another number."""
    together = {name: counts[name] for name in hidden}
    ranges = _ranges(together, limits, least)
    return not _is_small(sum(together.values()), sum(of[name] for name in hidden), k) and all(
        low < high for low, high in ranges.values()
    )


def _ranges(hidden: Mapping[str, int], limits: Mapping[str, int], least: int) -> dict[str, tuple[int, int]]:
    """What each could be, by their sum, what a cell has at least, and its limit."""
    together = sum(hidden.values())
    rest = {name: sum(limits[other] for other in hidden if other != name) for name in hidden}
    return {
        name: (max(least, together - rest[name]), min(limits[name], together - least * (len(hidden) - 1)))
        for name in hidden
    }
