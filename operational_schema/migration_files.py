"""The SQL files on disk: their versions, their text, their checksums.

Belongs here: finding, reading and naming files. Not here: their statements (`statements.py`), applying them
(`migrate.py`), and what a database has applied (`history.py`).
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from operational_schema.errors import SchemaError

ROOM = Path(__file__).resolve().parent
MIGRATIONS = ROOM / "migrations"
FUNCTIONS = ROOM / "functions"
SEED_PARTS = ROOM / "seed"
SHIM = ROOM / "supabase_shim.sql"
NOTHING = "000"
ROLLBACK = ".rollback.sql"
OUTSIDE = "-- no transaction\n"

_NAME = re.compile(r"^(?P<version>\d{3}[a-z]?)_[a-z0-9_]+\.sql$")


@dataclass(frozen=True)
class SqlFile:
    """A file of SQL. `version` is NNN for a migration; a file that is applied at each change has its path or name."""

    version: str
    path: Path
    text: str
    checksum: str

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def title(self) -> str:
        """The name without number and suffix."""
        return self.path.stem.partition("_")[2]

    @property
    def numbered(self) -> bool:
        """Whether it is a migration, and not a file that is applied at each change."""
        return self.version[0].isdigit()

    @property
    def outside_transaction(self) -> bool:
        """Whether its first line says that it cannot run in a transaction."""
        return self.text.startswith(OUTSIDE)

    @property
    def tables(self) -> list[str]:
        """The tables that the file makes, with their schema."""
        return re.findall(r"^create table ([a-z_.]+)", self.text, re.MULTILINE)


def migrations(folder: Path = MIGRATIONS) -> list[SqlFile]:
    """The versioned files, in order. Raises SchemaError for a name that has no version, or a version that two files have."""
    found = []
    for path in _sql_files(folder):
        named = _NAME.match(path.name)
        if named is None:
            raise SchemaError(f"{path.name} is no migration's name: write NNN_what_it_does.sql")
        found.append(_read(path, version=named["version"]))
    versions = [file.version for file in found]
    if double := {version for version in versions if versions.count(version) > 1}:
        raise SchemaError(f"two migrations have the version {', '.join(sorted(double))}: give one another number")
    return found


def functions(folder: Path = FUNCTIONS) -> list[SqlFile]:
    """The repeatable files, in the order of their names: each stands on tables only, never on another of them."""
    return [_read(path, version=f"functions/{path.name}") for path in _sql_files(folder)]


def seed_parts() -> list[SqlFile]:
    """The parts of the demonstration rows, named for the migrations whose tables they fill."""
    return [_read(path, version=f"seed/{path.name}") for path in _sql_files(SEED_PARTS)]


def rollback_of(file: SqlFile) -> SqlFile:
    """The file that takes another back. Raises SchemaError where there is none."""
    path = file.path.with_name(file.path.stem + ROLLBACK)
    if not path.exists():
        raise SchemaError(f"{file.name} cannot be taken back: {path.name} is missing")
    return _read(path, version=file.version)


def shim() -> SqlFile:
    """What plain PostgreSQL lacks of Supabase."""
    return _read(SHIM, version="shim")


def _sql_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.sql") if not path.name.endswith(ROLLBACK))


def _read(path: Path, *, version: str) -> SqlFile:
    # A checkout on Windows turns line ends; the statements stay the same, and so must the checksum.
    content = path.read_bytes().replace(b"\r\n", b"\n")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SchemaError(f"{path.name}, line {line}: not UTF-8; save the file as UTF-8") from error
    return SqlFile(version=version, path=path, text=text, checksum=hashlib.sha256(content).hexdigest())
