"""Whether the audit trail's chains hold: hashed anew outside the database, entry by entry.

Belongs here: reading the trail and naming the first broken link. Not here: what a link is (`functions/audit.sql` makes it;
`app.audit_findings()` there looks as this does, for whoever has SQL only), and checkpoints (`audit_checkpoint.py`).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

FIRST = bytes(32)
ERASED = '{"erased": true}'
HIDDEN = '{"hidden": true}'

# Values arrive as the text that was hashed: what jsonb looks like is the server's to say.
ENTRIES = """
    select
        entry.tenant_id, entry.sequence, entry.id::text, entry.user_id::text, entry.database_role, entry.action,
        entry.entity_type, entry.entity_id::text, (extract(epoch from entry.created_at) * 1000000)::bigint as microseconds,
        entry.digests::text as digests, entry.previous_hash, entry.row_hash, coalesce(salt.salts, '{}') as salts,
        (
            select coalesce(jsonb_object_agg(value.name, value.written) filter (where value.written is not null), '{}')
            from (
                select change.key, change.value::text from jsonb_each(entry.changes) as change
                union all
                select 'request.ip_address', to_jsonb(host(entry.ip_address))::text
                union all
                select 'request.user_agent', to_jsonb(entry.user_agent)::text
            ) as value (name, written)
        ) as written
    from public.audit_logs as entry
    left join app.audit_salt as salt on salt.tenant_id = entry.tenant_id and salt.sequence = entry.sequence
    where %(tenant)s::uuid is null or entry.tenant_id = %(tenant)s
    order by entry.tenant_id, entry.sequence
"""

EXCUSES = """
    select tenant_id, action, changes from public.audit_logs
    where action in ('erase', 'prune') and entity_type = 'audit_logs'
"""

ENDS = (
    "select tenant_id, sequence, row_hash from app.audit_head where %(tenant)s::uuid is null or tenant_id = %(tenant)s"
)


@dataclass(frozen=True)
class Entry:
    """An entry as it was hashed, and the values that it shows."""

    tenant_id: UUID
    sequence: int
    id: str
    user_id: str | None
    database_role: str
    action: str
    entity_type: str
    entity_id: str | None
    microseconds: int
    digests: str
    previous_hash: bytes
    row_hash: bytes
    salts: dict[str, str]
    written: dict[str, str]


@dataclass(frozen=True)
class End:
    """The last entry of a chain."""

    sequence: int
    row_hash: bytes


@dataclass(frozen=True)
class Finding:
    """The first link of a tenant's chain that does not hold."""

    tenant_id: UUID
    sequence: int
    text: str


@dataclass(frozen=True)
class Look:
    """What a look at the trail found: the first broken link of each chain, where each chain ends, how many entries there are."""

    findings: list[Finding]
    ends: dict[UUID, End]
    entries: int


@dataclass
class Excuses:
    """What the trail itself says was taken out of it."""

    people: set[str]
    pruned: set[tuple[int, str]]


def part(value: str | None) -> bytes:
    """A value with its length before it."""
    return b"-," if value is None else b"%d:%b," % (len(value.encode()), value.encode())


def hash_of(entry: Entry) -> bytes:
    """The hash of an entry, which the next one holds."""
    parts = (
        "romashka audit 1", entry.previous_hash.hex(), str(entry.tenant_id), str(entry.sequence), entry.id, entry.user_id,
        entry.database_role, entry.action, entry.entity_type, entry.entity_id, str(entry.microseconds), entry.digests,
    )  # fmt: skip
    return hashlib.sha256(b"".join(map(part, parts))).digest()


