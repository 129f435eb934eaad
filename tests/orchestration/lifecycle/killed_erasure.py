"""An erasure in a process of its own that kills itself, as a power cut would, when a given step is behind it.

Belongs here: the program. Not here: what must hold afterwards (`test_erasure_killed.py`).
"""

import os
import signal
import sys
from uuid import UUID

from orchestration import settings
from orchestration.databases import Databases
from orchestration.lifecycle import erasure
from tests.orchestration.conftest import KEY


def main(operational_url: str, warehouse_url: str, home: str, tenant: str, customer: str, fatal: str) -> None:
    def on_step(step: str) -> None:
        if step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    erasure.erase(
        Databases(operational_url, warehouse_url),
        settings.load({"ROMASHKA_HOME": home, "ROMASHKA_PSEUDONYM_KEY": KEY}),
        tenant=tenant,
        customer=UUID(customer),
        on_step=on_step,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
