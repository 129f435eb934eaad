"""Ways round the policies: writing into another tenant, probing for its rows, promoting oneself.

Belongs here: isolation tried by single attempts (S3 to S12). Not here: the matrix of tables, actions and people
(`test_row_level_security.py`).
"""

import re
from itertools import product

import psycopg
import pytest
from psycopg import errors, sql

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.test_row_level_security import ACTIONS, ALLOWED, statement_for, succeeds

pytestmark = pytest.mark.usefixtures("every_server")

PAST_POLICIES = (
    "truncate public.{} cascade",
    "create table scratch.pointing (id uuid references public.{} (id))",
    "create trigger mine before insert on public.{} for each row execute function suppress_redundant_updates_trigger()",
    "copy public.{} from program 'true'",
    "alter table public.{} disable row level security",
    "create policy mine on public.{} using (true)",
)


@pytest.mark.parametrize("change", ["role = 'admin'", "is_active = false"])
@pytest.mark.parametrize("person", ["user", "agent"])
def test_nobody_promotes_themselves(person: str, change: str, connection: psycopg.Connection, acme: Tenant) -> None:
    me = getattr(acme, person)
    with pytest.raises(errors.InsufficientPrivilege, match="only an admin"), acting(connection, acme.claims(me)):
        connection.execute(f"update public.profiles set {change} where id = %s", (me,))


def test_an_admin_promotes_others(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, acme.claims(acme.admin)):
        done = connection.execute("update public.profiles set role = 'agent' where id = %s", (acme.user,))
        assert done.rowcount == 1


@pytest.mark.parametrize("table", [table for table, cells in ALLOWED.items() if cells[1] and table != "export_jobs"])
def test_no_row_is_written_into_another_tenant(
    table: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """S3: neither by inserting it there, nor by moving it."""
    with acting(connection, acme.claims(acme.admin)):
        for statement in (statement_for(table, "insert"), f"update public.{table} set tenant_id = %(tenant)s"):
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement, vars(other))


def test_an_export_is_asked_for_in_ones_own_name(connection: psycopg.Connection, acme: Tenant) -> None:
    with pytest.raises(errors.InsufficientPrivilege), acting(connection, acme.claims(acme.agent)):
        connection.execute(
            "insert into public.export_jobs (tenant_id, user_id, name, type, format) "
            "values (%s, %s, 'x', 'customers', 'csv')",
            (acme.tenant, acme.admin),
        )


def test_an_export_that_is_asked_for_has_not_been_made(connection: psycopg.Connection, acme: Tenant) -> None:
    ask = (
        "insert into public.export_jobs (tenant_id, user_id, name, type, format, status) "
        "values (%s, %s, 'x', 'customers', 'csv', %s)"
    )
    with acting(connection, acme.claims(acme.agent)):
        connection.execute(ask, (acme.tenant, acme.agent, "pending"))
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(ask, (acme.tenant, acme.agent, "completed"))


def test_a_key_does_not_tell_whether_another_tenants_row_exists(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """S4."""
    said = []
    for target in (other.conversation, acme.tenant):
        with pytest.raises(errors.ForeignKeyViolation) as refusal, acting(connection, acme.claims(acme.agent)):
            connection.execute(statement_for("messages", "insert"), {"tenant": acme.tenant, "conversation": target})
        said.append(f"{refusal.value.diag.message_primary} {refusal.value.diag.message_detail}")
        said[-1] = said[-1].replace(str(target), "?")
    assert said[0] == said[1]


def test_uniqueness_is_within_the_tenant(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    """S5."""
    connection.execute(
        "insert into public.customer_profiles (tenant_id, email) values (%s, 'only@other.example')", (other.tenant,)
    )
    statement = "insert into public.customer_profiles (tenant_id, email) values (%s, 'only@other.example')"
    with acting(connection, acme.claims(acme.agent)):
        assert connection.execute(statement, (acme.tenant,)).rowcount == 1


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nothing_goes_past_the_policies(role: str, connection: psycopg.Connection, acme: Tenant) -> None:
    """S6."""
    connection.execute("create schema scratch")
    connection.execute("grant all on schema scratch to anon, authenticated")
    for table, statement in product(ALLOWED, PAST_POLICIES):
        with pytest.raises(errors.InsufficientPrivilege), acting(connection, acme.claims(acme.admin), role=role):
            connection.execute(sql.SQL(statement).format(sql.Identifier(table)))


OUT_OF_REACH = (
    "select * from app.migration",
    "select * from etl.change",
    "select * from auth.users",
    "select etl.pseudonym(gen_random_uuid(), gen_random_uuid())",
    "select app.event_time(gen_random_uuid(), gen_random_uuid(), now())",
    "select public.auto_close_inactive_conversations()",
)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_what_is_not_for_the_application_is_out_of_reach(
    role: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    for statement in OUT_OF_REACH:
        with pytest.raises(errors.InsufficientPrivilege), acting(connection, acme.claims(acme.admin), role=role):
            connection.execute(statement.encode())


def test_a_leaky_condition_sees_no_foreign_row(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    """S9: a cheap function in the query is not asked before the policy."""
    connection.execute(
        "create function public.leak(text) returns boolean language plpgsql cost 0.0001 "
        "as $$ begin raise notice '%', $1; return true; end $$"
    )
    heard: list[str] = []
    connection.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    with acting(connection, acme.claims(acme.admin)):
        connection.execute("select * from public.customer_profiles where public.leak(tenant_id::text)")
    assert heard == [str(acme.tenant)]


CHANGES = {"SELECT": "select 1 from", "UPDATE": "update", "DELETE": "delete from"}


def test_policies_ask_their_helpers_once_and_use_an_index(connection: psycopg.Connection, acme: Tenant) -> None:
    """S12: by the plans, in which each sub-select is an InitPlan, for every policy that looks for rows."""
    policies = connection.execute(
        "select tablename, cmd, roles[1], qual from pg_policies where schemaname = 'public' and qual is not null"
    ).fetchall()
    assert {table for table, *_ in policies} == set(ALLOWED)
    for table, action, role, condition in policies:
        statement = f"explain {CHANGES[action]} public.{table}"
        if action == "UPDATE":
            column = connection.execute(
                "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and attgenerated = '' "
                "and has_column_privilege('authenticated', attrelid, attnum, 'update') limit 1",
                (f"public.{table}",),
            ).fetchone()
            assert column
            statement += f" set {column[0]} = default"
        with acting(connection, acme.claims(acme.admin), role=role):
            connection.execute("set local enable_seqscan = off")
            plan = "\n".join(line for (line,) in connection.execute(statement.encode()).fetchall())
        cell = f"{action} of {table} for {role}:\n{plan}"
        assert re.search(r"Index Cond: \(+(tenant_)?id = ", plan), cell
        assert not re.search(r"SubPlan|app\.\w+\(", plan), cell
        if action == "SELECT":
            assert len(re.findall(r"^ *InitPlan", plan, re.MULTILINE)) == condition.count("( SELECT"), cell


# A trail that the application's own server could rewrite would be none.
TRAILS = {("audit_logs", "insert"), ("audit_logs", "update"), ("integration_audit_logs", "update")}


def test_everything_works_for_the_server_of_the_application(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, None, role="service_role"):
        for cell in product(ALLOWED, ACTIONS[:3]):
            assert succeeds(connection, statement_for(*cell), vars(acme)) is (cell not in TRAILS), cell
