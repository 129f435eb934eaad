"""A mail server on a real socket that answers each recipient by a script.

Belongs here: its script and its certificate. Not here: what the project makes of the answers (`test_deliver.py`, `test_run.py`).
"""

import contextlib
import socket
import ssl
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DROP_BEFORE_DATA = "drop before DATA"
DROP_IN_DATA = "drop within DATA"
DROP_AFTER_DOT = "drop after the final dot"
DROP_AT_QUIT = "drop at QUIT"


@dataclass
class Script:
    """What to answer each recipient, in the order of attempts; then 250. `delivered` is what was taken, `seen` who was named."""

    answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    logins: list[tuple[str, str, bool]] = field(default_factory=list)
    url: str = ""
    pending: str = ""

    def recipients(self) -> list[str]:
        """Who got a mail, in order; twice where twice."""
        return [recipient for recipient, _ in self.delivered]

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode(), session.ssl is not None))
        return AuthResult(success=data.password == b"open sesame", handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.seen.append(address)
        answer = self.answers[address].pop(0) if self.answers[address] else ""
        self.pending = answer
        if answer == DROP_BEFORE_DATA:
            server.transport.close()
        if answer[:1] in ("4", "5"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.pending.startswith("DATA "):
            return self.pending.removeprefix("DATA ")
        self.delivered += [(recipient, envelope.content) for recipient in envelope.rcpt_tos]
        if self.pending == DROP_AFTER_DOT:
            server.transport.close()
        return "250 taken"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "500 never" if self.pending == DROP_AT_QUIT else "221 Bye"


@contextlib.contextmanager
def smtp_server(script: Script, **options: Any) -> Iterator[Script]:
    """Run a server for the script while the block runs; its address is then in `script.url`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(script, hostname="127.0.0.1", port=port, **options)
    controller.start()
    script.url = f"smtp://127.0.0.1:{port}"
    try:
        yield script
    finally:
        controller.stop()


@dataclass(frozen=True)
class Certificates:
    """A certificate authority, and a server's context with a certificate of its making."""

    authority: Path
    server: ssl.SSLContext


def certificates(folder: Path, *, address: str = "127.0.0.1", until: datetime | None = None) -> Certificates:
    """Make an authority, and a certificate of it for an address, good until then."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of the tests")])
    authority = (
        _unsigned(authority_name, authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _unsigned(x509.Name([]), authority_name, server_key, until=until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
    (folder / "server.pem").write_bytes(key + server.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return Certificates(folder / "authority.pem", context)


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, until: datetime | None = None
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(until or now + timedelta(days=1))
    )
