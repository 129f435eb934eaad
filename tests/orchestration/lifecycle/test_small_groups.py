"""Small groups: whatever is told, no withheld count can be worked out from it.

Belongs here: the rule against a solver that tries every table. Not here: the figures (`test_history.py`).
"""

import itertools
from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.lifecycle import small_groups
from orchestration.lifecycle.small_groups import Told

K = 3
Table = tuple[tuple[int, int], ...]
TABLES = st.lists(
    st.integers(0, 6).flatmap(lambda whole: st.tuples(st.just(whole), st.integers(0, whole))), min_size=1, max_size=3
)


def told(table: Table) -> tuple[Told, Told]:
    """Conversations by channel, and the part of them that is rated."""
    whole = {str(number): one for number, (one, _) in enumerate(table)}
    part = {str(number): some for number, (_, some) in enumerate(table)}
    first = small_groups.tell(whole, K)
    return first, small_groups.tell(part, K, of=whole, of_at_most=first.at_most)


def fitting(published: Told, most: int, least: int) -> Iterator[tuple[int, ...]]:
    """Every list of counts that would look like that."""
    choices = [range(least, most + 1) if count is None else (count,) for count in published.cells.values()]
    for counts in itertools.product(*choices):
        if published.total is None or sum(counts) == published.total:
            yield counts


@settings(max_examples=150, deadline=None)
@given(TABLES.map(tuple))
@example(((7, 7), (4, 4), (1, 0)))
@example(((1, 1), (1, 1), (1, 1)))
@example(((7, 6), (7, 6), (2, 2)))
def test_no_withheld_count_has_one_solution(table: Table) -> None:
    """R4."""
    first, second = told(table)
    most = sum(whole for whole, _ in table) + 1
    wholes = set(fitting(first, most, 1))
    parts = {
        part
        for part in fitting(second, most, 0)
        if any(all(some <= one for some, one in zip(part, whole, strict=True)) for whole in wholes)
    }
    for published, solutions, actual in (
        (first, wholes, tuple(whole for whole, _ in table)),
        (second, parts, tuple(part for _, part in table)),
    ):
        assert actual in solutions
        for number, count in enumerate(published.cells.values()):
            if count is None:
                assert len({solution[number] for solution in solutions}) > 1


@given(TABLES.map(tuple))
def test_what_is_told_is_true_and_about_nobody_alone(table: Table) -> None:
    first, second = told(table)
    for (whole, part), one, some in zip(table, first.cells.values(), second.cells.values(), strict=True):
        assert one in (None, whole)
        assert some in (None, part)
        assert one is None or one == 0 or one >= K
        assert some is None or not (0 < some < K or 0 < whole - some < K)
    for published, counts in ((first, [w for w, _ in table]), (second, [p for _, p in table])):
        assert published.total in (None, sum(counts))


def test_the_smallest_neighbour_goes_too() -> None:
    counts = {"website": 90, "email": 40, "whatsapp": 9, "phone": 2}
    said = small_groups.tell(counts, 5)
    assert said.cells == {"website": 90, "email": 40, "whatsapp": None, "phone": None}
    assert said.total == 141
    assert small_groups.tell({"website": 90, "email": 40}, 5).cells == {"website": 90, "email": 40}
