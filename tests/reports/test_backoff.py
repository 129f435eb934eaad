"""How long a mail that was refused waits: doubling, up to four hours, and never all mails at one instant."""

from datetime import timedelta

import pytest

from reports import backoff


@pytest.mark.parametrize(("attempts", "longest"), [(1, 1), (2, 2), (3, 4), (8, 128), (9, 240), (10, 240), (60, 240)])
def test_each_wait_is_twice_the_last_and_spread_over_its_second_half(attempts: int, longest: int) -> None:
    waits = {backoff.wait(attempts) for _ in range(200)}
    assert timedelta(minutes=longest) / 2 <= min(waits) and max(waits) <= timedelta(minutes=longest)
    assert len(waits) > 150 and max(waits) - min(waits) > timedelta(minutes=longest) / 4


def test_all_attempts_together_take_more_than_a_night() -> None:
    """A mail server that is down from evening to morning loses no mail."""
    shortest = sum((backoff.wait(attempts) for attempts in range(1, backoff.MOST_ATTEMPTS)), timedelta())
    assert shortest >= timedelta(hours=4)
