"""When a mail that was refused for now is tried again.

Belongs here: the waiting times. Not here: what counts as a temporary refusal (`deliver.py`).
"""

import random
from datetime import timedelta

MOST_ATTEMPTS = 10
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=4)


def wait(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling, and spread, so that many mails do not come back at one instant."""
    longest = min(_FIRST * int(2 ** min(attempts - 1, 10)), _LONGEST)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 (spread, not secrecy)
