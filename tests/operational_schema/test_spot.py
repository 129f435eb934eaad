"""What the linters of functions notice.

Belongs here: breaking what pgspot and plpgsql_check look at. Not here: the rules of the catalogue (`test_catalogue.py`).
"""

import warnings
from pathlib import Path

import psycopg
import pytest

from tests.operational_schema.spot import findings, ours

FUNCTION = """
create function app.new(said integer) returns text language plpgsql security definer {path} as $$
begin
    return (select body from {table} as body limit 1) || said::text;
end;
$$;
"""


@pytest.mark.parametrize(
    ("path", "table", "rule"),
    [
        ("set search_path = pg_catalog, pg_temp", "public.messages", None), ("", "public.messages", "PS003"),
        ("set search_path = ''", "public.messages", "PS004"),
        ("set search_path = public, pg_temp", "public.messages", "PS004"),
    ],
)  # fmt: skip
def test_a_function_that_can_be_led_astray_is_found(path: str, table: str, rule: str | None, tmp_path: Path) -> None:
    file = tmp_path / "new.sql"
    file.write_text(FUNCTION.format(path=path, table=table))
    assert (rule or "") in findings([file])
    assert bool(findings([file])) == bool(rule)


def test_ours_are_read() -> None:
    names = {file.name for file in ours()}
    assert {"001_core_tables.sql", "analytics.sql", "maintenance.sql"} <= names
    assert not any("rollback" in name for name in names)


@pytest.mark.usefixtures("every_server")
def test_a_temporary_type_of_the_callers_is_never_reached(connection: psycopg.Connection) -> None:
    """With an empty path it would be: temporary types come before the system's, and a domain's check is anybody's code."""
    connection.execute(f'grant temporary on database "{connection.info.dbname}" to authenticated')
    connection.execute("create table public.caught (by_whom text)")
    connection.execute("grant insert on public.caught to authenticated")
    with connection.transaction():
        connection.execute("set local role authenticated")
        connection.execute(
            "create function pg_temp.bait(said pg_catalog.text) returns boolean language sql as "
            "$$ insert into public.caught values (current_user) returning true $$"
        )
        for name in ("text", "uuid", "numeric", "timestamptz", "jsonb"):
            base = f"pg_catalog.{name}"
            connection.execute(f"create domain pg_temp.{name} as {base} check (pg_temp.bait(value::pg_catalog.text))")
        for call in (
            "public.search_knowledge_base('x')", "public.search_messages('x')", "app.role()", "app.public_tenant_id()",
            "public.validate_email('a@example.com')", "app.is_cron('0 9 * * *')",
        ):  # fmt: skip
            connection.execute(f"select * from {call}".encode())
    assert connection.execute("select * from public.caught").fetchall() == []


@pytest.mark.usefixtures("every_server")
def test_plpgsql_check_finds_nothing(connection: psycopg.Connection) -> None:
    has = connection.execute("select 1 from pg_available_extensions where name = 'plpgsql_check'").fetchone()
    if not has:
        warnings.warn(
            "NO plpgsql_check on this server: function bodies are checked by pgspot and by running them", stacklevel=1
        )
        pytest.skip("NO plpgsql_check on this server")
    connection.execute("create extension plpgsql_check schema extensions")
    found = connection.execute(
        """
        select function.oid::regprocedure::text, said.*
        from pg_proc as function
        inner join pg_language as language on language.oid = function.prolang and language.lanname = 'plpgsql'
        left join pg_trigger as caller on caller.tgfoid = function.oid
        cross join lateral extensions.plpgsql_check_function(function.oid, coalesce(caller.tgrelid, 0)) as said
        where function.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
            and (function.prorettype <> 'trigger'::regtype or caller.oid is not null) and said ~ '^error'
        """
    ).fetchall()
    assert found == []
