"""A connection pooler in transaction mode: PostgreSQL's wire protocol, a server session lent for one transaction.

Belongs here: as much of pgbouncer as shows what goes wrong behind it. Not here: tests.
"""

import queue
import socket
import struct
import threading
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"
ENCRYPTION_REQUESTS = (80877103, 80877104)
END_OF_BATCH = (b"Q", b"S")


class SharingPooler:
    """Listens in `folder`, and lends sessions of a server in turn."""

    def __init__(self, folder: Path, *, sockets: Path, database: str, sessions: int) -> None:
        self._backends: queue.Queue[socket.socket] = queue.Queue()
        self._greeting = b""
        for _ in range(sessions):
            backend = socket.socket(socket.AF_UNIX)
            backend.connect(str(sockets / SOCKET_NAME))
            words = f"user\0postgres\0database\0{database}\0\0".encode()
            backend.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)
            self._greeting = _until_ready(backend)
            self._backends.put(backend)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET_NAME))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more, and give the sessions back."""
        self._listener.close()
        while not self._backends.empty():
            self._backends.get().close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            while _startup_code(client) in ENCRYPTION_REQUESTS:
                client.sendall(b"N")
            client.sendall(self._greeting)
            while (message := _message(client))[:1] != b"X":
                self._transaction(client, message)
        except (ConnectionError, OSError):
            client.close()

    def _transaction(self, client: socket.socket, message: bytes) -> None:
        backend = self._backends.get()
        try:
            while True:
                backend.sendall(message)
                if message[:1] in END_OF_BATCH:
                    answer = _until_ready(backend)
                    client.sendall(answer)
                    if answer.endswith(b"I"):
                        return
                message = _message(client)
        finally:
            self._backends.put(backend)


def _startup_code(client: socket.socket) -> int:
    (length,) = struct.unpack("!i", _exactly(client, 4))
    return int(struct.unpack("!i", _exactly(client, length - 4)[:4])[0])


def _until_ready(backend: socket.socket) -> bytes:
    answer = b""
    while True:
        message = _message(backend)
        answer += message
        if message[:1] == b"Z":
            return answer


def _message(peer: socket.socket) -> bytes:
    head = _exactly(peer, 5)
    return head + _exactly(peer, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(peer: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = peer.recv(size - len(received))
        if not part:
            raise ConnectionError("the other side went away")
        received += part
    return received
