"""The ends of the audit chains, written to a file that is kept elsewhere: what shows that a chain was cut at its end.

Belongs here: the file, and verifying with it. Not here: links (`auditing.py`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg

from operational_schema import auditing
from operational_schema.auditing import End, Finding
from operational_schema.errors import SchemaError

FORM = "romashka audit checkpoint 1"
AT = "select sequence, row_hash from public.audit_logs where tenant_id = %s and sequence = %s"
PRUNED = """
    select coalesce(max((changes -> 'through' ->> 'new')::bigint), 0) from public.audit_logs
    where tenant_id = %s and action = 'prune' and entity_type = 'audit_logs'
"""


@dataclass(frozen=True)
class Verified:
    """What a verification found, a line each, and how much it looked at."""

    lines: list[str]
    chains: int
    entries: int


def verify(url: str, *, tenant: str | None = None, checkpoint: Path | None = None) -> Verified:
    """Verify the chain of a tenant (its slug), or all of them; with a checkpoint, also against that, and then move it on.

    The file is written only when nothing was found. Raises SchemaError for an unknown tenant, and for a file that is no
    checkpoint.
    """
    known = read(checkpoint) if checkpoint and checkpoint.exists() else {}
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        key = _tenant(connection, tenant)
        looked = auditing.look(connection, key)
        cut = [] if checkpoint is None else list(_cut(connection, {k: v for k, v in known.items() if key in (None, k)}))
        first = {finding.tenant_id: finding for finding in [*cut, *looked.findings]}
        names: dict[UUID, str] = dict(connection.execute("select id, slug from public.tenants").fetchall())
    if checkpoint and not first:
        write(checkpoint, {**known, **looked.ends})
    lines = [f"tenant {names.get(k, k)}: {finding.text}" for k, finding in sorted(first.items())]
    return Verified(lines, len(looked.ends), looked.entries)


def read(path: Path) -> dict[UUID, End]:
    """The ends that a file has. Raises SchemaError for one that is no checkpoint."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["form"] != FORM:
            raise ValueError(content["form"])
        return {
            UUID(key): End(int(end["sequence"]), bytes.fromhex(end["row_hash"])) for key, end in content["ends"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SchemaError(
            f"{path} is no checkpoint of the audit trail: name another file, or one that does not exist yet"
        ) from error


def write(path: Path, ends: dict[UUID, End]) -> None:
    """Write the ends, whole or not at all."""
    content = {
        "form": FORM,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "ends": {
            str(key): {"sequence": end.sequence, "row_hash": end.row_hash.hex()} for key, end in sorted(ends.items())
        },
    }
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def _tenant(connection: psycopg.Connection, slug: str | None) -> UUID | None:
    if slug is None:
        return None
    row = connection.execute("select id from public.tenants where slug = %s", (slug,)).fetchone()
    if row is None:
        raise SchemaError(f"there is no tenant {slug}: --tenant takes the slug of one")
    return UUID(str(row[0]))


def _cut(connection: psycopg.Connection, known: dict[UUID, End]) -> Iterator[Finding]:
    """Chains that no longer have the entry with which they ended then."""
    for key, end in known.items():
        row = connection.execute(AT, (key, end.sequence)).fetchone()
        if row is not None and End(*row) == end:
            continue
        pruned = connection.execute(PRUNED, (key,)).fetchone()
        if row is None and pruned and end.sequence <= pruned[0]:
            continue
        what = "is missing" if row is None else "is not the one that was there"
        yield Finding(key, end.sequence, f"entry {end.sequence}, the end at the checkpoint, {what}")
