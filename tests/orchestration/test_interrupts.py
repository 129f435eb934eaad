"""Ctrl-C is noticed also where other code has taken it.

Belongs here: the bytes and the exception. Not here: the demonstration that is interrupted (`tests/test_demo.py`).
"""

import contextlib
import os
import signal

import pytest

from orchestration.interrupts import noticed


def test_what_a_handler_swallowed_is_noticed_later() -> None:
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with noticed() as look:
            look()
            os.kill(os.getpid(), signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                look()
            look()
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_signals_end_nothing_and_all_is_as_before() -> None:
    before = signal.signal(signal.SIGUSR1, lambda number, frame: None)
    try:
        with noticed() as look:
            os.kill(os.getpid(), signal.SIGUSR1)
            look()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert signal.set_wakeup_fd(-1) == -1


def test_an_interrupt_that_was_heard_is_not_told_twice() -> None:
    with pytest.raises(KeyboardInterrupt), noticed(), contextlib.suppress(ValueError):
        os.kill(os.getpid(), signal.SIGINT)
        raise ValueError
