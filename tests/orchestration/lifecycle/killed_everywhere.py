"""A whole run of retention in a process of its own that kills itself when it comes to a given step.

Belongs here: the program. Not here: what must hold afterwards (`test_retention_everywhere.py`).
"""

import os
import signal
import sys
from datetime import date

from orchestration import settings
from orchestration.databases import Databases
from orchestration.lifecycle import retention_everywhere
from tests.orchestration.conftest import KEY


def main(operational_url: str, warehouse_url: str, home: str, fatal: str, as_of: str) -> None:
    def on_step(step: str, tenant: str) -> None:
        if step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    retention_everywhere.run(
        Databases(operational_url, warehouse_url),
        settings.load({"ROMASHKA_HOME": home, "ROMASHKA_PSEUDONYM_KEY": KEY}),
        as_of=date.fromisoformat(as_of),
        on_step=on_step,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
