"""A run of the migrations in a process of its own, and waiting for what others do.

Belongs here: what the tests of the runner's faults share. Not here: tests.
"""

import subprocess
import sys
import time
from collections.abc import Callable

from tests.operational_schema.conftest import Folder

PROGRAM = """
import sys
from pathlib import Path
from operational_schema import migrate
print(*migrate.up(sys.argv[1], folder=Path(sys.argv[2]), functions=Path(sys.argv[3])))
"""


def start(url: str, folder: Folder) -> subprocess.Popen[str]:
    """Start a run; it prints the files that it applied."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, str(folder.migrations), str(folder.functions)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
