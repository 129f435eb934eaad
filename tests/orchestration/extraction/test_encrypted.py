"""A source that must prove who it is: with a certificate of a stranger it is refused, and nothing is said in the clear.

Belongs here: TLS to the operational database. Not here: TLS to mail servers (`tests/reports/test_trouble.py`).
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from operational_schema import migrate
from operational_schema.errors import SchemaError
from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import extract
from tests.conftest import ON_PATH, binaries
from tests.orchestration.conftest import KEY
from tests.ports import free_port


@dataclass(frozen=True)
class Encrypted:
    """A server on a port that takes both encrypted connections and others."""

    server: EmbeddedServer
    port: int
    own: Path
    strangers: Path

    def url(self, certificate: Path) -> str:
        """The source, which must have this certificate."""
        where = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        return f"{where}?sslmode=verify-full&sslrootcert={certificate}"

    def came_in(self) -> int:
        """How many connections were let in over the network, encrypted or not."""
        said = self.server.log.read_text(encoding="utf-8")
        return said.count("connection authorized")


def _certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.key").write_bytes(written)
    return folder / f"{name}.pem"


@pytest.fixture
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    """PostgreSQL of the machine: the one that comes with the project is built without TLS."""
    programs = binaries(ON_PATH)
    folder = tmp_path_factory.mktemp("tls")
    own, strangers = (_certificate(folder, name) for name in ("own", "stranger"))
    port = free_port()
    options = (
        ("listen_addresses", "127.0.0.1"), ("port", str(port)), ("log_connections", "on"), ("fsync", "off"),
    )  # fmt: skip
    plain = EmbeddedServer(folder / "server", binaries=programs, options=options)
    plain.start()
    plain.stop()
    for file in (own, own.with_suffix(".key")):
        copy = Path(shutil.copy(file, plain.data))
        copy.chmod(0o600)
        shutil.chown(copy, *(("nobody", "nogroup") if os.geteuid() == 0 else (os.geteuid(), os.getegid())))
    told = (*options, ("ssl", "on"), ("ssl_cert_file", "own.pem"), ("ssl_key_file", "own.key"))
    server = EmbeddedServer(folder / "server", binaries=programs, options=told)
    server.start()
    yield Encrypted(server, port, own, strangers)
    server.stop()


def test_a_stranger_is_refused_and_nothing_goes_in_the_clear(encrypted: Encrypted, databases: Databases) -> None:
    """S17."""
    migrate.up(encrypted.url(encrypted.own))
    with psycopg.connect(encrypted.url(encrypted.own)) as source:
        kind = source.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()").fetchone()
    assert kind == (True,)
    before = encrypted.came_in()
    for ask in (
        lambda url: extract(url, databases.warehouse, pseudonym_key=KEY),
        lambda url: migrate.up(url),
    ):
        with pytest.raises((WarehouseError, SchemaError, psycopg.OperationalError), match="certificate verify failed"):
            ask(encrypted.url(encrypted.strangers))
    assert encrypted.came_in() == before
    extract(encrypted.url(encrypted.own), databases.warehouse, pseudonym_key=KEY)
    assert "SSL enabled" in encrypted.server.log.read_text(encoding="utf-8")
