"""An extract in a process of its own that kills itself, as a power cut would, when it comes to a given step.

Belongs here: the program. Not here: what must hold afterwards (`test_interruptions.py`).
"""

import itertools
import os
import signal
import sys
from unittest import mock

from orchestration.extraction.extract import extract
from orchestration.extraction.sessions import Watch


def main(operational_url: str, warehouse_url: str, key: str, fatal: str) -> None:
    moves = itertools.count(1)

    def on_step(step: str, table: str) -> None:
        if fatal in (step, f"{step} {table}"):
            os.kill(os.getpid(), signal.SIGKILL)

    with mock.patch.object(Watch, "moved", lambda watch: on_step("block", str(next(moves)))):
        extract(operational_url, warehouse_url, pseudonym_key=key, on_step=on_step)


if __name__ == "__main__":
    main(*sys.argv[1:])
