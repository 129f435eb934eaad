"""Ctrl-C that somebody else's code has swallowed.

Belongs here: noticing it. Not here: what is done about it. Dagster puts its own handler in the place of Python's while a job
runs, and forgets what came between two steps; a bare `except` at some import has the same effect. The bytes of
`signal.set_wakeup_fd` come whatever handler is in place.
"""

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def noticed() -> Iterator[Callable[[], None]]:
    """What is given raises KeyboardInterrupt if Ctrl-C was pressed since, and nothing came of it. In the main thread only."""
    told, telling = socket.socketpair()
    told.setblocking(False)
    telling.setblocking(False)
    before = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)

    def look() -> None:
        with contextlib.suppress(BlockingIOError):
            if signal.SIGINT in told.recv(1024):
                raise KeyboardInterrupt

    try:
        yield look
    finally:
        signal.set_wakeup_fd(before)
        told.close()
        telling.close()
