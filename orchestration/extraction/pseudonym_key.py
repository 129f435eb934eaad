"""The key that turns customers into pseudonyms.

Belongs here: where it comes from. Not here: the pseudonym itself, which the source computes (`etl.pseudonym`), so
that no customer's id leaves it.
"""

import os
import secrets
from pathlib import Path

from orchestration.errors import WarehouseError

SHORTEST = 32


def pseudonym_key(*, given: str | None, home: Path) -> str:
    """The key from the environment, or one made once and kept in the home folder, readable by its owner only.

    Raises WarehouseError for a key shorter than 32 characters: short keys can be guessed.
    """
    if given is not None:
        if len(given) < SHORTEST:
            raise WarehouseError(
                f"ROMASHKA_PSEUDONYM_KEY is shorter than {SHORTEST} characters: use openssl rand -hex 32"
            )
        return given
    kept = home / "pseudonym.key"
    if not kept.exists():
        _keep(kept, secrets.token_hex(32))
    return kept.read_text(encoding="ascii").strip()


def _keep(file: Path, key: str) -> None:
    """Write the whole key or none: half a key would be another key the next time."""
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(key, encoding="ascii")
    try:
        os.link(unfinished, file)
    except FileExistsError:
        pass  # another process made one at the same moment; that one holds
    finally:
        unfinished.unlink()
