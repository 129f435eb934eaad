"""The key that turns customers into pseudonyms.

Belongs here: where it comes from. Not here: the pseudonym itself, which the source computes (`etl.pseudonym`), so
that no customer's id leaves it.
"""

from pathlib import Path

from orchestration.kept_secret import kept_secret


def pseudonym_key(*, given: str | None, home: Path) -> str:
    """The key from the environment, or one made once and kept in the home folder, readable by its owner only.

    Raises WarehouseError for a key shorter than 32 characters: short keys can be guessed.
    """
    return kept_secret(given=given, variable="ROMASHKA_PSEUDONYM_KEY", file=home / "pseudonym.key")
