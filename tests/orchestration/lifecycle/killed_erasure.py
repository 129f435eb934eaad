"""An erasure in a process of its own that kills itself, as a power cut would: when a given step is behind it, or within one.

Belongs here: the program, and the moments within steps. Not here: what must hold afterwards (`test_erasure_killed.py`).
"""

import os
import signal
import sys
from typing import Any
from uuid import UUID

from orchestration import settings
from orchestration.databases import Databases
from orchestration.extraction import tombstones
from orchestration.extraction.archive import files
from orchestration.lifecycle import erasure, erasure_bytes, erasure_files, erasure_ledger, erasure_proof
from tests.orchestration.conftest import KEY

# What is behind it when it dies, by its place, and how often it has been done by then.
WITHIN: dict[str, tuple[Any, str, int]] = {
    "rows deleted and not committed": (erasure_ledger.Ledger, "note", 1),
    "pseudonym renamed and not committed": (tombstones, "_rename", 1),
    "exports withdrawn": (erasure_files, "_withdraw", 1),
    "mails deleted": (erasure_files, "_delete_mails", 1),
    "archive half written": (files, "write", 3),
    "a few tables written anew": (erasure_bytes, "_rewrite", 3),
    "tables of the warehouse not written anew": (erasure_bytes, "rewrite", 1),
    "tables of the source searched": (erasure_proof, "_in_statistics", 2),
    "values forgotten": (erasure_ledger.Ledger, "forget_values", 1),
    "log of the source ended": (erasure_bytes, "end_log", 1),
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(place: Any, name: str, times: int) -> None:
    """Let the process die when a function has been called so often."""
    done = getattr(place, name)
    left = iter(range(times - 1))

    def deadly(*given: Any, **named: Any) -> Any:
        said = done(*given, **named)
        if next(left, None) is None:
            die()
        return said

    setattr(place, name, deadly)


def main(operational_url: str, warehouse_url: str, home: str, tenant: str, customer: str, fatal: str) -> None:
    def on_step(step: str) -> None:
        if step == fatal:
            die()

    if fatal in WITHIN:
        die_after(*WITHIN[fatal])
    erasure.erase(
        Databases(operational_url, warehouse_url),
        settings.load({"ROMASHKA_HOME": home, "ROMASHKA_PSEUDONYM_KEY": KEY}),
        tenant=tenant,
        customer=UUID(customer),
        on_step=on_step,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
