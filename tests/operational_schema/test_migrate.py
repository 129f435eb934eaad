"""The migration runner: each file once, whole or not at all, whoever else runs."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from operational_schema import migrate
from operational_schema.errors import SchemaError
from operational_schema.migration_files import MIGRATIONS

pytestmark = pytest.mark.usefixtures("every_server")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small migrations with their rollbacks, and no functions."""
    (tmp_path / "functions").mkdir()
    made = tmp_path / "migrations"
    made.mkdir()
    write(made, "001_first", "create table public.first (id int);", "drop table public.first;")
    write(made, "002_second", "create table public.second (id int);", "drop table public.second;")
    return made


def write(folder: Path, name: str, up: str, down: str = "select 1;") -> None:
    (folder / f"{name}.sql").write_text(up, encoding="utf-8")
    (folder / f"{name}.rollback.sql").write_text(down, encoding="utf-8")


def up(url: str, folder: Path, **more: bool) -> list[str]:
    return migrate.up(url, folder=folder, function_folder=folder.parent / "functions", **more)


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("select tablename from pg_tables where schemaname = 'public'")}


def test_up_applies_once_in_order(empty_url: str, folder: Path) -> None:
    assert up(empty_url, folder) == ["001_first.sql", "002_second.sql"]
    assert up(empty_url, folder) == []
    assert [row.state for row in migrate.status(empty_url, folder=folder)] == ["applied", "applied"]


def test_a_failing_file_leaves_nothing_of_itself_and_names_its_line(empty_url: str, folder: Path) -> None:
    """M2."""
    write(folder, "003_third", "create table public.third (id int);\nselect 1;\ncreate table public.first (id int);")
    with pytest.raises(SchemaError, match=r'003_third.sql: relation "first" already exists|003_third.sql, line 3'):
        up(empty_url, folder)
    assert tables(empty_url) == {"first", "second"}
    write(folder, "003_third", "create table public.third (id int);")
    assert up(empty_url, folder) == ["003_third.sql"]


def test_an_applied_file_may_not_change_but_its_line_ends_may(empty_url: str, folder: Path) -> None:
    """M3."""
    write(folder, "001_first", "create table public.first (id int);\n-- end\n")
    up(empty_url, folder)
    (folder / "001_first.sql").write_bytes(b"create table public.first (id int);\r\n-- end\r\n")
    assert up(empty_url, folder) == []
    (folder / "001_first.sql").write_text("create table public.first (id int);\n-- End\n", encoding="utf-8")
    write(folder, "003_third", "create table public.third (id int);")
    with pytest.raises(SchemaError, match=r"001_first.sql changed"):
        up(empty_url, folder)
    assert "third" not in tables(empty_url)


def test_an_applied_file_may_not_be_missing(empty_url: str, folder: Path) -> None:
    """M4, also a database that is newer than this version."""
    up(empty_url, folder)
    (folder / "002_second.sql").unlink()
    with pytest.raises(SchemaError, match=r"002_second.sql missing"):
        up(empty_url, folder)


def test_a_late_file_is_refused_unless_allowed(empty_url: str, folder: Path) -> None:
    """M5."""
    up(empty_url, folder)
    write(folder, "001b_between", "create table public.between_them (id int);")
    with pytest.raises(SchemaError, match=r"001b_between.sql comes before 002"):
        up(empty_url, folder)
    assert up(empty_url, folder, out_of_order=True) == ["001b_between.sql"]


