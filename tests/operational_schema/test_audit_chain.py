"""The chain of the audit trail: nobody changes it, and whoever does nevertheless is found out (R11).

Belongs here: refusals, tampering by a superuser, concurrent writers, and both verifiers side by side for any history. Not
here: what is logged (`test_audit.py`), erasing and pruning (`test_audit_upkeep.py`).
"""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from operational_schema import auditing
from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

CHANGES = 8


def verdict(connection: psycopg.Connection) -> list[tuple[int, str]]:
    """What both verifiers find, which must be the same."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        looked = auditing.look(connection)
        by_sql = connection.execute("select tenant_id, sequence, finding from app.audit_findings()").fetchall()
    by_python = [(finding.tenant_id, finding.sequence, finding.text) for finding in looked.findings]
    assert sorted(by_python) == sorted(by_sql)
    return [(sequence, text) for _, sequence, text in by_python]


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


ATTEMPTS = (
    "update public.audit_logs set action = 'nothing'",
    "update public.audit_logs set changes = '{}'",
    'update public.audit_logs set changes = \'{"name": {"erased": true}}\', ip_address = null',
    "delete from public.audit_logs",
    "truncate public.audit_logs cascade",
    "insert into public.audit_logs (tenant_id, sequence, database_role, action, entity_type, previous_hash, row_hash) "
    "select tenant_id, sequence + 1, 'x', 'x', 'x', row_hash, row_hash from app.audit_head",
)


@pytest.mark.parametrize("role", ["owner", "service_role", "authenticated", "anon", "replication mode"])
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_append_only_for_everybody(attempt: str, role: str, connection: psycopg.Connection, acme: Tenant) -> None:
    before = connection.execute("select t::text from public.audit_logs as t order by id").fetchall()
    with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        if role == "replication mode":
            connection.execute("set local session_replication_role = replica")
        elif role != "owner":
            connection.execute("select set_config('role', %s, true)", (role,))
        connection.execute(attempt.encode())
    assert connection.execute("select t::text from public.audit_logs as t order by id").fetchall() == before
    assert verdict(connection) == []


def test_application_roles_reach_nothing_beneath_the_trail(connection: psycopg.Connection, acme: Tenant) -> None:
    for role in ("anon", "authenticated", "service_role"):
        for table in ("audit_salt", "audit_head", "audit_waiting"):
            for statement in ("select from app.{}", "delete from app.{}", "truncate app.{}"):
                with (
                    acting(connection, acme.claims(acme.admin), role=role),
                    pytest.raises(errors.InsufficientPrivilege),
                ):
                    connection.execute(statement.format(table).encode())


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


def test_concurrent_writers_make_one_unbroken_chain_per_tenant(
    connection: psycopg.Connection, operational_url: str, acme: Tenant, other: Tenant
) -> None:
    """R11: 20 writers, who also take each other's rows in any order, and both tenants in one transaction."""
    writers, rounds = 20, 8
    connection.execute(
        "insert into public.customer_profiles (tenant_id, external_id, status) "
        "select tenant.id, number::text, 'active' from public.tenants as tenant, generate_series(1, 30) as number"
    )
    before = connection.execute("select count(*) from public.audit_logs").fetchone()
    failures: list[BaseException] = []
    start = threading.Barrier(writers)

    def write(writer: int) -> None:
        try:
            with psycopg.connect(operational_url) as session:
                start.wait(timeout=60)
                for turn in range(rounds):
                    # Own rows in an order of one's own: only the chains are shared.
                    for tenant in (acme, other) if (writer + turn) % 2 else (other, acme):
                        session.execute(
                            "update public.customer_profiles set phone = %s where tenant_id = %s and external_id = %s",
                            (f"{writer}.{turn}", tenant.tenant, str(writer + 1)),
                        )
                    if (writer + turn) % 7 == 0:
                        session.rollback()
                    else:
                        session.commit()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert verdict(connection) == []
    kept = sum((writer + turn) % 7 != 0 for writer in range(writers) for turn in range(rounds))
    after = connection.execute("select count(*) from public.audit_logs").fetchone()
    assert after and before and after[0] - before[0] == 2 * kept


