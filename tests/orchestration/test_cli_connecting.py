"""What a person reads where no connection can be had, and where their password is not shown.

Belongs here: URLs, servers and passwords. Not here: databases that are reached, and not ours (`test_cli.py`).
"""

import os
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from orchestration.embedded import EmbeddedServer
from tests.conftest import execute
from tests.orchestration.test_cli import Romashka, fails
from tests.orchestration.test_cli import romashka as romashka  # a fixture is known by its name


def test_no_server_wrong_url_and_wrong_password_are_one_line(romashka: Romashka) -> None:
    def refused(url: str, message: str) -> None:
        done = romashka("migrate", ROMASHKA_OPERATIONAL_URL=url)
        fails(done, message)
        assert "canary" not in done.stderr, "a password is never shown"

    refused("postgresql://user:canary@127.0.0.1:1/db", "cannot reach database db at 127.0.0.1:1")
    refused("postgresql://user:canary@no-such-host.invalid/db", "cannot reach database db at no-such-host.invalid")
    refused("http://example.com", "ROMASHKA_OPERATIONAL_URL is not a PostgreSQL URL")


def test_psql_is_not_given_the_password_as_an_argument(romashka: Romashka, tmp_path: Path) -> None:
    """S16: everybody on the machine could read it there."""
    program = tmp_path / "psql"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" "password $PGPASSWORD"\n')
    program.chmod(0o755)
    urls = {f"ROMASHKA_{which}_URL": "postgresql://me:ca%40nary@h:5/d" for which in ("OPERATIONAL", "WAREHOUSE")}
    given = romashka("psql", "warehouse", "-c", "select 1", PATH=f"{tmp_path}:{os.environ['PATH']}", **urls)
    place, *rest = given.stdout.splitlines()
    assert conninfo_to_dict(place) == {"user": "me", "host": "h", "port": "5", "dbname": "d"}
    assert rest == ["-c", "select 1", "password ca@nary"]


def test_a_wrong_password_is_one_line(romashka: Romashka, tmp_path: Path) -> None:
    guarded = EmbeddedServer(tmp_path / "guarded", options=(("fsync", "off"),))
    guarded.start()
    try:
        execute(guarded.url("postgres"), "create role visitor login password 'right'")
        rules = guarded.data / "pg_hba.conf"
        rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        execute(guarded.url("postgres"), "select pg_reload_conf()")
        url = guarded.url("postgres").replace("postgres@", "visitor:canary@", 1)
        done = romashka("migrate", ROMASHKA_OPERATIONAL_URL=url)
        fails(done, "password authentication failed")
        assert "canary" not in done.stderr
    finally:
        guarded.stop()
