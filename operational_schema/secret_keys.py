"""The keys under which secrets are sealed: several by their ids, so that an old one still opens while a new one seals.

Belongs here: reading them from a text, and finding one. Not here: sealing (`envelope.py`), the environment that holds the
text (`orchestration/settings.py`), and the rows (`secret_columns.py`).
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from operational_schema.errors import SchemaError

SIZE = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FORM = "write ID:KEY ID:KEY …, each KEY 32 random bytes in base64 (openssl rand -base64 32), the first one seals"


@dataclass(frozen=True)
class KeyRing:
    """Keys by id. The one named `active` seals; every one opens what it has sealed. The keys are in no repr."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)

    def key(self, key_id: str) -> bytes:
        """The key of that id.

        Raises SchemaError for a key that the ring lacks.
        """
        if key_id not in self.keys:
            raise SchemaError(
                f'key "{key_id}" is not in ROMASHKA_SECRET_KEYS: add it again, or set what it sealed anew with '
                "romashka secrets set"
            )
        return self.keys[key_id]


def read(text: str | None) -> KeyRing:
    """The ring that a text `id:key id:key …` spells; commas separate as blanks do.

    Raises SchemaError for a text that spells none, naming the entry by its place or id and never repeating it.
    """
    entries = re.split(r"[\s,]+", (text or "").strip())
    if entries == [""]:
        raise SchemaError(f"ROMASHKA_SECRET_KEYS is not set, so no secret can be sealed or opened: {_FORM}")
    keys: dict[str, bytes] = {}
    for place, entry in enumerate(entries, start=1):
        key_id, _, encoded = entry.partition(":")
        if not encoded or not _ID.fullmatch(key_id):
            raise SchemaError(f"entry {place} of ROMASHKA_SECRET_KEYS has no id: {_FORM}")
        if key_id in keys:
            raise SchemaError(
                f'ROMASHKA_SECRET_KEYS names key "{key_id}" twice: keep one, or give the other an id of its own'
            )
        keys[key_id] = _decoded(key_id, encoded)
    return KeyRing(active=next(iter(keys)), keys=keys)


def _decoded(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != SIZE or len(set(key)) == 1:
        # From None: the text of the cause could hold a part of the key.
        raise SchemaError(f'key "{key_id}" of ROMASHKA_SECRET_KEYS is not 32 random bytes in base64: {_FORM}') from None
    return key
