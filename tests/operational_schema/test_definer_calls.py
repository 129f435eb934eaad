"""What the application may call with the owner's rights: of another tenant it tells and changes nothing.

Belongs here: each such function, called as somebody of acme with the keys and words of another tenant. Not here: what it does
for its own tenant, and that no caller leads it astray (`test_definer_traps.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.access import ALLOWED
from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

WORD = "quillfeather"
Call = Callable[[psycopg.Connection, Tenant, Tenant], object]


def _nothing(call: str) -> Call:
    """It returns no row, or null."""

    def ask(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
        rows = connection.execute(f"select * from {call}".encode(), {"word": WORD}).fetchall()
        assert rows in ([], [(None,)]), call

    return ask


def _refused_alike(call: str, theirs: str) -> Call:
    """Refused with the words in which a key of nobody is refused."""

    def ask(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
        [(own,)] = connection.execute("select id from public.workflows").fetchall()
        # By a session that sees everything: the caller guesses keys that are there.
        connection.execute("reset role")
        [(key,)] = connection.execute(theirs.encode(), (other.tenant,)).fetchall()
        connection.execute("set local role authenticated")
        said = []
        for guess in (key, uuid.uuid4()):
            with pytest.raises(errors.NoDataFound) as refusal, connection.transaction():
                connection.execute(f"select {call}".encode(), {"guess": guess, "own": own})
            said.append(str(refusal.value).split("\nCONTEXT")[0].replace(str(guess), "?"))
        assert said[0] == said[1]

    return ask


def _of_own_tenant(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    connection.execute("select public.create_api_key('x', array['read'])")
    connection.execute("reset role")
    keys = connection.execute("select tenant_id from public.api_keys where name = 'x'").fetchall()
    assert keys == [(acme.tenant,)]


def _of_the_header(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    """Whose published knowledge a visitor reads is public: the header's tenant, and nothing without one."""
    assert connection.execute("select app.public_tenant_id()").fetchone() == (None,)


def _no_role(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    """Another tenant's person is nobody here, and our person is nobody there."""
    for claims in (acme.claims(other.admin), other.claims(acme.admin)):
        with acting(connection, claims):
            assert connection.execute("select app.role()").fetchone() == (None,)


def _of_no_row(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> None:
    """It looks at what it is given."""
    assert connection.execute("select app.refuse_secret('{\"max_tokens\": 1}')").fetchone() == (True,)


WORKFLOW = "select id from public.workflows where tenant_id = %s"
CONVERSATION = "select id from public.conversations where tenant_id = %s order by id limit 1"
RUN = "select id from public.workflow_executions where tenant_id = %s"
CALLS: dict[str, list[Call]] = {
    "app.public_tenant_id()": [_of_the_header],
    "app.refuse_secret(jsonb)": [_of_no_row],
    "app.role()": [_no_role],
    "create_api_key(text,text[],timestamp with time zone)": [_of_own_tenant],
    "execute_workflow(uuid,uuid,jsonb)": [
        _refused_alike("public.execute_workflow(%(guess)s, null)", WORKFLOW),
        _refused_alike("public.execute_workflow(%(own)s, %(guess)s)", CONVERSATION),
    ],
    "resume_workflow(uuid)": [_refused_alike("public.resume_workflow(%(guess)s)", RUN)],
    "search_knowledge_base(text,text,integer)": [_nothing("public.search_knowledge_base(%(word)s)")],
    "search_messages(text,integer)": [_nothing("public.search_messages(%(word)s)")],
}


def _callable(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute(
        """
        select function.oid::regprocedure::text
        from pg_proc as function
        where function.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
            and function.prosecdef and function.prorettype <> 'trigger'::regtype
            and (
                has_function_privilege('authenticated', function.oid, 'execute')
                or has_function_privilege('anon', function.oid, 'execute')
            )
        """
    ).fetchall()
    return {name for (name,) in rows}


def _rows_of(connection: psycopg.Connection, tenant: Tenant) -> dict[str, str | None]:
    """A digest of all that a tenant has, by table."""
    digest = "select md5(string_agg(kept::text, '|' order by kept::text)) from public.{} as kept where tenant_id = %s"
    return {
        table: connection.execute(digest.format(table).encode(), (tenant.tenant,)).fetchone()[0]  # type: ignore[index]
        for table in ALLOWED
        if table != "tenants"
    }


def test_each_is_called_here(connection: psycopg.Connection) -> None:
    assert _callable(connection) == set(CALLS)


@pytest.mark.parametrize("function", CALLS)
def test_of_another_tenant_it_tells_and_changes_nothing(
    function: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """S7."""
    connection.execute("update public.workflows set is_active = true")
    connection.execute("update public.messages set content = %s where tenant_id = %s", (WORD, other.tenant))
    connection.execute(
        "update public.knowledge_items set title = %s, is_public = true where tenant_id = %s", (WORD, other.tenant)
    )
    for call in CALLS[function]:
        before = _rows_of(connection, other)
        with acting(connection, acme.claims(acme.admin)):
            call(connection, acme, other)
            connection.execute("reset role")
            assert _rows_of(connection, other) == before
