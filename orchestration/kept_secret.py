"""A secret that is made once and kept in a file, where the environment gives none.

Belongs here: making and keeping it. Not here: what a secret is for (`extraction/pseudonym_key.py`, `mailing.py`).
"""

import os
import secrets
from pathlib import Path

from orchestration.errors import WarehouseError

SHORTEST = 32


def kept_secret(*, given: str | None, variable: str, file: Path) -> str:
    """The secret from the environment, or one made once and kept in a file that only its owner can read.

    Raises WarehouseError for one shorter than 32 characters: short secrets can be guessed.
    """
    if given is not None:
        if len(given) < SHORTEST:
            raise WarehouseError(f"{variable} is shorter than {SHORTEST} characters: use openssl rand -hex 32")
        return given
    if not file.exists():
        _keep(file, secrets.token_hex(32))
    return file.read_text(encoding="ascii").strip()


def _keep(file: Path, secret: str) -> None:
    """Write the whole secret or none: half of one would be another one the next time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(secret, encoding="ascii")
    try:
        os.link(unfinished, file)
    except FileExistsError:
        pass  # another process made one at the same moment; that one holds
    finally:
        unfinished.unlink()