def test_a_writer_who_waits_for_rows_keeps_nobody_from_logging(
    connection: psycopg.Connection, operational_url: str, acme: Tenant
) -> None:
    """The obvious way deadlocks: first holds a row and waits for the chain, second holds the chain and waits for the row."""
    one = "update public.profiles set language = 'de' where id = %s"
    with psycopg.connect(operational_url) as first, psycopg.connect(operational_url) as second:
        for session in (first, second):
            session.execute("set lock_timeout = '20s'")
        first.execute(one, (acme.user,))
        second.execute(one, (acme.agent,))
        blocked = threading.Thread(target=lambda: (first.execute(one, (acme.agent,)), first.commit()))
        blocked.start()
        second.execute("update public.profiles set language = 'fr' where id = %s", (acme.admin,))
        second.commit()
        blocked.join(timeout=30)
        assert not blocked.is_alive()
    assert verdict(connection) == []


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["name", "role", "setting", "customer", "delete", "two tenants", "savepoint", "rollback", "import"]
        ),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=12,
)
TAMPER = st.tuples(st.sampled_from(["action", "delete", "value", "time", "swap", "none"]), st.integers(0, 10_000))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, tamper=TAMPER)
def test_for_any_history_the_chain_holds_and_no_tampering_goes_unseen(
    steps: list[Step], tamper: tuple[str, int], connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    for number, step in enumerate(steps):
        _take(connection, step, number, acme, other)
    assert verdict(connection) == []
    kind, place = tamper
    with connection.transaction(force_rollback=True):
        found = _tamper(connection, kind, place)
        looked = auditing.look(connection)
        by_sql = connection.execute("select tenant_id, sequence, finding from app.audit_findings()").fetchall()
        assert [(f.tenant_id, f.sequence, f.text) for f in looked.findings] == sorted(by_sql)
        assert {(finding.tenant_id, finding.sequence) for finding in looked.findings} == found


def _take(connection: psycopg.Connection, step: Step, number: int, acme: Tenant, other: Tenant) -> None:
    kind, which = step
    tenant = (acme, other)[which % 2]
    values: dict[str, Any] = {
        **vars(tenant),
        "text": f"{kind} {number} é \"'\\ 👩",
        "which": which,
        "other": other.tenant,
    }
    statements = {
        "name": "update public.tenants set name = %(text)s where id = %(tenant)s",
        "role": "update public.profiles set full_name = %(text)s, language = %(text)s where tenant_id = %(tenant)s",
        "setting": "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%(tenant)s, "
        "'k' || %(which)s, jsonb_build_object('a', %(text)s::text, 'b', 1.50)) on conflict (tenant_id, setting_key) "
        "do update set setting_value = excluded.setting_value",
        "customer": "insert into public.customer_profiles (tenant_id, name) values (%(tenant)s, %(text)s)",
        "delete": "delete from public.system_settings where tenant_id = %(tenant)s",
        "two tenants": "update public.tenants set name = %(text)s",
    }  # fmt: skip
    with connection.transaction(force_rollback=kind == "rollback"):
        if kind == "import":
            connection.execute("set local app.import = 'on'")
        connection.execute(statements.get(kind, statements["customer"]).encode(), values)
        if kind == "savepoint":
            with connection.transaction(force_rollback=True):
                connection.execute(statements["name"].encode(), values)


def _tamper(connection: psycopg.Connection, kind: str, place: int) -> set[tuple[Any, int]]:
    """Do it to one entry of all; returns which link is the first that cannot hold."""
    entries = connection.execute(
        "select tenant_id, sequence, (select max(sequence) from public.audit_logs as t where t.tenant_id = a.tenant_id) "
        "from public.audit_logs as a where changes <> '{}' order by tenant_id, sequence"
    ).fetchall()
    tenant, sequence, end = entries[place % len(entries)]
    at = {"tenant": tenant, "sequence": sequence}
    connection.execute(
        "alter table public.audit_logs disable trigger user; set local session_replication_role = replica"
    )
    where = "where tenant_id = %(tenant)s and sequence = %(sequence)s"
    if kind == "none" or (kind == "swap" and sequence == end):
        return set()
    if kind == "action":
        connection.execute(f"update public.audit_logs set action = action || ' ' {where}", at)
    elif kind == "time":
        connection.execute(f"update public.audit_logs set created_at = created_at + interval '1 us' {where}", at)
    elif kind == "value":
        connection.execute(f"update public.audit_logs set changes = changes || '{{\"zzz\": {{}}}}' {where}", at)
    elif kind == "delete":
        connection.execute(f"delete from public.audit_logs {where}", at)
        return {(tenant, sequence if sequence == end else sequence + 1)}
    else:
        connection.execute(
            "update public.audit_logs set sequence = 1000000 + sequence where tenant_id = %(tenant)s "
            "and sequence in (%(sequence)s, %(sequence)s + 1)", at)  # fmt: skip
        connection.execute(
            "update public.audit_logs set sequence = 2 * %(sequence)s + 1 - (sequence - 1000000) "
            "where tenant_id = %(tenant)s and sequence > 1000000", at)  # fmt: skip
    return {(tenant, sequence)}
