"""Tokens that nobody else can make: bytes, signed for one purpose, as letters for an address.

Belongs here: signing and opening. Not here: what stands in a token (`unsubscribing.py`, `file_links.py`).
"""

import base64
import binascii
import hashlib
import hmac

_SIGNATURE = 16


def seal(key: bytes, purpose: bytes, content: bytes) -> str:
    """Letters, digits, - and _; anybody can read what stands in it."""
    return base64.urlsafe_b64encode(_signature(key, purpose, content) + content).rstrip(b"=").decode()


def opened(key: bytes, purpose: bytes, token: str) -> bytes | None:
    """What was sealed for that purpose; None for whatever was not made with this key, or was cut short."""
    try:
        whole = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    signature, content = whole[:_SIGNATURE], whole[_SIGNATURE:]
    return content if hmac.compare_digest(signature, _signature(key, purpose, content)) else None


def _signature(key: bytes, purpose: bytes, content: bytes) -> bytes:
    return hmac.new(key, purpose + content, hashlib.sha256).digest()[:_SIGNATURE]
