"""A TCP proxy before a server's Unix socket: it can cut what passes, or go silent and keep the connection.

Belongs here: the network's faults. Not here: what an extract makes of them (`test_interruptions.py`).
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Passes `budget` bytes from the server, then does what `fault` says: `cut`, `silent`, or nothing at all."""

    upstream: str
    fault: str | None = None
    budget: int = 1_000_000_000
    cut: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.upstream)
                threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, from_server: bool) -> None:
        with suppress(OSError):
            while block := source.recv(65536):
                if from_server and self.fault:
                    self.budget -= len(block)
                    if self.budget < 0:
                        self.cut += 1
                        if self.fault == "silent":
                            threading.Event().wait()
                        break
                target.sendall(block)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(upstream: str, **how: object) -> Iterator[Proxy]:
    """A proxy to a Unix socket, for the block."""
    proxy = Proxy(upstream, **how)  # type: ignore[arg-type]
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.listener.close()
