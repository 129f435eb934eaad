"""Small groups: whatever is told, no withheld count can be worked out from it.

Belongs here: the rule against a solver that tries every table. Not here: the figures (`test_history.py`).
"""

import itertools
from collections import Counter
from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.lifecycle import small_groups
from orchestration.lifecycle.small_groups import Group, Told

Table = tuple[tuple[int, int], ...]
TABLES = st.lists(
    st.integers(0, 6).flatmap(lambda whole: st.tuples(st.just(whole), st.integers(0, whole))), min_size=1, max_size=3
).map(tuple)
SIZES = st.integers(1, 6)


def strangers(counts: list[int]) -> dict[str, Group]:
    """By channel, so many conversations, each of somebody else."""
    return {
        str(number): Counter({(number, person): 1 for person in range(count)}) for number, count in enumerate(counts)
    }


def told(table: Table, k: int) -> tuple[Told, Told]:
    """Conversations by channel, and the part of them that is rated."""
    whole, part = strangers([one for one, _ in table]), strangers([some for _, some in table])
    first = small_groups.tell(whole, k)
    return first, small_groups.tell(part, k, of=whole, of_at_most=first.at_most)


def fitting(published: Told, most: int, least: int) -> Iterator[tuple[int, ...]]:
    """Every list of counts that would look like that."""
    choices = [range(least, most + 1) if count is None else (count,) for count in published.cells.values()]
    for counts in itertools.product(*choices):
        if published.total is None or sum(counts) == published.total:
            yield counts


@settings(max_examples=200, deadline=None)
@given(TABLES, SIZES)
@example(((7, 7), (4, 4), (1, 0)), 3)
@example(((1, 1), (1, 1), (1, 1)), 3)
@example(((7, 6), (7, 6), (2, 2)), 3)
@example(((6, 6), (6, 5), (4, 2)), 5)
def test_no_withheld_count_has_one_solution(table: Table, k: int) -> None:
    """R4."""
    first, second = told(table, k)
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


@settings(deadline=None)
@given(TABLES, SIZES)
def test_what_is_told_is_true_and_about_nobody_alone(table: Table, k: int) -> None:
    first, second = told(table, k)
    for (whole, part), one, some in zip(table, first.cells.values(), second.cells.values(), strict=True):
        assert one in (None, whole)
        assert some in (None, part)
        assert one is None or one == 0 or one >= k
        assert some is None or not (0 < some < k or 0 < whole - some < k)
    for published, counts in ((first, [w for w, _ in table]), (second, [p for _, p in table])):
        assert published.total in (None, sum(counts))


PEOPLE = st.integers(0, 5)
# By channel, whose each conversation is, and whether it is rated.
SHARED = st.lists(st.lists(st.tuples(PEOPLE, st.booleans()), max_size=8), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(SHARED, SIZES)
@example([[(1, True)] * 8, [(1, True), (2, True), (3, True), (4, True), (5, True)]], 5)
def test_who_wrote_often_is_one_person(channels: list[list[tuple[int, bool]]], k: int) -> None:
    """Whatever is told, of a channel, of all, or of the withheld together by subtraction, is about k people or about none."""
    whole = {str(number): Counter(person for person, _ in channel) for number, channel in enumerate(channels)}
    part = {
        str(number): Counter(person for person, is_rated in channel if is_rated)
        for number, channel in enumerate(channels)
    }
    first = small_groups.tell(whole, k)
    second = small_groups.tell(part, k, of=whole, of_at_most=first.at_most)
    for published, groups in ((first, whole), (second, part)):
        shown = [{name} for name, count in published.cells.items() if count is not None]
        if published.total is not None:
            shown += [set(groups), {name for name, count in published.cells.items() if count is None}]
        for names in shown:
            within = {person for name in names for person in groups[name]}
            without = {person for name in names for person in whole[name] - groups[name]}
            assert not 0 < len(within) < k and not 0 < len(without) < k


def test_the_smallest_neighbour_goes_too() -> None:
    counts = strangers([90, 40, 9, 2])
    said = small_groups.tell(counts, 5)
    assert said.cells == {"0": 90, "1": 40, "2": None, "3": None}
    assert said.total == 141
    assert small_groups.tell(strangers([90, 40]), 5).cells == {"0": 90, "1": 40}


def test_ninety_conversations_of_one_person_are_a_small_group() -> None:
    groups = strangers([40, 30]) | {"phone": Counter({"Ada": 90})}
    assert small_groups.tell(groups, 5).cells == {"0": 40, "1": None, "phone": None}
