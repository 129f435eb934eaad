"""A run of retention in a process of its own that kills itself, as a power cut would, when it comes to a given step.

Belongs here: the program. Not here: what must hold afterwards (`test_retention.py`).
"""

import os
import signal
import sys
from pathlib import Path

from orchestration.lifecycle import retention


def main(operational_url: str, exports: str, fatal: str, time: str) -> None:
    times = iter(range(int(time)))

    def on_step(step: str, tenant: str) -> None:
        if step == fatal and next(times, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    retention.run(operational_url, exports=Path(exports), batch=2, on_step=on_step)


if __name__ == "__main__":
    main(*sys.argv[1:])
