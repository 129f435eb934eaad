"""Everything that is held about a person, as one file: JSON with its schema beside it, or the same as a PDF.

Belongs here: the file's form, and writing it whole or not at all, for its owner only. Not here: which rows
(`subject_rules.py`), reading them (`subject_tables.py`), and the page (`subject_pdf.py`).
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import IO
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from orchestration.databases import Databases, connect
from orchestration.errors import WarehouseError
from orchestration.lifecycle import subject_pdf, subject_rules, subject_tables
from orchestration.lifecycle.subject_tables import Part, Subject

FORM = "romashka subject export 1"
SCHEMA = "subject.schema.json"
SUFFIXES = (".json", ".pdf")
STATEMENTS = (
    "Every row about this person in the operational database, and what the warehouse holds under their pseudonym.",
    "Other people are not in it: staff appear by key only; what may hold others' data is withheld, and each table says what.",
    "Internal messages and notes about the person are part of it.",
)
ELSEWHERE = {
    "app, etl, but app.former_values": "the trail's salts and the change log: keys and digests of rows that are shown here",
    "staging, intermediate, build, marts, ops": "views and working copies of what is shown of raw and facts; counts; keys",
    "archive": "copies of raw in files, under the same pseudonym",
    "auth, storage": "the platform's own; files lie at the addresses that file_attachments gives",
}


@dataclass(frozen=True)
class Exported:
    """What was written, and how many rows of each table."""

    file: Path
    schema: Path | None
    rows: dict[str, int]


def schema() -> str:
    """The JSON Schema of the file."""
    return files("orchestration.lifecycle").joinpath(SCHEMA).read_text(encoding="utf-8")


def export(databases: Databases, *, tenant: str, customer: UUID, to: Path, pseudonym_key: str) -> Exported:
    """Write the file; of each database one snapshot. It is logged before anybody can read the file."""
    if to.suffix not in SUFFIXES:
        raise WarehouseError(f"--to {to.name} is no format: end the file's name in {' or '.join(SUFFIXES)}")
    with _folder_beside(to) as folder:
        whole = folder / "export.json"
        with whole.open("x", encoding="utf-8") as out:
            subject, rows = _gather(databases, tenant, customer, pseudonym_key, out)
        beside = _beside(folder, to, whole)
        _log(databases.operational, subject, to, rows)
        # The file itself comes last: whoever sees it has the schema, too.
        for finished, name in beside:
            finished.chmod(0o600)
            finished.replace(name)
    return Exported(to, beside[0][1] if to.suffix == ".json" else None, rows)


def _beside(folder: Path, to: Path, whole: Path) -> list[tuple[Path, Path]]:
    """What is to be moved where."""
    if to.suffix == ".pdf":
        page = folder / "export.pdf"
        page.write_bytes(subject_pdf.render(whole))
        return [(page, to)]
    described = folder / SCHEMA
    described.write_text(schema(), encoding="utf-8")
    return [(described, to.with_suffix(".schema.json")), (whole, to)]


@contextmanager
def _folder_beside(to: Path) -> Iterator[Path]:
    """A folder of the owner's on the same disk, gone afterwards: a file there becomes `to` in one step."""
    if to.is_dir():
        raise WarehouseError(f"{to} is a folder: name a file")
    try:
        folder = tempfile.TemporaryDirectory(prefix=".subject-", dir=to.parent)
    except OSError as error:
        raise WarehouseError(f"{to} cannot be written: {error.strerror}") from error
    with folder as name:
        yield Path(name)


def _gather(
    databases: Databases, tenant: str, customer: UUID, pseudonym_key: str, out: IO[str]
) -> tuple[Subject, dict[str, int]]:
    with connect(databases.operational) as source, connect(databases.warehouse) as warehouse:
        for each in (source, warehouse):
            each.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            each.read_only = True
            # Instants are told as the server writes them.
            each.execute("set local timezone to 'UTC'")
        source.execute("select set_config('etl.pseudonym_key', %s, true)", (pseudonym_key,))
        subject = subject_tables.find(source, warehouse, tenant=tenant, customer=customer)
        landed = subject_tables.conversations_of(warehouse, subject)
        unknown = subject_rules.load(source).unknown
        out.write(_head(subject, _landed_as_of(warehouse), unknown))
        rows: dict[str, int] = {}
        for connection, parts in (
            (source, subject_tables.of_source(source, subject, landed)),
            (warehouse, subject_tables.of_warehouse(warehouse, subject, landed)),
        ):
            for part in parts:
                out.write(",\n" if rows else "\n")
                rows[part.name] = _write(connection, part, out)
        out.write("\n]}\n")
    return subject, rows


def _head(subject: Subject, landed_as_of: str | None, unknown: list[str]) -> str:
    left_out = {f"public.{name}": reason for name, reason in subject_rules.LEFT_OUT.items()}
    left_out |= {f"public.{name}": "not a table of this release: look there by hand" for name in unknown}
    head = {
        "format": FORM,
        "tenant": {"slug": subject.slug, "name": subject.tenant_name, "timezone": subject.timezone},
        "subject": {"customer_id": str(subject.customer_id), "pseudonym": str(subject.pseudonym)},
        "data_as_of": subject.as_of.isoformat(),
        "warehouse_as_of": landed_as_of,
        "period": {"from": subject.begins_at.isoformat(), "to": subject.as_of.isoformat()},
        "statements": STATEMENTS,
        "left_out": [{"name": name, "reason": reason} for name, reason in (left_out | ELSEWHERE).items()],
    }
    return json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "tables": ['


def _write(connection: psycopg.Connection, part: Part, out: IO[str]) -> int:
    told = {
        "name": part.name,
        "description": part.description,
        "reached_by": part.reached_by,
        "withheld": [{"column": column, "reason": reason} for column, reason in part.withheld.items()],
        "columns": part.columns,
    }
    out.write(json.dumps(told, ensure_ascii=False).removesuffix("}") + ', "rows": [')
    count = 0
    for count, row in enumerate(subject_tables.rows(connection, part), start=1):
        out.write(("\n" if count == 1 else ",\n") + row)
    out.write(f'], "row_count": {count}}}')
    return count


def _landed_as_of(warehouse: psycopg.Connection) -> str | None:
    row = warehouse.execute("select max(data_as_of) from ops.extract_state").fetchone()
    return row[0].isoformat() if row and row[0] else None


def _log(operational_url: str, subject: Subject, to: Path, rows: dict[str, int]) -> None:
    said = {"format": to.suffix[1:], "rows": sum(rows.values())}
    changes = {name: {"old": None, "new": value} for name, value in said.items()}
    with connect(operational_url) as source:
        source.execute(
            "select app.log_audit(%s, 'export', 'customer_profiles', %s, %s)",
            (subject.tenant_id, subject.customer_id, Jsonb(changes)),
        )