def look(connection: psycopg.Connection, tenant: UUID | None = None) -> Look:
    """Look at the chain of one tenant, or at all of them.

    Needs a transaction that sees one state throughout (repeatable read).
    """
    entries = 0
    excuses = _excuses(connection)
    found: dict[UUID, Finding] = {}
    last: dict[UUID, Entry] = {}
    for entry in _entries(connection, tenant):
        excused = excuses.setdefault(entry.tenant_id, Excuses(set(), set()))
        problem = _problem(entry, last.get(entry.tenant_id), excused)
        if problem and entry.tenant_id not in found:
            found[entry.tenant_id] = Finding(entry.tenant_id, entry.sequence, problem)
        last[entry.tenant_id] = entry
        entries += 1
    ends = {key: End(entry.sequence, entry.row_hash) for key, entry in last.items()}
    for end in _wrong_ends(connection, tenant, ends):
        found.setdefault(end.tenant_id, end)
    return Look(sorted(found.values(), key=lambda one: one.tenant_id), ends, entries)


def _entries(connection: psycopg.Connection, tenant: UUID | None) -> Iterator[Entry]:
    with connection.cursor("audit_entries", row_factory=class_row(Entry)) as cursor:
        cursor.itersize = 5_000
        yield from cursor.execute(ENTRIES, {"tenant": tenant})


def _excuses(connection: psycopg.Connection) -> dict[UUID, Excuses]:
    excuses: dict[UUID, Excuses] = {}
    for key, action, changes in connection.execute(EXCUSES):
        of_tenant = excuses.setdefault(key, Excuses(set(), set()))
        if action == "erase":
            of_tenant.people.update(_new(changes, "people") or ())
        else:
            of_tenant.pruned.add((_new(changes, "through"), _new(changes, "row_hash")))
    return excuses


def _new(changes: dict[str, Any], name: str) -> Any:
    return changes.get(name, {}).get("new")


def _problem(entry: Entry, before: Entry | None, excuses: Excuses) -> str | None:
    """What is wrong with a link: with its place, with itself, with the one before it, with its values."""
    expected = before.sequence + 1 if before else 1
    if entry.sequence > expected:
        pruned = before is None and (entry.sequence - 1, entry.previous_hash.hex()) in excuses.pruned
        if not pruned:
            return f"entries {expected} to {entry.sequence - 1} are missing"
    if hash_of(entry) != entry.row_hash:
        return f"entry {entry.sequence} was changed"
    if before and entry.previous_hash != before.row_hash:
        return f"entry {entry.sequence} does not follow entry {before.sequence}"
    if entry.sequence == 1 and entry.previous_hash != FIRST:
        return "entry 1 does not begin the chain"
    problem = next(_value_problems(entry, excuses.people), None)
    return f"entry {entry.sequence}: {problem}" if problem else None


def _value_problems(entry: Entry, erased: set[str]) -> Iterator[str]:
    digests: dict[str, str] = json.loads(entry.digests)
    for name in sorted(digests.keys() | entry.written.keys(), key=str.encode):
        digest, salt, value = digests.get(name), entry.salts.get(name), entry.written.get(name)
        if digest is None:
            yield f"value {name} was added"
        elif digest.startswith("hidden:"):
            if value != HIDDEN:
                yield f"value {name} was changed"
        elif value is None or value == ERASED or salt is None:
            bearers = {entry.user_id} | (set() if name.startswith("request.") else {entry.entity_id})
            if not bearers & erased:
                yield f"value {name} was taken, and no erasure says so"
        elif digest != hashlib.sha256(bytes.fromhex(salt) + part(name) + part(value)).hexdigest():
            yield f"value {name} was changed"


def _wrong_ends(connection: psycopg.Connection, tenant: UUID | None, ends: dict[UUID, End]) -> Iterable[Finding]:
    """Chains that end elsewhere than the database's own note of their ends says."""
    known = {key: End(*end) for key, *end in connection.execute(ENDS, {"tenant": tenant})}
    for key in known.keys() | ends.keys():
        said, last = known.get(key), ends.get(key)
        if said == last:
            continue
        sequence = last.sequence if last else 0
        if said is None:
            text = f"the end of the chain is not known: it has entry {sequence}"
        elif said.sequence > sequence:
            text = f"entries {sequence + 1} to {said.sequence} are missing"
        else:
            text = f"entry {sequence} is not the end that is known, {said.sequence}"
        yield Finding(key, sequence + 1, text)
