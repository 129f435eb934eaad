"""Ports for servers that a test starts.

Belongs here: finding one. Not here: servers that find one themselves, by listening at port 0, which is better.
"""

import secrets
import socket

# Below what the system gives to whoever connects or names no port: between looking and listening it gives none of these.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """A port of the loopback at which nobody listens, and at which nobody will by chance."""
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
