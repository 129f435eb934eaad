"""Mail servers that dawdle, and what stands between them and us: no worker is held, nothing is said in the clear (D1, D7)."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.deliver import Outcome, smtp
from reports.errors import RunStoppedError
from tests.reports.smtp_server import Script, certificates, smtp_server
from tests.reports.test_deliver import ADA, mail

PASSWORD = b"open sesame"


@contextmanager
def dripping(lines: list[bytes], drip: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers each command with the next line, and after the last sends one byte after another, until it is cut."""
    heard: list[bytes] = []
    cut = threading.Event()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rwb", buffering=0) as talk:
            try:
                for line in lines:
                    talk.write(line)
                    heard.append(talk.readline())
                while b"354" in b"".join(lines) and heard[-1] not in (b".\r\n", b""):
                    heard.append(talk.readline())
                for _ in range(1000):
                    talk.write(drip)
                    time.sleep(0.05)
            except OSError:
                cut.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1], heard
        thread.join()
        assert cut.is_set(), "the connection was not cut"


HELLO = [b"220 hello\r\n", b"250 hello\r\n"]
ON_THE_WAY = [*HELLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"]


@pytest.mark.parametrize(
    ("lines", "state", "seconds"),
    [([], "queued", 0.5), (HELLO[:1], "queued", 0.5), (HELLO, "queued", 0.5), (ON_THE_WAY, "unknown", 3)],
)
def test_a_slow_drip_does_not_hold_a_worker(lines: list[bytes], state: str, seconds: float) -> None:
    """D1: a byte now and then is not an answer; each would begin the timeout of the socket anew."""
    with dripping(lines, b"2") as (port, _):
        assert smtp(f"smtp://127.0.0.1:{port}", seconds=5, most_seconds=seconds)(mail(), ADA).state == state


def test_a_mail_in_time_is_not_cut() -> None:
    with smtp_server(Script()) as script:
        deliver = smtp(script.url, most_seconds=2)
        assert [deliver(mail(), ADA) for _ in range(3)] == [Outcome("sent")] * 3
        time.sleep(2.1)
        assert deliver(mail(), ADA) == Outcome("sent")
    assert [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)] == []


def test_an_expired_certificate_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D7."""
    made = certificates(tmp_path, until=datetime.now(UTC) - timedelta(hours=1))
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    script = Script()
    with (
        smtp_server(script, tls_context=made.server, authenticator=script.authenticate, auth_require_tls=True),
        pytest.raises(RunStoppedError, match="expired"),
    ):
        smtp(script.url.replace("smtp://", "smtp://ada:open%20sesame@"))(mail(), ADA)
    assert script.logins == script.delivered == []


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        (b"250-hello\r\n250 STARTTLS\r\n", b"454 TLS not available\r\n"),
        (b"250-hello\r\n250 STARTTLS\r\n", b"220 go on\r\n250 no TLS here\r\n"),
        (b"250-hello\r\n250 XXXXXXXX\r\n", b"500 what\r\n"),
    ],
)
def test_tls_that_is_taken_away_on_the_way_lets_no_password_and_no_mail_out(offer: bytes, answer: bytes) -> None:
    """D7: refused after it was offered, answered in the clear, or its offer made unreadable."""
    with dripping([b"220 hello\r\n", offer], answer) as (port, heard):
        deliver = smtp(f"smtp://ada:open%20sesame@127.0.0.1:{port}", seconds=2, most_seconds=1)
        try:
            assert deliver(mail(), ADA).state == "queued"
        except RunStoppedError as error:
            assert PASSWORD.decode() not in str(error)
    assert all(word not in b"".join(heard) for word in (PASSWORD, b"AUTH", b"MAIL FROM", b"sesame"))


def test_a_server_that_speaks_no_tls_where_it_is_due_from_the_start_is_tried_again() -> None:
    with dripping([], b"220 hello\r\n") as (port, heard):
        assert smtp(f"smtps://127.0.0.1:{port}", seconds=2, most_seconds=1)(mail(), ADA).state == "queued"
    assert heard == []
