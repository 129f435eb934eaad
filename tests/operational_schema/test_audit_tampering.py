"""What a superuser can do to the audit trail, and what both verifiers then say (R11).

Belongs here: each way of tampering, and the first link that does not hold. Not here: for any history (`test_audit_chain.py`),
and a chain cut at its end together with the note of its end (`test_audit_upkeep.py`).
"""

from collections.abc import Callable

import psycopg
import pytest

from operational_schema import auditing
from tests.operational_schema.conftest import Tenant
from tests.operational_schema.test_audit_chain import verdict

pytestmark = pytest.mark.usefixtures("every_server")

CHANGES = 8


@pytest.fixture
def chain(connection: psycopg.Connection, acme: Tenant) -> Callable[[str], None]:
    """A trail of a few entries with a known beginning; runs statements on it as a superuser who knows what he does."""
    connection.execute("set session_replication_role = replica")
    connection.execute(
        "alter table public.audit_logs disable trigger user; delete from public.audit_logs; delete from app.audit_head; "
        "delete from app.audit_salt; alter table public.audit_logs enable always trigger guard_insert"
    )
    connection.execute("reset session_replication_role")
    for number in range(CHANGES):
        connection.execute("update public.tenants set name = %s where id = %s", (f"Name {number}", acme.tenant))

    def tamper(statement: str) -> None:
        with connection.transaction():
            connection.execute(
                "alter table public.audit_logs disable trigger user; set local session_replication_role = replica"
            )
            connection.execute(statement.encode())

    return tamper


# A superuser's doings, and what is then said: the first link that does not hold.
REHASH = "update public.audit_logs as t set row_hash = app.audit_hash(t) where sequence = {}"
TAMPERINGS: dict[str, tuple[str, tuple[int, str]]] = {
    "an edited entry": (
        "update public.audit_logs set user_id = gen_random_uuid() where sequence = 4",
        (4, "entry 4 was changed"),
    ),
    "an edited time": (
        "update public.audit_logs set created_at = created_at - interval '1 microsecond' where sequence = 1",
        (1, "entry 1 was changed"),
    ),
    "an edited value": (
        "update public.audit_logs set changes = jsonb_set(changes, '{name,new}', '\"x\"') where sequence = 4",
        (4, "entry 4: value name was changed"),
    ),
    "an edited value with its digest": (
        "update public.audit_logs set digests = '{}', changes = '{}' where sequence = 4",
        (4, "entry 4 was changed"),
    ),
    "an added value": (
        "update public.audit_logs set changes = changes || '{\"slug\": {\"old\": \"a\", \"new\": \"b\"}}' where sequence = 4",
        (4, "entry 4: value slug was added"),
    ),
    "a value taken as if erased": (
        "update public.audit_logs set changes = '{\"name\": {\"erased\": true}}' where sequence = 4",
        (4, "entry 4: value name was taken, and no erasure says so"),
    ),
    "a value hidden afterwards": (
        "update public.audit_logs set changes = '{\"name\": {\"hidden\": true}}' where sequence = 4",
        (4, "entry 4: value name was changed"),
    ),
    "a salt taken": (
        "update app.audit_salt set salts = '{}' where sequence = 4",
        (4, "entry 4: value name was taken, and no erasure says so"),
    ),
    "an entry edited and hashed anew": (
        "update public.audit_logs set action = 'x' where sequence = 4; " + REHASH.format(4),
        (5, "entry 5 does not follow entry 4"),
    ),
    "an entry deleted in the middle": (
        "delete from public.audit_logs where sequence = 4",
        (5, "entries 4 to 4 are missing"),
    ),
    "entries deleted in the middle, and the rest moved up": (
        "delete from public.audit_logs where sequence = 4; "
        "update public.audit_logs set sequence = sequence + 100 where sequence > 4; "
        "update public.audit_logs set sequence = sequence - 101 where sequence > 100",
        (4, "entry 4 was changed"),
    ),
    "the beginning deleted": (
        "delete from public.audit_logs where sequence <= 3",
        (4, "entries 1 to 3 are missing"),
    ),
    "the end deleted": (
        "delete from public.audit_logs where sequence >= 7",
        (7, "entries 7 to 8 are missing"),
    ),
    "all of it deleted": (
        "delete from public.audit_logs",
        (1, "entries 1 to 8 are missing"),
    ),
    "two entries swapped": (
        "update public.audit_logs set sequence = 1000 + sequence where sequence in (4, 5); "
        "update public.audit_logs set sequence = 1009 - sequence where sequence > 1000",
        (4, "entry 4 was changed"),
    ),
    "an entry put in at the end": (
        "insert into public.audit_logs (tenant_id, sequence, database_role, action, entity_type, previous_hash, row_hash) "
        "select tenant_id, sequence + 1, 'x', 'x', 'x', row_hash, row_hash from app.audit_head; " + REHASH.format(9),
        (10, "entry 9 is not the end that is known, 8"),
    ),
    "an entry put in before the others": (
        "update public.audit_logs set sequence = sequence + 100; update public.audit_logs set sequence = sequence - 99; "
        "insert into public.audit_logs (tenant_id, sequence, database_role, action, entity_type, previous_hash, row_hash) "
        "select tenant_id, 1, 'x', 'x', 'x', decode(repeat('00', 32), 'hex'), row_hash from app.audit_head; "
        + REHASH.format(1),
        (2, "entry 2 was changed"),
    ),
    "a beginning of one's own": (
        "update public.audit_logs set previous_hash = sha256('x') where sequence = 1; " + REHASH.format(1),
        (1, "entry 1 does not begin the chain"),
    ),
    "the end's note deleted": (
        "delete from app.audit_head",
        (9, "the end of the chain is not known: it has entry 8"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_the_first_broken_link_is_named(
    tampering: str, chain: Callable[[str], None], connection: psycopg.Connection
) -> None:
    assert verdict(connection) == []
    statement, expected = TAMPERINGS[tampering]
    chain(statement)
    assert verdict(connection) == [expected]


def test_one_tenants_trouble_is_not_anothers(
    chain: Callable[[str], None], connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    chain(
        "delete from public.audit_logs where sequence = 3 and tenant_id = (select id from public.tenants where slug = 'acme')"
    )
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        assert [found.tenant_id for found in auditing.look(connection).findings] == [acme.tenant]
        assert auditing.look(connection, other.tenant).findings == []
