"""Every environment variable that this project reads, and nowhere else.

Belongs here: names, defaults and the checks of a single value. Not here: opening connections (`databases.py`), or
starting the embedded server (`embedded.py`).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from orchestration.errors import WarehouseError


@dataclass(frozen=True)
class Settings:
    """What the environment says. URLs are None where the embedded server, or the local Maildir, is to serve.

    What is or may hold a secret is in no repr, and so in no log.
    """

    home: Path
    operational_url: str | None = field(repr=False)
    warehouse_url: str | None = field(repr=False)
    smtp_url: str | None = field(repr=False)
    mail_from: str
    mail_key: str | None = field(repr=False)
    unsubscribe_url: str | None
    files_url: str | None
    pseudonym_key: str | None = field(repr=False)
    secret_keys: str | None = field(repr=False)

    @property
    def archive(self) -> Path:
        """Folder of the Parquet archive."""
        return self.home / "archive"

    @property
    def mail(self) -> Path:
        """The local Maildir."""
        return self.home / "mail"

    @property
    def reports(self) -> Path:
        """Folder of rendered reports."""
        return self.home / "reports"

    @property
    def retention_list(self) -> Path:
        """Which files a run of retention is about to delete."""
        return self.home / "retention.json"

    @property
    def exports(self) -> Path:
        """Folder of exported files."""
        return self.home / "exports"

    @property
    def dagster_home(self) -> Path:
        """Folder of Dagster's run storage."""
        return self.home / "dagster"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment, and beneath it a `.env` file in the working directory.

    Raises WarehouseError for a URL of the wrong kind.
    """
    values = {**dotenv_values(".env"), **os.environ} if environ is None else dict(environ)

    def text(name: str) -> str | None:
        return (values.get(name) or "").strip() or None

    return Settings(
        home=Path(text("ROMASHKA_HOME") or ".romashka").expanduser().resolve(),
        operational_url=_postgres_url("ROMASHKA_OPERATIONAL_URL", text("ROMASHKA_OPERATIONAL_URL")),
        warehouse_url=_postgres_url("ROMASHKA_WAREHOUSE_URL", text("ROMASHKA_WAREHOUSE_URL")),
        smtp_url=_smtp_url(text("ROMASHKA_SMTP_URL")),
        mail_from=text("ROMASHKA_MAIL_FROM") or "ROMASHKA reports <reports@romashka.example>",
        mail_key=text("ROMASHKA_MAIL_KEY"),
        unsubscribe_url=_web_url("ROMASHKA_UNSUBSCRIBE_URL", text("ROMASHKA_UNSUBSCRIBE_URL")),
        files_url=_web_url("ROMASHKA_FILES_URL", text("ROMASHKA_FILES_URL")),
        pseudonym_key=text("ROMASHKA_PSEUDONYM_KEY"),
        secret_keys=text("ROMASHKA_SECRET_KEYS"),
    )


def _postgres_url(name: str, url: str | None) -> str | None:
    if url is None:
        return None
    if not url.startswith(("postgresql://", "postgres://")):
        raise WarehouseError(f"{name} is not a PostgreSQL URL: write postgresql://user:password@host:5432/database")
    if not _is_read_as_meant(url):
        # Without what libpq says of it: that repeats a part of the password.
        raise WarehouseError(
            f"{name} cannot be read: write postgresql://user:password@host:5432/database, "
            "and in the password %25 for %, %40 for @, %2F for /, %20 for a space"
        )
    return url


def _is_read_as_meant(url: str) -> bool:
    """Whether no part of a password is taken for a host, a port or a database, which errors name."""
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        return False
    place = url.partition("?")[0].partition("://")[2]
    return (
        "@" not in str(parts.get("host"))
        and "@" not in place.partition("/")[2]
        and all(port.isdecimal() for port in str(parts.get("port") or 0).split(","))
    )


def _web_url(name: str, url: str | None) -> str | None:
    if url is not None and _scheme(url) != "https":
        raise WarehouseError(
            f"{name} is no https address: write one that ends where the token begins, such as https://app.example.com/page?token="
        )
    return url


def _smtp_url(url: str | None) -> str | None:
    if url is not None and _scheme(url) not in ("smtp", "smtps"):
        raise WarehouseError(
            "ROMASHKA_SMTP_URL is not an SMTP URL: write smtp://user:password@host:587 or smtps://…:465"
        )
    return url


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:  # which repeats what stands before the host
        return ""
