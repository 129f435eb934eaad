"""An envelope: a secret under AES-256-GCM, as it stands in a column, and bound to that one place.

Belongs here: the form, sealing and opening. Not here: keys (`secret_keys.py`), and which columns hold envelopes
(`secret_columns.py`). Whatever opens envelopes elsewhere follows this form:

    v1.<key id>.<nonce, 12 bytes>.<ciphertext and 16 bytes of tag>       base64url without padding

with `v1|<key id>|<tenant id>|<table>|<column>|<row id>` in UTF-8 as associated data.
"""

import base64
import os
import re
import uuid
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from operational_schema.errors import SchemaError
from operational_schema.secret_keys import KeyRing

NONCE_SIZE = 12
_FORM = re.compile(r"v1\.(?P<key_id>[A-Za-z0-9_-]{1,64})\.(?P<nonce>[A-Za-z0-9_-]{16})\.(?P<sealed>[A-Za-z0-9_-]{22,})")


@dataclass(frozen=True)
class Place:
    """The one place where an envelope opens."""

    tenant: uuid.UUID
    table: str
    column: str
    row: uuid.UUID

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of row {self.row}"


def seal(secret: str, place: Place, ring: KeyRing) -> str:
    """The secret in an envelope for its place, under the ring's active key."""
    nonce = os.urandom(NONCE_SIZE)
    sealed = AESGCM(ring.key(ring.active)).encrypt(nonce, secret.encode(), _bound(ring.active, place))
    return f"v1.{ring.active}.{_text(nonce)}.{_text(sealed)}"


def opened(envelope: str, place: Place, ring: KeyRing) -> str:
    """What was sealed.

    Raises SchemaError for a key that is lost or another, and for an envelope that was changed or belongs elsewhere; neither
    message holds any of it.
    """
    parts = _FORM.fullmatch(envelope)
    if parts is None:
        raise SchemaError(f"{place} holds no envelope: set it anew with romashka secrets set")
    key_id = parts["key_id"]
    try:
        key = ring.key(key_id)
    except SchemaError as lost:
        raise SchemaError(f"{place} cannot be opened: {lost}") from None
    try:
        secret = AESGCM(key).decrypt(_bytes(parts["nonce"]), _bytes(parts["sealed"]), _bound(key_id, place))
    except (InvalidTag, ValueError):
        raise SchemaError(
            f'{place} cannot be opened: it was changed, or sealed for another place, or key "{key_id}" is now another one'
        ) from None
    return secret.decode()


def key_id(envelope: str) -> str:
    """Under which key it was sealed; empty for what is no envelope."""
    parts = _FORM.fullmatch(envelope)
    return parts["key_id"] if parts else ""


def _bound(key: str, place: Place) -> bytes:
    return "|".join(("v1", key, str(place.tenant), place.table, place.column, str(place.row))).encode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
