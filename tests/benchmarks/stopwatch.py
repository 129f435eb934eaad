"""Seconds of what is called."""

import time
from collections.abc import Callable


def seconds_of(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began
