"""The chain of the audit trail: nobody changes it, and whoever does nevertheless is found out (R11).

Belongs here: refusals, concurrent writers, and both verifiers side by side for any history. Not here: each way of
tampering (`test_audit_tampering.py`), what is logged (`test_audit.py`), erasing and pruning (`test_audit_upkeep.py`).
"""

import threading
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from operational_schema import auditing
from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")


def verdict(connection: psycopg.Connection) -> list[tuple[int, str]]:
    """What both verifiers find, which must be the same."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        looked = auditing.look(connection)
        by_sql = connection.execute("select tenant_id, sequence, finding from app.audit_findings()").fetchall()
    by_python = [(finding.tenant_id, finding.sequence, finding.text) for finding in looked.findings]
    assert sorted(by_python) == sorted(by_sql)
    return [(sequence, text) for _, sequence, text in by_python]


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


def test_concurrent_writers_make_one_unbroken_chain_per_tenant(
    connection: psycopg.Connection, operational_url: str, acme: Tenant, other: Tenant
) -> None:
    """R11: 20 writers of rows of their own: only the chains are shared, and taken in either order."""
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
