"""A pooler in transaction mode, as small as it can be: one session of the server for all clients, a transaction each in turn.

Belongs here: what a client of such a pooler meets. Not here: what is expected of it (`test_sessions.py`).
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


class _Session:
    """A session of the server, and who has it."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}")
        names = b"user\0%s\0database\0%s\0\0" % (str(parts["user"]).encode(), str(parts["dbname"]).encode())
        self.line.sendall(struct.pack("!ii", len(names) + 8, 196608) + names)
        self.greeting = b""
        self.turn = threading.Lock()
        kind = b""
        while kind != b"Z":
            kind, message = _message(self.line)
            self.greeting += message


def _exactly(line: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = line.recv(size - len(got))
        if not piece:
            raise ConnectionError
        got += piece
    return got


def _message(line: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(line, 5)
    body = _exactly(line, struct.unpack("!i", head[1:])[0] - 4)
    return head[:1], head + body


def _serve(client: socket.socket, session: _Session) -> None:
    with suppress(ConnectionError, OSError), client:
        while True:
            size, code = struct.unpack("!ii", _exactly(client, 8))
            _exactly(client, size - 8)
            if code not in (SSL_REQUEST, GSS_REQUEST):
                break
            client.sendall(b"N")
        client.sendall(session.greeting)
        while True:
            kind, message = _message(client)
            if kind == b"X":
                return
            with session.turn:
                _transact(client, session, kind, message)


def _transact(client: socket.socket, session: _Session, kind: bytes, message: bytes) -> None:
    """The session is this client's until the server says that no transaction is open."""
    while True:
        session.line.sendall(message)
        if kind in (b"Q", b"S"):
            answered, answer = b"", b""
            while answered != b"Z":
                answered, answer = _message(session.line)
                client.sendall(answer)
            if answer.endswith(b"I"):
                return
        kind, message = _message(client)


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The URL of a pooler before a server that is reached by a socket in a folder."""
    session = _Session(url)
    with socket.create_server(("127.0.0.1", 0)) as door:

        def wait() -> None:
            with suppress(OSError):
                while True:
                    client, _ = door.accept()
                    threading.Thread(target=_serve, args=(client, session), daemon=True).start()

        threading.Thread(target=wait, daemon=True).start()
        parts = conninfo_to_dict(url)
        yield make_conninfo(host="127.0.0.1", port=door.getsockname()[1], user=parts["user"], dbname=parts["dbname"])
        door.shutdown(socket.SHUT_RDWR)
    session.line.close()
