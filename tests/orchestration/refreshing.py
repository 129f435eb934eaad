"""A refresh in a process of its own, which kills itself, or waits to be told, when it comes to a given step.

Belongs here: the program, and starting it. Not here: what must hold afterwards (`test_refresh_killed.py`,
`test_two_refreshes.py`).
"""

import os
import signal
import subprocess
import sys

from orchestration.databases import Databases
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY

DIE, WAIT, GO_ON = "die", "wait", "go on"


def start(databases: Databases, what: str = GO_ON, step: str = "") -> subprocess.Popen[str]:
    """The process; one that waits has written a line when it does, and goes on when its input ends."""
    arguments = ("-m", "tests.orchestration.refreshing", databases.operational, databases.warehouse, what, step)
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def main(operational: str, warehouse: str, what: str, fatal: str) -> None:
    def on_step(stage: str, name: str) -> None:
        if f"{stage} {name}" == fatal and what == DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        if f"{stage} {name}" == fatal and what == WAIT:
            sys.stdout.write("waiting\n")
            sys.stdout.flush()
            sys.stdin.read()

    refresh(Databases(operational=operational, warehouse=warehouse), pseudonym_key=KEY, on_step=on_step)


if __name__ == "__main__":
    main(*sys.argv[1:])
