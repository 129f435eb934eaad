"""What an archive holds: one manifest for each tenant, and `manifest.json`, which names them and is replaced last.

Belongs here: reading, replacing and verifying them. Not here: rows (`files.py`). Files bear their digest in their name and
are never written over: until `manifest.json` is replaced, the generation before it is whole.
"""

import hashlib
import json
import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.errors import WarehouseError

ROOT = "manifest.json"
VIEWS = "archive.duckdb"
LOCK = ".lock"
ASIDE = ".writing"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DATA_PATH = re.compile(
    rf"(?P<tenant>{UUID})/(?P<relation>[a-z_]+\.[A-Za-z0-9_]+)/(?P<month>\d{{4}}-\d\d|undated)-[0-9a-f]{{16}}\.parquet"
)
TENANT_PATH = re.compile(rf"{UUID}/manifest-[0-9a-f]{{16}}\.json")
UNFINISHED = re.compile(rf"{re.escape(ASIDE)}/.+|(?:{UUID}/)?\.[0-9a-f]{{32}}(?:\.wal)?")
COLUMN = re.compile(r'[^"]+')


@dataclass(frozen=True)
class Entry:
    """A data file: where it is, its rows, its bytes, and its SHA-256."""

    path: str
    rows: int
    bytes: int
    sha256: str

    @property
    def parts(self) -> tuple[str, str, str]:
        """Tenant, relation and month, as the path says them."""
        found = DATA_PATH.fullmatch(self.path)
        if found is None:
            raise WarehouseError(f"the archive's manifest names {self.path!r}, which is no file of an archive")
        return found["tenant"], found["relation"], found["month"]


@dataclass(frozen=True)
class Aside:
    """A file of a month that retention took, in no generation: since when, by which run; when and by which it was dropped."""

    entry: Entry
    since: datetime
    run: str | None
    dropped_at: datetime | None = None
    dropped_by: str | None = None


@dataclass(frozen=True)
class Manifest:
    """A whole generation: its name, the instant of its data, its files, and the tenants' manifests with their digests.

    `numbers` has the columns of each relation that are text in its files and numbers in the warehouse; `aside` is no part of it.
    """

    generation: uuid.UUID
    data_as_of: datetime
    entries: dict[str, Entry] = field(default_factory=dict)
    tenants: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    aside: tuple[Aside, ...] = ()

    @property
    def kept_aside(self) -> dict[str, Entry]:
        """Files that are aside and not dropped."""
        return {each.entry.path: each.entry for each in self.aside if not each.dropped_at}

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(entry.rows for entry in self.entries.values())


def read(folder: Path) -> Manifest | None:
    """The present generation; None where none has been written. Raises WarehouseError where it cannot be trusted."""
    try:
        said = json.loads((folder / ROOT).read_bytes())
        entries: dict[str, Entry] = {}
        for path, digest in said["tenants"].items():
            text = (folder / path).read_bytes() if TENANT_PATH.fullmatch(path) else b""
            if hashlib.sha256(text).hexdigest() != digest:
                raise WarehouseError(f"{folder / path} is not what {ROOT} says: restore the archive from its copy")
            entries |= {each["path"]: Entry(**each) for each in json.loads(text)}
        aside = tuple(_aside(each) for each in said.get("aside", []))
        for entry in (*entries.values(), *(each.entry for each in aside)):
            _ = entry.parts
        as_of = datetime.fromisoformat(said["data_as_of"])
        return Manifest(uuid.UUID(said["generation"]), as_of, entries, said["tenants"], _numbers(said), aside)
    except FileNotFoundError as error:
        if Path(str(error.filename)).name != ROOT:
            raise WarehouseError(f"{error.filename} is missing: restore the archive from its copy") from error
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WarehouseError(
            f"{folder / ROOT} is no manifest of an archive: restore the archive from its copy"
        ) from error


