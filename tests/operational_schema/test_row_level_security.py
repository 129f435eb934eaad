"""Who may do what to whose rows: every table, every action, every kind of caller; only what is listed succeeds."""

import uuid

import psycopg
import pytest

from tests.operational_schema.conftest import Become, Tenant, claims_of

pytestmark = pytest.mark.usefixtures("every_server")

READ, WRITE, REMOVE = "select", ("insert", "update"), "delete"
STAFF = {"agent", "admin"}
# Table → action → roles of the own tenant that succeed. What is not here, nobody may do.
ALLOWED: dict[str, dict[str, set[str]]] = {
    "tenants": {"select": {"user", *STAFF}},
    "profiles": {"select": {"user", *STAFF}, "insert": {"admin"}, "update": {"user", *STAFF}, "delete": {"admin"}},
    "conversation_events": {"select": STAFF},
    "report_deliveries": {"select": STAFF},
    # The row of the test belongs to the agent: an export is asked for in one's own name.
    "export_jobs": {"select": STAFF, "insert": {"agent"}, "update": {"admin"}, "delete": {"admin"}},
    **{
        table: {"select": STAFF, "insert": STAFF, "update": STAFF, "delete": {"admin"}}
        for table in ("customer_profiles", "conversations", "messages")
    },
    **{
        table: {"select": STAFF, "insert": {"admin"}, "update": {"admin"}, "delete": {"admin"}}
        for table in (
            "tenant_business_schedules", "tenant_business_hours", "tenant_special_days", "system_settings", "scheduled_reports",
        )
    },
}  # fmt: skip
ACTIONS = ("select", "insert", "update", "delete")


def tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1").fetchall()
    return [name for (name,) in rows]


def copy_of_row(url: str, table: str, tenant: uuid.UUID) -> str:
    """An insert of a row of that tenant like the one that is there, with keys of its own."""
    fresh = {"id": "gen_random_uuid()", "slug": "'x' || left(md5(random()::text), 8)", "valid_from": "'2020-01-01'",
             "email": "md5(random()::text)", "opens_at": "'08:00'", "day": "'2030-01-01'", "setting_key": "'another_key'",
             "recipient": "md5(random()::text)", "external_id": "null", "external_conversation_id": "null"}  # fmt: skip
    with psycopg.connect(url) as connection:
        columns = [
            name
            for (name,) in connection.execute(
                "select column_name from information_schema.columns where table_schema = 'public' and table_name = %s "
                "and is_generated = 'NEVER' order by ordinal_position",
                (table,),
            )
        ]
        own = "id" if table == "tenants" else "tenant_id"
        row = connection.execute(
            f"select to_jsonb(t) from public.{table} t where {own} = %s limit 1", (tenant,)
        ).fetchone()
    if table == "tenant_special_days":
        fresh |= {"closes_at": "'09:00'"}
    values = [fresh.get(column, f"(row).{column}") for column in columns]
    literal = psycopg.sql.Literal(psycopg.types.json.Jsonb(row[0]))
    source = psycopg.sql.SQL("(select jsonb_populate_record(null::public.{}, {}) as row) as copied").format(
        psycopg.sql.Identifier(table), literal
    )
    return psycopg.sql.SQL("insert into public.{} ({}) select {} from {}").format(
        psycopg.sql.Identifier(table), psycopg.sql.SQL(", ".join(columns)), psycopg.sql.SQL(", ".join(values)), source
    )


def statement(url: str, table: str, action: str, tenant: uuid.UUID) -> object:
    own = "id" if table == "tenants" else "tenant_id"
    if action == "insert":
        return copy_of_row(url, table, tenant)
    return {
        "select": f"select 1 from public.{table} where {own} = '{tenant}'",
        "update": f"update public.{table} set created_at = created_at where {own} = '{tenant}'",
        "delete": f"delete from public.{table} where {own} = '{tenant}'",
    }[action]


