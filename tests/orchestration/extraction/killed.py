"""An extract in a process of its own that kills itself, as a power cut would, when it comes to a given step.

Belongs here: the program. Not here: what must hold afterwards (`test_interruptions.py`).
"""

import os
import signal
import sys

from orchestration.extraction.extract import extract


def main(operational_url: str, warehouse_url: str, key: str, fatal: str) -> None:
    def on_step(step: str, table: str) -> None:
        if fatal in (step, f"{step} {table}"):
            os.kill(os.getpid(), signal.SIGKILL)

    extract(operational_url, warehouse_url, pseudonym_key=key, on_step=on_step)


if __name__ == "__main__":
    main(*sys.argv[1:])