def _numbers(said: dict[str, dict[str, list[str]]]) -> dict[str, tuple[str, ...]]:
    """Names that become SQL: archives of earlier releases have none."""
    numbers = {relation: tuple(columns) for relation, columns in said.get("numbers", {}).items()}
    if not all(COLUMN.fullmatch(column) for columns in numbers.values() for column in columns):
        raise ValueError("a name that no column has")
    return numbers


def _aside(said: dict[str, Any]) -> Aside:
    dropped_at = datetime.fromisoformat(said["dropped_at"]) if said["dropped_at"] else None
    run, dropped_by = (str(uuid.UUID(said[name])) if said[name] else None for name in ("run", "dropped_by"))
    return Aside(Entry(**said["entry"]), datetime.fromisoformat(said["since"]), run, dropped_at, dropped_by)


def replace(
    folder: Path,
    generation: uuid.UUID,
    data_as_of: datetime,
    entries: dict[str, Entry],
    numbers: dict[str, tuple[str, ...]],
    aside: tuple[Aside, ...] = (),
) -> Manifest:
    """Make these files the present generation. All of them are in their place, and on disk."""
    by_tenant: dict[str, list[dict[str, object]]] = {}
    for path in sorted(entries):
        by_tenant.setdefault(entries[path].parts[0], []).append(vars(entries[path]))
    tenants = {}
    for tenant, files in by_tenant.items():
        text = (json.dumps(files, indent=1) + "\n").encode()
        digest = hashlib.sha256(text).hexdigest()
        path = f"{tenant}/manifest-{digest[:16]}.json"
        _put(folder / path, text)
        tenants[path] = digest
        sync(folder / tenant)
    sync(folder)
    said = {
        "generation": str(generation), "data_as_of": data_as_of.isoformat(), "tenants": tenants, "numbers": numbers,
        "aside": [asdict(each) for each in aside],
    }  # fmt: skip
    _put(folder / ROOT, (json.dumps(said, indent=1, default=datetime.isoformat) + "\n").encode())
    sync(folder)
    return Manifest(generation, data_as_of, entries, tenants, numbers, aside)


def faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Every file that is missing, changed, or of nobody's making, one line each."""
    yield from _damage(folder, manifest.entries | manifest.kept_aside)
    yield from (f"extra: {path}" for path in sorted(_others(folder, manifest)) if not _is_ours(path))


def damage(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Every file of the generation that is missing or changed: it cannot be restored."""
    return _damage(folder, manifest.entries)


def _damage(folder: Path, entries: dict[str, Entry]) -> Iterator[str]:
    for path, entry in sorted(entries.items()):
        try:
            with (folder / path).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            yield f"missing: {path}, {entry.rows} rows"
        else:
            if digest != entry.sha256:
                yield f"changed: {path}, {entry.rows} rows"


def leftovers(folder: Path, manifest: Manifest) -> set[str]:
    """Files of other generations, and of a write that was broken off: the next write takes them away."""
    return {path for path in _others(folder, manifest) if _is_ours(path)}


def sweep(folder: Path, manifest: Manifest) -> None:
    """Take away what is left over. What has no name of an archive's file is not ours, and stays."""
    for path in leftovers(folder, manifest):
        (folder / path).unlink()


def sync(path: Path) -> None:
    """Have a file on disk, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _others(folder: Path, manifest: Manifest) -> set[str]:
    """Files that are neither of the generation nor aside."""
    present = {os.path.relpath(f"{home}/{name}", folder) for home, _, names in os.walk(folder) for name in names}
    return present - {*manifest.entries, *manifest.kept_aside, *manifest.tenants, ROOT, VIEWS, LOCK}


def _is_ours(path: str) -> bool:
    return any(form.fullmatch(path) for form in (DATA_PATH, TENANT_PATH, UNFINISHED))


def _put(path: Path, text: bytes) -> None:
    aside = path.with_name(f".{uuid.uuid4().hex}")
    with aside.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
