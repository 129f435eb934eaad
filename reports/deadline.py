"""Conversations with a mail server that must be over by a time.

Belongs here: the connection, and cutting it. Not here: what is said on it (`deliver.py`).

The timeout of a socket begins anew with every byte: a server that sends one a second could hold a worker for hours.
"""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any


class _Watched(smtplib.SMTP):
    """A connection whose socket is known to its watch as soon as there is one: the server's greeting can drip, too."""

    def __init__(self, watch: "_Watch", *arguments: Any, **options: Any) -> None:
        self._watch = watch
        super().__init__(*arguments, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._watch.over(connected)
        return connected


class _WatchedTls(smtplib.SMTP_SSL, _Watched):
    """The same with TLS from the start. Its socket is watched before TLS is spoken on it."""

    def __init__(self, watch: "_Watch", *arguments: Any, **options: Any) -> None:
        self._watch = watch
        smtplib.SMTP_SSL.__init__(self, *arguments, **options)


class _Watch:
    """Cuts a connection when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._twin: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def over(self, connected: socket.socket) -> None:
        """Begin. A second handle on the connection outlives what TLS makes of the first."""
        self._twin = connected.dup()
        self._timer = threading.Timer(self._seconds, self._cut, [self._twin])
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """The conversation is over."""
        if self._timer:
            self._timer.cancel()
            self._timer.join()
        if self._twin:
            self._twin.close()

    @staticmethod
    def _cut(twin: socket.socket) -> None:
        with contextlib.suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def connection(
    host: str, port: int, *, context: ssl.SSLContext | None, seconds: float, most_seconds: float
) -> Iterator[smtplib.SMTP]:
    """A connection for the block: each answer has `seconds` to come, and all of them `most_seconds`; TLS with a context."""
    watch = _Watch(most_seconds)
    try:
        if context is None:
            opened: smtplib.SMTP = _Watched(watch, host, port, timeout=seconds)
        else:
            opened = _WatchedTls(watch, host, port, timeout=seconds, context=context)
        with contextlib.closing(opened):
            yield opened
    finally:
        watch.end()
