"""Handing a mail over: to an SMTP server, or into a local Maildir.

Belongs here: one mail to one recipient, and how that ended. Not here: what the ledger makes of it (`ledger.py`).
"""

import contextlib
import mailbox
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from reports import deadline
from reports.addresses import one_line
from reports.errors import ReportError, RunStoppedError

SECONDS, MOST_SECONDS = 30, 600
LONGEST_ANSWER = 300
MECHANISMS = frozenset({"CRAM-MD5", "PLAIN", "LOGIN"})  # those that smtplib knows

State = Literal["sent", "queued", "failed", "unknown"]


@dataclass(frozen=True)
class Outcome:
    """How a hand-over ended: `queued` may be tried again, `failed` may not, `unknown` may or may not have arrived."""

    state: State
    reason: str | None = None


# Raises RunStoppedError where no mail at all could leave: wrong password, no TLS, no disk.
Transport = Callable[[EmailMessage, str], Outcome]


def maildir(folder: Path) -> Transport:
    """Puts mails into a Maildir; a mail is there whole or not at all."""

    def deliver(message: EmailMessage, recipient: str) -> Outcome:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            mailbox.Maildir(folder, create=True).add(message.as_bytes(policy=message.policy.clone(linesep="\n")))
        except OSError as error:
            raise RunStoppedError(f"no mail can be put into {folder}: {error.strerror}") from error
        return Outcome("sent")

    return deliver


def smtp(url: str, *, seconds: float = SECONDS, most_seconds: float = MOST_SECONDS) -> Transport:
    """Hands mails to an SMTP server, one conversation each: a refused recipient must not touch another's mail.

    `smtp://` turns to TLS by STARTTLS before anything else is said, and goes without only to this machine and without a user;
    `smtps://` is TLS from the start. Certificates are verified. An answer has `seconds` to come, all of them `most_seconds`.
    """
    server = _server(url)
    trusted = cache(ssl.create_default_context)  # reading the certificates of the system takes longer than a mail

    def deliver(message: EmailMessage, recipient: str) -> Outcome:
        try:
            with _connected(server, seconds, most_seconds, trusted()) as connection:
                return _converse(connection, message, recipient)
        except (OSError, smtplib.SMTPException) as error:
            return Outcome("queued", f"the mail server could not be reached or broke off: {type(error).__name__}")

    return deliver


def _server(url: str) -> SplitResult:
    server = urlsplit(url)
    try:
        usable = server.scheme in ("smtp", "smtps") and bool(server.hostname) and server.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ReportError("the SMTP URL cannot be used: write smtp://user:password@host:587 or smtps://…:465")
    return server


@contextlib.contextmanager
def _connected(
    server: SplitResult, seconds: float, most_seconds: float, context: ssl.SSLContext
) -> Iterator[smtplib.SMTP]:
    host = server.hostname or ""
    try:
        is_tls = server.scheme == "smtps"
        with deadline.connection(
            host,
            server.port or (465 if is_tls else 587),
            context=context if is_tls else None,
            seconds=seconds,
            most_seconds=most_seconds,
        ) as connection:
            # The final dot goes by itself: held back until the mail before it is acknowledged, it costs 40 ms.
            if connection.sock:
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _secure(connection, server, context)
            yield connection
            # smtplib's own `with` would raise here, and have a mail that is through sent again.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message
        raise RunStoppedError(f"the certificate of {host} is not to be trusted ({reason}): nothing was sent") from error


def _secure(connection: smtplib.SMTP, server: SplitResult, context: ssl.SSLContext) -> None:
    connection.ehlo_or_helo_if_needed()
    if server.scheme == "smtp" and connection.has_extn("starttls"):
        connection.starttls(context=context)
        connection.ehlo()
    elif server.scheme == "smtp" and (server.username or not _is_this_machine(server.hostname)):
        raise RunStoppedError(f"{server.hostname} offers no TLS: nothing was sent; use smtps://, or another server")
    if not server.username:
        return
    if MECHANISMS.isdisjoint(connection.esmtp_features.get("auth", "").upper().split()):
        raise RunStoppedError(f"{server.hostname} takes no user and password: mend the SMTP URL")
    try:
        connection.login(unquote(server.username), unquote(server.password or ""))
    except smtplib.SMTPAuthenticationError as error:
        if 400 <= error.smtp_code < 500:
            raise
        # Without `from`: servers have been seen to repeat what they were given.
        raise RunStoppedError(f"{server.hostname} refused user and password: mend the SMTP URL") from None


def _is_this_machine(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _converse(connection: smtplib.SMTP, message: EmailMessage, recipient: str) -> Outcome:
    """One SMTP transaction. Until the final dot nothing has been sent; after it, only the server knows."""
    sender, content = message["From"].addresses[0].addr_spec, message.as_bytes()
    # A server that is told the size refuses what is too large for it before all of it has travelled.
    size = f" SIZE={len(content)}" if connection.has_extn("size") else ""
    for command, expected in (
        (f"MAIL FROM:<{sender}>{size}", (250,)),
        (f"RCPT TO:<{recipient}>", (250, 251)),
        ("DATA", (354,)),
    ):
        code, said = connection.docmd(command)
        if code not in expected:
            return _refused(code, said, otherwise="queued")
    connection.send(re.sub(rb"(?m)^\.", b"..", content))
    try:
        connection.send(b".\r\n")
        code, said = connection.getreply()
    except (OSError, smtplib.SMTPException):
        return Outcome("unknown", "the connection broke after the whole mail was handed over: it may have arrived")
    return Outcome("sent") if code == 250 else _refused(code, said, otherwise="unknown")


def _refused(code: int, said: bytes, *, otherwise: State) -> Outcome:
    """What an answer means that is not the one expected; one that was cut short, or is none, means nothing for good."""
    answer = one_line(said.decode("utf-8", "replace"))[:LONGEST_ANSWER]
    state: State = "queued" if 400 <= code < 500 else "failed" if 500 <= code < 600 else otherwise
    return Outcome(state, f"the mail server answered {code} {answer}")
