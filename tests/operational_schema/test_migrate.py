"""What the runner applies and what it refuses.

Belongs here: files, history and refusals (M2 to M5, M12), adoption of a database. Not here: several processes, locks
and poolers (`test_migrate_faults.py`), and taking back (`test_rollback.py`).
"""

import psycopg
import pytest

from operational_schema import migrate
from operational_schema.errors import SchemaError
from operational_schema.migration_files import FUNCTIONS, MIGRATIONS, functions, migrations, shim
from operational_schema.verify import verify
from orchestration.embedded import EmbeddedServer
from tests.operational_schema.conftest import Folder, dump

pytestmark = pytest.mark.usefixtures("every_server")


def _has(url: str, relation: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select to_regclass(%s) is not null", (relation,)).fetchone() == (True,)


def test_files_are_applied_once_in_their_order(empty_url: str, folder: Folder) -> None:
    folder.write("002_b.sql", "insert into public.a values (1);")
    folder.write("001_a.sql", "create table public.a (id int);")
    assert folder.up(empty_url) == ["supabase_shim.sql", "001_a.sql", "002_b.sql"]
    assert folder.up(empty_url) == []
    folder.write("003_c.sql", "insert into public.a values (2);")
    assert [(row.version, row.state) for row in folder.status(empty_url)] == [
        ("001", "applied"), ("002", "applied"), ("003", "pending"),
    ]  # fmt: skip
    assert folder.up(empty_url) == ["003_c.sql"]


def test_a_function_file_is_applied_again_when_it_changes(empty_url: str, folder: Folder) -> None:
    folder.write("001_a.sql", "create table public.a (id int);")
    folder.write_function("one.sql", "create or replace function public.one() returns int return 1;")
    assert folder.up(empty_url)[1:] == ["001_a.sql", "one.sql"]
    folder.write_function("one.sql", "create or replace function public.one() returns int return 2;")
    assert folder.status(empty_url)[-1].state == "pending"
    assert folder.up(empty_url) == ["one.sql"]
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select public.one()").fetchone() == (2,)


FAILING = {
    "create table public.b (id int);\n\nselect 1 / 0;\n": "line 3: division by zero",
    "create table public.b (id int);\nselect\n  nothing from public.b;\n": 'line 3: column "nothing" does not exist',
    "create table public.b (id int);\ncreat table c;\n": 'line 2: syntax error at or near "creat"',
    "create table public.b (id int);\n-- first ; this\ndo $$ begin\nraise exception 'no'\nusing hint = 'try'; end $$;": (
        r"line 3: no \(try\)"
    ),
    "create table public.b (\n  id int\n);\ninsert into public.b values\n(';'),\n('x');\n": "line 5: invalid input",
}


@pytest.mark.parametrize("text", FAILING)
def test_of_a_file_that_fails_nothing_stays_and_its_line_is_named(text: str, empty_url: str, folder: Folder) -> None:
    """M2."""
    folder.write("001_a.sql", "create table public.a (id int);")
    folder.write("002_b.sql", text)
    with pytest.raises(SchemaError, match=rf"^002_b\.sql, {FAILING[text]}.*; nothing was changed by 002_b\.sql$"):
        folder.up(empty_url)
    assert _has(empty_url, "public.a")
    assert not _has(empty_url, "public.b")
    folder.write("002_b.sql", "create table public.b (id int);")
    assert folder.up(empty_url) == ["002_b.sql"]


def test_a_changed_file_is_refused_and_other_line_ends_are_not(empty_url: str, folder: Folder) -> None:
    """M3."""
    first = folder.write("001_a.sql", "create table public.a (\n  id int\n);\n")
    folder.up(empty_url)
    first.write_bytes(first.read_bytes().replace(b"\n", b"\r\n"))
    folder.write("002_b.sql", "create table public.b (id int);")
    assert folder.up(empty_url) == ["002_b.sql"]
    first.write_bytes(first.read_bytes().replace(b"id", b"ID"))
    folder.write("003_c.sql", "create table public.c (id int);")
    with pytest.raises(SchemaError, match=r"^001_a\.sql changed since it was applied: restore it"):
        folder.up(empty_url)
    assert not _has(empty_url, "public.c")


def test_files_that_the_database_has_and_the_disk_lacks_are_named(empty_url: str, folder: Folder) -> None:
    """M4: one in the middle, and one that a newer version of the program applied."""
    for name in ("001_a.sql", "002_b.sql", "003_c.sql"):
        folder.write(name, f"create table public.{name[4]} (id int);")
    folder.up(empty_url)
    for name in ("002_b.sql", "003_c.sql"):
        (folder.migrations / name).unlink()
    folder.write("004_d.sql", "create table public.d (id int);")
    with pytest.raises(SchemaError, match=r"^002_b\.sql, 003_c\.sql missing since it was applied"):
        folder.up(empty_url)
    assert not _has(empty_url, "public.d")


def test_a_file_before_an_applied_one_is_refused_unless_allowed(empty_url: str, folder: Folder) -> None:
    """M5."""
    folder.write("001_a.sql", "create table public.a (id int);")
    folder.write("003_c.sql", "create table public.c (id int);")
    folder.up(empty_url)
    folder.write("002b_b.sql", "create table public.b (id int);")
    with pytest.raises(SchemaError, match=r"^002b_b\.sql comes before 003, which is applied"):
        folder.up(empty_url)
    assert folder.up(empty_url, out_of_order=True) == ["002b_b.sql"]


def test_two_files_that_changed_places_are_refused(empty_url: str, folder: Folder) -> None:
    folder.write("001_a.sql", "create table public.a (id int);")
    folder.write("002_b.sql", "create table public.b (id int);")
    folder.up(empty_url)
    for old, new in (("001_a.sql", "x"), ("002_b.sql", "001_b.sql"), ("x", "002_a.sql")):
        (folder.migrations / old).rename(folder.migrations / new)
    with pytest.raises(SchemaError, match=r"^001_b\.sql, 002_a\.sql changed"):
        folder.up(empty_url)


def test_quotes_and_bodies_of_every_kind_run(empty_url: str, folder: Folder) -> None:
    """M12."""
    folder.write(
        "001_a.sql",
        """
        create table public.a (said text default 'a;b''c;', "odd;name" int);
        create function public.f() returns text language plpgsql as $body$ begin return $$x;y$$; end; $body$;
        create function public.g(n int) returns int begin atomic select case when n > 1 then 2 else 3 end; end;
        /* one; */ insert into public.a values (E'it\\'s; fine', public.g(2)); -- two;
        """,
    )
    folder.up(empty_url)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select * from public.a").fetchall() == [("it's; fine", 2)]


def test_a_file_that_is_not_utf_8_is_refused_by_name(empty_url: str, folder: Folder) -> None:
    """M12."""
    folder.write("001_a.sql", "create table public.a (id int);")
    (folder.migrations / "002_b.sql").write_bytes(b"-- fine\n-- caf\xe9\n")
    with pytest.raises(SchemaError, match=r"^002_b\.sql, line 2: not UTF-8"):
        folder.up(empty_url)
    assert not _has(empty_url, "public.a")


@pytest.mark.parametrize("word", ["begin", "COMMIT", "rollback"])
def test_a_file_does_not_end_its_own_transaction(word: str, empty_url: str, folder: Folder) -> None:
    folder.write("001_a.sql", f"create table public.a (id int);\n{word};\n")
    with pytest.raises(SchemaError, match=rf"^001_a\.sql, line 2: {word.lower()} is not for a file to say"):
        folder.up(empty_url)
    assert not _has(empty_url, "public.a")


@pytest.mark.parametrize("names", [("first.sql",), ("001_a.sql", "001_b.sql"), ("01_a.sql",), ("001_A.sql",)])
def test_names_that_give_no_order_are_refused(names: tuple[str, ...], empty_url: str, folder: Folder) -> None:
    for name in names:
        folder.write(name, "select 1;")
    with pytest.raises(SchemaError, match="migration"):
        folder.up(empty_url)


def test_somebody_elses_database_is_refused(empty_url: str) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute("create table public.theirs (id int)")
    with pytest.raises(SchemaError, match=r"is not a ROMASHKA database \(it has theirs, .*romashka migrate baseline"):
        migrate.up(empty_url)
    assert not _has(empty_url, "app.migration")


def test_on_supabase_its_own_roles_and_functions_are_left_alone(every_server: EmbeddedServer, empty_url: str) -> None:
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute(shim().text.encode())
        connection.execute("comment on schema auth is null")
        connection.execute("create or replace function auth.role() returns text language sql as $$ select 'theirs' $$")
        connection.execute("create role supabase_admin")
        try:
            assert migrate.up(empty_url)[0] == "001_core_tables.sql"
        finally:
            connection.execute("drop role supabase_admin")
        assert connection.execute("select auth.role()").fetchone() == ("theirs",)


def test_pasting_every_file_makes_the_same_database(
    empty_url: str, operational_url: str, every_server: EmbeddedServer
) -> None:
    """M11, and adoption: what was pasted is noted, not run again."""
    with psycopg.connect(empty_url, autocommit=True) as connection:
        for file in [shim(), *migrations(MIGRATIONS), *functions(FUNCTIONS)]:
            connection.execute(file.text.encode())
    with pytest.raises(SchemaError, match="is not a ROMASHKA database"):
        migrate.up(empty_url)
    migrate.baseline(empty_url, migrations(MIGRATIONS)[-1].version)
    migrate.up(empty_url)
    assert verify(empty_url) == []
    assert dump(every_server, empty_url) == dump(every_server, operational_url)


def test_baseline_is_not_believed_blindly(empty_url: str, operational_url: str) -> None:
    with pytest.raises(SchemaError, match="there is no migration 999"):
        migrate.baseline(empty_url, "999")
    with pytest.raises(SchemaError, match=r"lacks public\.tenants, "):
        migrate.baseline(empty_url, "001")
    with pytest.raises(SchemaError, match="has a history of migrations"):
        migrate.baseline(operational_url, "001")


def test_work_starts_on_the_present_schema_only(empty_url: str, operational_url: str) -> None:
    migrate.require_current(operational_url)
    with psycopg.connect(operational_url) as connection:
        connection.execute("delete from app.migration where version in ('007', 'functions/utility.sql')")
    with pytest.raises(SchemaError, match=r"lacks 007_change_log\.sql, utility\.sql: run romashka migrate$"):
        migrate.require_current(operational_url)


def test_supabases_own_list_is_kept_too(empty_url: str, folder: Folder) -> None:
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("create schema supabase_migrations")
        folder.write("001_a.sql", "create table public.a (id int);")
        folder.write("002_b.sql", "select 1;")
        folder.write("002_b.rollback.sql", "select 1;")
        folder.write_function("one.sql", "create or replace function public.one() returns int return 1;")
        folder.write_function("one.rollback.sql", "drop function public.one();")
        folder.up(empty_url)
        listed = "select version, name, statements from supabase_migrations.schema_migrations order by version"
        first = ("001", "a", ["create table public.a (id int);"])
        assert connection.execute(listed).fetchall() == [first, ("002", "b", ["select 1;"])]
        migrate.down(empty_url, "001", folder=folder.migrations, functions=folder.functions)
        assert connection.execute(listed).fetchall() == [first]