def succeeds(connection: psycopg.Connection, sql: object) -> bool:
    """Whether it touched a row. A refusal must be one of rights or of row level security, never another error."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(sql).rowcount > 0
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.errors.ForeignKeyViolation:
        return True  # the policy let it through; the row is merely used


def callers(tenants: dict[str, Tenant]) -> dict[str, tuple[str, dict[str, object] | None, set[str]]]:
    """Name → database role, claims, and the roles in A that it counts as."""
    a, b = tenants["A"], tenants["B"]
    agent = claims_of(a, "agent")
    return {
        **{person: ("authenticated", claims_of(a, person), {person}) for person in ("user", "agent", "admin")},
        "anon": ("anon", None, set()),
        "agent of B": ("authenticated", claims_of(b, "agent"), set()),
        "admin of B": ("authenticated", claims_of(b, "admin"), set()),
        "no claim": ("authenticated", None, set()),
        "malformed claim": ("authenticated", agent | {"app_metadata": {"tenant_id": "A'; drop table x;--"}}, set()),
        "empty claim": ("authenticated", agent | {"app_metadata": {"tenant_id": ""}}, set()),
        "claim in user_metadata": (
            "authenticated", {"sub": agent["sub"], "user_metadata": agent["app_metadata"]}, set(),
        ),
        "person of B with the claim of A": ("authenticated", agent | {"sub": str(b.people["admin"])}, {"stranger"}),
    }  # fmt: skip


def test_only_listed_cells_succeed(operational_url: str, tenants: dict[str, Tenant], become: Become) -> None:
    """S1, S2: the whole matrix."""
    with psycopg.connect(operational_url) as owner:
        every_table = tables(owner)
    assert set(every_table) == ALLOWED.keys(), "each table has its line in the matrix"
    statements = {
        (table, action): statement(operational_url, table, action, tenants["A"].id)
        for table in every_table
        for action in ACTIONS
    }
    wrong = []
    for name, (role, claims, counts_as) in callers(tenants).items():
        with become(role, claims) as connection:
            for (table, action), sql in statements.items():
                expected = bool(ALLOWED[table].get(action, set()) & counts_as)
                # A claim of A without a profile there: the tenant's name is all that it opens.
                expected |= counts_as == {"stranger"} and (table, action) == ("tenants", "select")
                if succeeds(connection, sql) != expected:
                    wrong.append(f"{name}: {action} {table} should {'succeed' if expected else 'fail'}")
    assert not wrong, "\n".join(wrong)


def test_a_row_cannot_be_put_into_or_moved_to_another_tenant(tenants: dict[str, Tenant], become: Become) -> None:
    """S3."""
    a, b = tenants["A"], tenants["B"]
    with become("authenticated", claims_of(a, "admin")) as connection:
        for sql in (
            f"insert into public.customer_profiles (tenant_id) values ('{b.id}')",
            f"update public.customer_profiles set tenant_id = '{b.id}' where tenant_id = '{a.id}'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(sql)


def test_a_foreign_parent_and_none_look_the_same(tenants: dict[str, Tenant], become: Become) -> None:
    """S4: the error must not tell whether the other tenant's row exists."""
    a, b = tenants["A"], tenants["B"]
    said = []
    with become("authenticated", claims_of(a, "agent")) as connection:
        for parent in (b.conversation, uuid.uuid4()):
            with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused, connection.transaction():
                connection.execute(
                    "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'user', '')",
                    (a.id, parent),
                )
            said.append(str(refused.value).replace(str(parent), "…"))
    assert said[0] == said[1]


def test_uniqueness_is_per_tenant(tenants: dict[str, Tenant], become: Become) -> None:
    """S5: an address that another tenant has can be used, and tells nothing."""
    with become("authenticated", claims_of(tenants["A"], "agent")) as connection:
        connection.execute(
            "update public.customer_profiles set email = 'only-at-a@example.com' where tenant_id = %s",
            (tenants["A"].id,),
        )
        connection.execute(
            "insert into public.customer_profiles (tenant_id, email) values (%s, 'c@example.com')", (tenants["A"].id,)
        )


@pytest.mark.parametrize("action", ["truncate public.messages", "create trigger t before insert on public.messages "
                                    "for each row execute function public.update_updated_at_column()"])  # fmt: skip
def test_the_application_cannot_truncate_or_put_triggers(
    tenants: dict[str, Tenant], become: Become, action: str
) -> None:
    """S6."""
    with (
        become("authenticated", claims_of(tenants["A"], "admin")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(action)


def test_nobody_promotes_himself(tenants: dict[str, Tenant], become: Become) -> None:
    user = tenants["A"].people["user"]
    with become("authenticated", claims_of(tenants["A"], "user")) as connection:
        connection.execute("update public.profiles set full_name = 'Me' where id = %s", (user,))
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only an admin"):
            connection.execute("update public.profiles set role = 'admin' where id = %s", (user,))


def test_an_inactive_agent_sees_nothing(operational_url: str, tenants: dict[str, Tenant], become: Become) -> None:
    agent = tenants["A"].people["agent"]
    with psycopg.connect(operational_url) as owner:
        owner.execute("update public.profiles set is_active = false where id = %s", (agent,))
    with become("authenticated", claims_of(tenants["A"], "agent")) as connection:
        assert connection.execute("select * from public.conversations").fetchall() == []


def test_the_change_log_and_its_key_are_out_of_reach(tenants: dict[str, Tenant], become: Become) -> None:
    with become("authenticated", claims_of(tenants["A"], "admin")) as connection:
        for sql in ("select * from etl.change", "select etl.pseudonym(gen_random_uuid(), gen_random_uuid())"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(sql)
