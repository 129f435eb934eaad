"""A dump of one server, loaded into another that has neither the roles nor the `auth` schema, as the README says.

Belongs here: the way back from pg_dump for the operational database. Not here: whom a restored dump brings back
(`tests/orchestration/lifecycle/test_erasure_restored.py`).
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from operational_schema import verify
from operational_schema.migration_files import ROOM
from operational_schema.seeding import seed
from orchestration.embedded import EmbeddedServer, wheel_binaries
from tests.conftest import execute

LEFT_OUT = ("--exclude-schema=auth", "--exclude-schema=extensions")
# What a new table grants by itself, the dump does not take back.
GRANTED = """
    alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
    alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
    alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """An empty database of a server that knows nothing of us."""
    server = EmbeddedServer(tmp_path / "elsewhere", options=(("fsync", "off"),))
    server.start()
    try:
        execute(server.url("postgres"), "create database operational")
        yield server.url("operational")
    finally:
        server.stop()


def digests(url: str) -> dict[str, tuple[str, int]]:
    """Of each table of ours a hash over its rows, and how many there are."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('public', 'app', 'etl')"
        ).fetchall()
        found = {}
        for schema, table in tables:
            row = connection.execute(
                sql.SQL("select md5(string_agg(md5(t::text), '' order by md5(t::text))), count(*) from {} as t").format(
                    sql.Identifier(schema, table)
                )
            ).fetchone()
            assert row
            found[f"{schema}.{table}"] = row
    return found


def paste(url: str, *texts: str) -> None:
    with psycopg.connect(url) as connection:
        for text in texts:
            connection.execute(text.encode())


def load(url: str, dumped: Path) -> None:
    program = wheel_binaries() / "pg_restore"
    subprocess.run([program, "--exit-on-error", f"--dbname={url}", dumped], check=True, timeout=120)


def test_a_dump_comes_back_whole_on_a_server_that_lacks_supabase(
    operational_url: str, elsewhere: str, tmp_path: Path
) -> None:
    """B5: every row, every object and every right."""
    seed(operational_url)
    dumped = tmp_path / "operational.dump"
    command = [wheel_binaries() / "pg_dump", "--format=custom", *LEFT_OUT, f"--file={dumped}", operational_url]
    subprocess.run(command, check=True, timeout=120)
    shim, functions = ((ROOM / name).read_text(encoding="utf-8") for name in ("supabase_shim.sql", "db-functions.sql"))
    paste(elsewhere, shim, GRANTED)
    load(elsewhere, dumped)
    assert verify.verify(elsewhere) == ["auth.users: trigger give_profile is missing"]
    paste(elsewhere, functions)
    assert verify.verify(elsewhere) == []
    assert digests(elsewhere) == digests(operational_url)


def test_whoever_forgets_the_rights_is_told(operational_url: str, elsewhere: str, tmp_path: Path) -> None:
    """B5: loaded over what Supabase grants by itself, everybody could empty every table."""
    dumped = tmp_path / "operational.dump"
    command = [wheel_binaries() / "pg_dump", "--format=custom", *LEFT_OUT, f"--file={dumped}", operational_url]
    subprocess.run(command, check=True, timeout=120)
    paste(elsewhere, (ROOM / "supabase_shim.sql").read_text(encoding="utf-8"))
    load(elsewhere, dumped)
    found = verify.verify(elsewhere)
    assert any(line.startswith("public.messages: right of anon is none of ours") for line in found)
