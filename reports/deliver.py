"""Handing a mail over: to an SMTP server, or into a local Maildir.

Belongs here: one mail to one recipient, and how that ended. Not here: what the ledger makes of it (`ledger.py`).
"""

import mailbox
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from reports.errors import ReportError

SECONDS = 30

State = Literal["sent", "queued", "failed", "unknown"]


@dataclass(frozen=True)
class Outcome:
    """How a hand-over ended: `queued` may be tried again, `failed` may not, `unknown` may or may not have arrived."""

    state: State
    reason: str | None = None


Transport = Callable[[EmailMessage, str], Outcome]


def maildir(folder: Path) -> Transport:
    """Puts mails into a Maildir; a mail is there whole or not at all."""

    def deliver(message: EmailMessage, recipient: str) -> Outcome:
        folder.parent.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(folder, create=True).add(message.as_bytes())
        return Outcome("sent")

    return deliver


def smtp(url: str) -> Transport:
    """Hands mails to an SMTP server, one conversation each: a refused recipient must not touch another's mail.

    `smtp://` turns to TLS by STARTTLS before anything else is said, and goes without only to this machine and without a
    password; `smtps://` is TLS from the start. Certificates are verified.
    """
    server = urlsplit(url)

    def deliver(message: EmailMessage, recipient: str) -> Outcome:
        try:
            with _connect(server) as connection:
                return _converse(connection, message, recipient)
        except (OSError, smtplib.SMTPException) as error:
            return _before_data(error)

    return deliver


def _connect(server: SplitResult) -> smtplib.SMTP:
    context = ssl.create_default_context()
    host = server.hostname or "localhost"
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, server.port or 465, timeout=SECONDS, context=context)
    else:
        connection = smtplib.SMTP(host, server.port or 587, timeout=SECONDS)
    try:
        _secure(connection, server, context)
    except BaseException:
        connection.close()
        raise
    return connection


def _secure(connection: smtplib.SMTP, server: SplitResult, context: ssl.SSLContext) -> None:
    connection.ehlo()
    if server.scheme == "smtp" and connection.has_extn("starttls"):
        connection.starttls(context=context)
        connection.ehlo()
    elif server.scheme == "smtp" and (server.password or not _is_this_machine(server.hostname)):
        raise ReportError(
            f"the mail server at {server.hostname} offers no TLS: nothing was sent; use smtps:// or another server"
        )
    if server.username:
        connection.login(unquote(server.username), unquote(server.password or ""))


def _is_this_machine(host: str | None) -> bool:
    try:
        return host in (None, "localhost") or ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _converse(connection: smtplib.SMTP, message: EmailMessage, recipient: str) -> Outcome:
    """One SMTP transaction. Until the final dot nothing has been sent; after it, only the server knows."""
    sender = message["From"].addresses[0].addr_spec
    for step in (
        lambda: connection.mail(sender),
        lambda: connection.rcpt(recipient),
        lambda: connection.docmd("DATA"),
    ):
        code, said = step()
        if code not in (250, 251, 354):
            return _refused(code, said)
    content = re.sub(rb"(?m)^\.", b"..", message.as_bytes(policy=SMTP))
    if not content.endswith(b"\r\n"):
        content += b"\r\n"  # a multipart body ends without one, and the final dot needs a line of its own
    try:
        connection.send(content + b".\r\n")
        code, said = connection.getreply()
    except (OSError, smtplib.SMTPException):
        return Outcome("unknown", "the connection broke after the whole mail was handed over: it may have arrived")
    return Outcome("sent") if code == 250 else _refused(code, said)


def _refused(code: int, said: bytes) -> Outcome:
    answer = f"{code} {said.decode('utf-8', 'replace')}".split("\n")[0]
    return Outcome("queued" if 400 <= code < 500 else "failed", f"the mail server answered {answer}")


def _before_data(error: Exception) -> Outcome:
    """What kept the conversation from its end. No text of the library's is passed on that could hold a password."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome("failed", f"the mail server refused user and password ({error.smtp_code})")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Outcome("failed", f"the mail server's certificate is not to be trusted: {error.verify_message}")
    return Outcome("queued", f"the mail server could not be reached: {type(error).__name__}")
