"""romashka secrets as a person types it: a real process each, and a canary that must turn up nowhere.

Belongs here: the command. Not here: envelopes and rows (`tests/operational_schema/test_secret_columns.py`).
"""

import os
import pty
import subprocess
import termios
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.operational_schema.test_envelope import CANARY, NEW, OLD
from tests.orchestration.test_cli import ROMASHKA, fails

Secrets = Callable[..., subprocess.CompletedProcess[str]]
COLUMN = "integrations.credentials"


@pytest.fixture
def secrets(operational_url: str, tmp_path: Path) -> Secrets:
    """Runs romashka secrets on a database of its own; nothing it says or writes holds a secret or a key."""

    def run(
        *arguments: str, keys: str = f"old:{OLD}", typed: bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        home = tmp_path / "home"
        given = {"ROMASHKA_HOME": str(home), "ROMASHKA_OPERATIONAL_URL": operational_url, "ROMASHKA_SECRET_KEYS": keys}
        done = subprocess.run(
            [ROMASHKA, "secrets", *arguments], env={**os.environ, **given, **environment}, cwd=tmp_path, input=typed,
            capture_output=True, check=False,
        )  # fmt: skip
        said = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
        kept = "".join(file.read_text(errors="replace") for file in tmp_path.rglob("*") if file.is_file())
        for canary in (CANARY, OLD, NEW):
            assert canary not in said.stdout + said.stderr + kept
        return said

    return run


@pytest.fixture
def row(operational_url: str) -> str:
    """An integration."""
    tenant, made = uuid.uuid4(), uuid.uuid4()
    with psycopg.connect(operational_url) as connection:
        connection.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
        connection.execute(
            "insert into public.integrations (id, tenant_id, name, type, provider) values (%s, %s, 'S', 'crm', 'hubspot')",
            (made, tenant),
        )
    return str(made)


def test_set_verify_rotate(secrets: Secrets, row: str) -> None:
    """The life of a secret, from one key to the next."""
    done = secrets("set", COLUMN, row, typed=CANARY.encode() + b"\n")
    assert (done.returncode, done.stdout) == (0, f'sealed {COLUMN} of row {row} with key "old"\n'), done.stderr
    assert "all 1 secrets open" in secrets("verify").stdout
    both = f"new:{NEW},old:{OLD}"
    rotated = secrets("rotate", keys=both).stdout
    assert 'sealed 1 secrets anew with key "new"' in rotated
    assert 'no secret is under key "old": it can go from ROMASHKA_SECRET_KEYS' in rotated
    assert "sealed 0 secrets anew" in secrets("rotate", keys=both).stdout
    assert "all 1 secrets open" in secrets("verify", keys=f"new:{NEW}").stdout
    lost = secrets("verify")
    fails(lost, "1 of 1 secrets do not open")
    assert f'{COLUMN} of row {row} cannot be opened: key "new" is not in ROMASHKA_SECRET_KEYS' in lost.stdout
    fails(secrets("rotate"), "1 of 1 secrets do not open")


def test_a_typed_secret_is_not_shown(operational_url: str, tmp_path: Path, row: str) -> None:
    """On a terminal, which is a real one."""
    given = {
        "ROMASHKA_HOME": str(tmp_path),
        "ROMASHKA_OPERATIONAL_URL": operational_url,
        "ROMASHKA_SECRET_KEYS": f"k:{OLD}",
    }
    child, terminal = pty.fork()
    if child == 0:
        os.execve(ROMASHKA, [str(ROMASHKA), "secrets", "set", COLUMN, row], {**os.environ, **given})
    shown = b""
    try:
        while b"Secret:" not in shown:
            shown += os.read(terminal, 1024)
        _wait_until_nothing_is_echoed(terminal)
        os.write(terminal, CANARY.encode() + b"\n")
        while read := os.read(terminal, 1024):
            shown += read
    except OSError:
        pass  # how Linux says that the other side has closed
    assert os.waitpid(child, 0)[1] == 0
    assert f"sealed {COLUMN} of row {row}".encode() in shown
    assert CANARY.encode() not in shown


def _wait_until_nothing_is_echoed(terminal: int) -> None:
    """The question is written before echo is switched off, and switching it off discards what was typed until then."""
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.01)


def test_wrong_use_is_one_line_without_the_secret(secrets: Secrets, row: str) -> None:
    fails(secrets("set", COLUMN, row, CANARY), "a secret is no argument")
    fails(secrets("set", COLUMN, CANARY, typed=b"x"), "ROW is no uuid")
    fails(secrets("set", CANARY, row, typed=b"x"), "this column holds no secrets")
    fails(secrets("set", COLUMN, row, typed=b"\n"), "the secret is empty")
    fails(secrets("set", COLUMN, row, typed=CANARY.encode() + b"\xff"), "the secret is not text in UTF-8")
    fails(secrets("set", COLUMN, str(uuid.uuid4()), typed=CANARY.encode()), "integrations has no row")
    fails(secrets("verify", keys=""), "ROMASHKA_SECRET_KEYS is not set")
    fails(secrets("verify", keys=OLD), "entry 1 of ROMASHKA_SECRET_KEYS has no id")
    nowhere = "postgresql://user:canary@127.0.0.1:1/db"
    fails(secrets("verify", ROMASHKA_OPERATIONAL_URL=nowhere), "cannot reach database db at 127.0.0.1:1")