def test_two_runs_at_once_apply_each_file_once(empty_url: str, folder: Path) -> None:
    """M1."""
    write(folder, "003_slow", "select pg_sleep(1); create table public.slow (id int);")
    program = (
        "import sys; from pathlib import Path; from operational_schema import migrate; folder = Path(sys.argv[2]);"
        "print(len(migrate.up(sys.argv[1], folder=folder, function_folder=folder.parent / 'functions')))"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program, empty_url, str(folder)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert sorted(run.communicate(timeout=60)[0].strip() for run in runs) == ["0", "3"]
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select count(*) from app.migration").fetchone() == (3,)


def test_a_killed_run_leaves_no_lock_and_the_next_continues(empty_url: str, folder: Path) -> None:
    """M6."""
    write(folder, "003_slow", "create table public.slow (id int); select pg_sleep(30);")
    program = (
        "import sys; from pathlib import Path; from operational_schema import migrate; folder = Path(sys.argv[2]);"
        "migrate.up(sys.argv[1], folder=folder, function_folder=folder.parent / 'functions')"
    )
    run = subprocess.Popen([sys.executable, "-c", program, empty_url, str(folder)])
    while "second" not in tables(empty_url):
        assert run.poll() is None
    run.kill()
    run.wait()
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    write(folder, "003_slow", "create table public.slow (id int);")
    assert up(empty_url, folder) == ["003_slow.sql"]


def test_a_lock_that_others_hold_is_waited_for(empty_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """M7: it gives up quickly, so that nobody queues behind it, and tries again."""
    up(empty_url, folder)
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(migrate, "TRIES", 2)
    write(folder, "003_alter", "alter table public.first add column name text;")
    with psycopg.connect(empty_url) as other:
        other.execute("select * from public.first")
        with pytest.raises(SchemaError, match=r"003_alter.sql: a table stayed locked"):
            up(empty_url, folder)
    assert up(empty_url, folder) == ["003_alter.sql"]


def test_dollar_quotes_and_semicolons_pass_and_bad_bytes_are_named(empty_url: str, folder: Path) -> None:
    """M12."""
    write(
        folder,
        "003_functions",
        "create function public.quoted() returns text language plpgsql as $body$ begin return 'a;b'; end; $body$;\n"
        "create function public.atomic() returns int language sql begin atomic select 1; end;",
    )
    up(empty_url, folder)
    (folder / "004_bytes.sql").write_bytes(b"select 1;\nselect '\xff';")
    with pytest.raises(SchemaError, match=r"004_bytes.sql, line 2: not UTF-8"):
        up(empty_url, folder)


def test_somebody_elses_database_is_refused(empty_url: str, folder: Path) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute("create table public.theirs (id int)")
    with pytest.raises(SchemaError, match="tables that are not ours"):
        up(empty_url, folder)
    with pytest.raises(SchemaError, match="not a ROMASHKA database yet"):
        migrate.require_current(empty_url, folder=folder)


def test_a_half_migrated_database_is_told(empty_url: str, folder: Path) -> None:
    up(empty_url, folder)
    write(folder, "003_third", "create table public.third (id int);")
    with pytest.raises(SchemaError, match=r"lacks 003_third.sql: run romashka migrate"):
        migrate.require_current(empty_url, folder=folder)


def test_rows_are_not_taken_back_unless_asked(empty_url: str, folder: Path) -> None:
    """M10."""
    up(empty_url, folder)
    with psycopg.connect(empty_url) as connection:
        connection.execute("insert into public.second values (1)")
    with pytest.raises(SchemaError, match=r"would lose the rows of public.second"):
        migrate.down(empty_url, "001", folder=folder)
    assert migrate.down(empty_url, "001", force=True, folder=folder) == ["002_second.sql"]
    assert tables(empty_url) == {"first"}


def test_baseline_notes_without_running(empty_url: str, folder: Path) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute("create table public.first (id int)")
    migrate.baseline(empty_url, "001", folder=folder)
    assert up(empty_url, folder) == ["002_second.sql"]


CATALOGUE = """
    select 'column', table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
    from information_schema.columns where table_schema in ('public', 'app', 'etl')
    union all select 'constraint', conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace::regnamespace::text in ('public', 'app', 'etl') and contype <> 'n'
    union all select 'index', indexdef from pg_indexes where schemaname in ('public', 'app', 'etl')
    union all select 'policy', tablename || ' ' || policyname || ' ' || coalesce(qual, '') from pg_policies
    union all select 'function', oid::regprocedure || ' ' || md5(prosrc) from pg_proc
    where pronamespace::regnamespace::text in ('public', 'app', 'etl') and proname !~ '^(gtrgm|gin|similarity|.*word_sim|show_)'
    union all select 'trigger', tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text
    from pg_trigger where not tgisinternal
    order by 1, 2
"""


def catalogue(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        return connection.execute(CATALOGUE).fetchall()


def test_every_migration_can_be_taken_back_and_applied_again(operational_url: str) -> None:
    """M10 for ours: what comes back is what was there."""
    before = catalogue(operational_url)
    assert len(migrate.down(operational_url, "000")) == len(list(MIGRATIONS.glob("*.rollback.sql")))
    left = [entry for entry in catalogue(operational_url) if "migration" not in entry[1]]
    assert left == []
    migrate.up(operational_url)
    assert catalogue(operational_url) == before


def test_each_file_can_be_pasted_whole(empty_url: str) -> None:
    """M11: no meta-command, nothing but SQL, in the order of the names."""
    from operational_schema import migration_files

    with psycopg.connect(empty_url, autocommit=True) as connection:
        for file in [migration_files.shim(), *migration_files.migrations(), *migration_files.functions()]:
            if file.name.startswith("008"):
                connection.execute("create table app.migration ()")
            connection.execute(file.text)
