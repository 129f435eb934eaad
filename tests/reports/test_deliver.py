"""Handing one mail over: every answer of a server ends in a true state, and no password goes anywhere untrusted."""

import mailbox
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from reports.deliver import Outcome, maildir, smtp
from reports.errors import ReportError, RunStoppedError
from tests.reports.smtp_server import (
    DROP_AFTER_DOT,
    DROP_AT_QUIT,
    DROP_BEFORE_DATA,
    Certificates,
    Script,
    certificates,
    smtp_server,
)

ADA = "ada@acme.example"
PASSWORD = "open sesame"


def mail(text: str = "Hello\n") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Message-ID"] = "Reports <reports@romashka.example>", ADA, "<1@x>"
    message.set_content(text)
    return message


@pytest.fixture
def server() -> Iterator[Script]:
    """A server without TLS."""
    with smtp_server(Script()) as script:
        yield script


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Certificates of an authority that this process trusts."""
    made = certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    return made


def test_a_mail_that_is_too_large_for_the_server_does_not_set_out() -> None:
    with smtp_server(Script(), data_size_limit=5_000) as script:
        outcome = smtp(script.url)(mail("x\n" * 5_000), ADA)
        assert outcome.state == "failed" and "552" in str(outcome.reason) and script.seen == []
        assert smtp(script.url)(mail(), ADA).state == "sent" and script.seen == [ADA]


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        ("", "sent", None),
        ("451 try later", "queued", "451 try later"),
        ("421 going down", "queued", "421 going down"),
        ("550 no such user", "failed", "550 no such user"),
        ("DATA 552 too big", "failed", "552 too big"),
        ("DATA 452 disk full", "queued", "452 disk full"),
        (DROP_BEFORE_DATA, "queued", "broke off"),
        (DROP_AFTER_DOT, "unknown", "may have arrived"),
        (DROP_AT_QUIT, "sent", None),
    ],
)
def test_each_answer_ends_in_its_state(server: Script, answer: str, state: str, said: str | None) -> None:
    server.answers[ADA] = [answer]
    outcome = smtp(server.url)(mail(), ADA)
    assert outcome.state == state
    assert (said is None) == (outcome.reason is None) and (said or "") in (outcome.reason or "")
    assert server.recipients() == ([ADA] if state in ("sent", "unknown") else [])


def test_an_answer_to_the_whole_mail_that_means_nothing_leaves_it_unknown(server: Script) -> None:
    """It is neither a yes nor a no: sent again, the mail could come twice."""
    server.answers[ADA] = ["DATA 354 go on"]
    assert smtp(server.url)(mail(), ADA) == Outcome("unknown", "the mail server answered 354 go on")


def test_the_mail_arrives_as_it_was_written(server: Script) -> None:
    text = ".\n..two dots\nПривет\n" + "long " * 400 + "\n.\n"
    assert smtp(server.url)(mail(text), ADA) == Outcome("sent")
    arrived = message_from_bytes(server.delivered[0][1], policy=SMTP)
    assert arrived.get_content().replace("\r\n", "\n") == text
    assert arrived["Message-ID"] == "<1@x>"


def test_a_server_that_is_not_there_or_says_nothing_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert smtp(f"smtp://127.0.0.1:{port}", seconds=0.2)(mail(), ADA).state == "queued"
    assert smtp(f"smtp://127.0.0.1:{port}", seconds=0.2)(mail(), ADA).state == "queued"


def test_a_server_that_falls_silent_after_the_final_dot_leaves_it_unknown() -> None:
    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 hello\r\n")
            for answer in (b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
                talk.readline()
                talk.write(answer)
            while talk.readline() not in (b".\r\n", b""):
                pass
            talk.readline()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        outcome = smtp(f"smtp://127.0.0.1:{listening.getsockname()[1]}", seconds=3)(mail(), ADA)
        thread.join(timeout=10)
    assert outcome.state == "unknown"


def test_no_password_is_said_without_tls(server: Script) -> None:
    url = server.url.replace("smtp://", "smtp://ada:open%20sesame@")
    with pytest.raises(RunStoppedError, match="offers no TLS") as refused:
        smtp(url)(mail(), ADA)
    assert PASSWORD not in str(refused.value) and server.delivered == server.logins == []


def test_a_password_is_said_after_starttls(trusted: Certificates) -> None:
    script = Script()
    with smtp_server(script, tls_context=trusted.server, authenticator=script.authenticate, auth_require_tls=True):
        url = script.url.replace("smtp://", "smtp://ada:open%20sesame@")
        assert smtp(url)(mail(), ADA) == Outcome("sent")
        assert script.logins == [("ada", PASSWORD, True)]


def test_a_wrong_password_stops_the_run_and_is_not_repeated(
    trusted: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    script = Script()
    with smtp_server(script, tls_context=trusted.server, authenticator=script.authenticate, auth_require_tls=True):
        url = script.url.replace("smtp://", "smtp://ada:not-the-secret@")
        with pytest.raises(RunStoppedError, match="refused user and password") as refused:
            smtp(url)(mail(), ADA)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__
    assert "not-the-secret" not in str(refused.value)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("reports")]
    assert ours == [] and script.delivered == []


@pytest.mark.parametrize("whose", ["an authority that nobody trusts", "another machine"])
def test_a_certificate_that_is_not_to_be_trusted_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    made = certificates(tmp_path, address="127.0.0.1" if "nobody" in whose else "127.0.0.9")
    if whose == "another machine":
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    script = Script()
    with (
        smtp_server(script, tls_context=made.server, authenticator=script.authenticate, auth_require_tls=True),
        pytest.raises(RunStoppedError, match="not to be trusted"),
    ):
        smtp(script.url.replace("smtp://", "smtp://ada:open%20sesame@"))(mail(), ADA)
    assert script.logins == script.delivered == []


def test_a_server_without_passwords_is_told_apart(trusted: Certificates) -> None:
    script = Script()
    with (
        smtp_server(script, tls_context=trusted.server, auth_exclude_mechanism=["LOGIN", "PLAIN"]),
        pytest.raises(RunStoppedError, match="takes no user and password"),
    ):
        smtp(script.url.replace("smtp://", "smtp://ada:open%20sesame@"))(mail(), ADA)


def test_tls_from_the_start(trusted: Certificates) -> None:
    with smtp_server(Script(), ssl_context=trusted.server) as script:
        assert smtp(script.url.replace("smtp://", "smtps://"))(mail(), ADA) == Outcome("sent")


@pytest.mark.parametrize(
    "url", ["http://mail.example", "smtp://", "smtp://host:port", "smtp://host:99999", "mail.example:25"]
)
def test_an_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ReportError, match="cannot be used"):
        smtp(url)


def test_another_machine_needs_tls(monkeypatch: pytest.MonkeyPatch, server: Script) -> None:
    port = int(server.url.rpartition(":")[2])
    found = socket.getaddrinfo("127.0.0.1", port)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(RunStoppedError, match=r"mail\.example offers no TLS"):
        smtp(f"smtp://mail.example:{port}")(mail(), ADA)
    assert server.delivered == []


def test_a_maildir_is_readable_by_others(tmp_path: Path) -> None:
    deliver = maildir(tmp_path / "deep" / "mail")
    assert [deliver(mail("Привет\n"), ADA), deliver(mail("two\n"), ADA)] == [Outcome("sent")] * 2
    box = mailbox.Maildir(tmp_path / "deep" / "mail", create=False)
    texts = sorted(message_from_bytes(box.get_bytes(key), policy=SMTP).get_content() for key in box.keys())  # noqa: SIM118
    assert texts == ["two\n", "Привет\n"]
    assert not list((tmp_path / "deep" / "mail" / "tmp").iterdir())


def test_a_maildir_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file in the way")
    with pytest.raises(RunStoppedError, match="no mail can be put into"):
        maildir(tmp_path / "mail")(mail(), ADA)
