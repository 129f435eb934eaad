"""A command with all that it starts, ended as a whole: when that is asked for, and when whoever started it has died.

Belongs here: `python -m orchestration.supervisor SECONDS COMMAND …`, and what it does to processes. Not here: which command
that is (`dagster_ui.py`).
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 0.1
PR_SET_CHILD_SUBREAPER = 36


def start(command: list[str], *, environment: dict[str, str], seconds: float) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, where no signal of a terminal comes.

    It ends when its `stdin` is closed, also by the death of this process; what has not ended so many seconds later is killed.
    """
    supervisor = [sys.executable, "-m", "orchestration.supervisor", str(seconds), *command]
    return subprocess.Popen(supervisor, env=environment, stdin=subprocess.PIPE, start_new_session=True)


def supervise(command: list[str], *, seconds: float) -> None:
    """Run the command until standard input ends. Nothing that it has started outlives this."""
    for number in ASKED:
        # Who asks closes standard input. A service manager tells every process, and this one must be the last.
        signal.signal(number, lambda *_: None)
    _inherit_orphans()
    served = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    while served.poll() is None and not select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:
        pass
    # Told once: told twice while it ends, Dagster ends with an error of its own.
    for number in (signal.SIGINT, signal.SIGKILL):
        _reached(served.pid, number)
        until = time.monotonic() + seconds
        while _is_any_left(served.pid) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)


def _inherit_orphans() -> None:
    """Be the parent of what loses its own."""
    # The first process of a container may bury nobody: the dead would look alive.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _is_any_left(group: int) -> bool:
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG) != (0, 0):
            pass
    return _reached(group, 0)


def _reached(group: int, number: int) -> bool:
    """Send a signal to all processes of a group. Returns whether it has any."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    supervise(sys.argv[2:], seconds=float(sys.argv[1]))
