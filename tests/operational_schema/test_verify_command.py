"""`romashka migrate verify` as a person or CI runs it: what it prints, and the exit code.

Belongs here: the command as a process. Not here: what it finds (`test_verify.py`).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import execute

ROMASHKA = Path(sys.executable).parent / "romashka"


def run(url: str, home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROMASHKA, "migrate", "verify", *options],
        # Named both: for one that is not, a server would be started, and nobody would stop it.
        env={
            **os.environ,
            "ROMASHKA_HOME": str(home),
            "ROMASHKA_OPERATIONAL_URL": url,
            "ROMASHKA_WAREHOUSE_URL": url,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("breaks", "finding"),
    [
        ("drop extension pg_trgm cascade", "extension pg_trgm is missing"),
        ("drop table public.report_notices", "table public.report_notices is missing"),
        ("grant execute on function etl.reason() to public", "etl.reason() for public"),
    ],
)
def test_any_finding_is_an_exit_code(breaks: str, finding: str, operational_url: str, tmp_path: Path) -> None:
    assert run(operational_url, tmp_path).returncode == 0
    execute(operational_url, breaks)
    for options in ((), ("--json",)):
        done = run(operational_url, tmp_path, *options)
        assert done.returncode == 1, done.stdout + done.stderr
        assert finding in done.stdout and "Traceback" not in done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert any(finding in line for section in told["sections"] for line in section["findings"])
