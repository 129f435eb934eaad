"""Small groups: which counts of a table with a total must not be told, so that nobody can work them out from the others.

Belongs here: the rule, over numbers. Not here: which figures these are (`history.py`).

Counts are of conversations, groups are of people: a count is small when fewer than k people are in it, or fewer than k are left
out of it, however many conversations they had. Of one that is not told, the total and its neighbours tell what several have
together: so others are withheld with it, the smallest first, until each of them could still be another number.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

# Conversations by person; who is not known is somebody else in each.
Group = Counter[Hashable]


@dataclass(frozen=True)
class Told:
    """What may be told: each cell's count and the total, None where it is withheld; and how much each cell could be at most."""

    cells: dict[str, int | None]
    total: int | None
    at_most: dict[str, int]


def tell(
    groups: Mapping[str, Group],
    k: int,
    *,
    of: Mapping[str, Group] | None = None,
    of_at_most: Mapping[str, int] | None = None,
) -> Told:
    """Conversations by cell, and their total, with those of few people withheld.

    `of`: out of which each cell's are (all of them, if not given), and `of_at_most`: how many of these a reader of the other
    figures would allow for.
    """
    whole = groups if of is None else of
    counts = {name: group.total() for name, group in groups.items()}
    total = sum(counts.values())
    limits = dict(of_at_most or dict.fromkeys(counts, total))
    least = 1 if of is None else 0
    hidden = {name for name, group in groups.items() if _is_small(group, whole[name], k)}
    others = sorted((count, name) for name, count in counts.items() if whole[name] and name not in hidden)
    is_total_told = not _is_small(_union(groups, groups), _union(whole, whole), k)
    while hidden and is_total_told and not _is_safe(hidden, groups, whole, limits, least, k):
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


def _is_small(group: Group, of: Group, k: int) -> bool:
    return 0 < len(group) < k or 0 < len(of - group) < k


def _union(groups: Mapping[str, Group], names: Iterable[str]) -> Group:
    """Of several cells together: who is in two of them is one person."""
    together: Group = Counter()
    for name in names:
        together.update(groups[name])
    return together


def _is_safe(
    hidden: set[str],
    groups: Mapping[str, Group],
    of: Mapping[str, Group],
    limits: Mapping[str, int],
    least: int,
    k: int,
) -> bool:
    """Together they are no small group, and each of them could be another number."""
    ranges = _ranges({name: groups[name].total() for name in hidden}, limits, least)
    return not _is_small(_union(groups, hidden), _union(of, hidden), k) and all(
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
