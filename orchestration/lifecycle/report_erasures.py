"""Erasures in the lifecycle report: what is due, what is done, and what its proof says.

Belongs here: the requests of a tenant. Not here: the erasing and the search (`erasure*.py`).
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from orchestration.lifecycle.report_section import Section, counts, instant

ERASURES = """
    select customer_id, status, requested_at, due_at, completed_at, error_message,
        status not in ('completed', 'rejected') and due_at < now() as is_overdue,
        cardinality(steps_done) as steps, encode(sha256(convert_to(proof::text, 'UTF8')), 'hex') as digest, proof
    from public.erasure_requests where tenant_id = %(tenant)s
    order by (status in ('completed', 'rejected')), due_at, id
"""


def sections(source: psycopg.Connection, tenant: UUID) -> Iterator[Section]:
    """The requests, and the proofs of those that have one."""
    found = source.execute(ERASURES, {"tenant": tenant}).fetchall()
    yield Section(
        "Erasures, first those not done",
        ("customer", "state", "requested", "due", "completed", "proof"),
        [
            (
                str(customer),
                status + (", OVERDUE" if overdue else "") + (f": {error}" if error else ""),
                instant(requested),
                instant(due),
                instant(done) if done else f"{steps} steps done",
                f"sha256 {digest}" if digest else "none yet",
            )
            for customer, status, requested, due, done, error, overdue, steps, digest, _ in found
        ],
        "none was asked for",
    )
    yield Section(
        "Proofs of erasures",
        ("customer", "searched", "found", "files that wait in the storage", "backups end by", "not searched"),
        [(str(row[0]), *_proof(row[-1])) for row in found if row[-1]],
        "none yet",
    )


def _proof(said: dict[str, Any]) -> tuple[str, ...]:
    """In words; rows of the demonstration have proofs that say less."""
    found = said.get("found", 0)
    places = ", ".join(map(str, said.get("found_in", [])))
    return (
        counts(said.get("searched", {})),
        f"{found}: {places}" if found else "nothing",
        f"{said.get('files_waiting_in_storage', 0):,}",
        str(said.get("backups_end_by") or "not said"),
        "; ".join(map(str, said.get("not_searched", []))) or "not said",
    )
