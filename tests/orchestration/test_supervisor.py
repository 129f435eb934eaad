"""A command that is ended as a whole: one that hears, one that is deaf, one that hangs, and one whose starter was killed.

Belongs here: `orchestration/supervisor.py`, with a shell in Dagster's place. Not here: Dagster (`defs/test_ending.py`).
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import supervisor
from tests.orchestration.conftest import PATIENCE_SECONDS, wait_for

HEARS = "trap 'echo told >> told; kill $!; exit 0' INT"
IS_DEAF = "trap '' INT TERM HUP"
# What a shell starts in its background ignores Ctrl-C.
TWO_PROCESSES = "sleep 1000 & echo $! $$ > started.part; mv started.part started"
STARTER = """
import os, sys
from orchestration import supervisor
supervisor.start(sys.argv[1:], environment=dict(os.environ), seconds=0.5).wait()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is at work."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def start(*script: str, seconds: float = 0.5) -> subprocess.Popen[bytes]:
    return supervisor.start(shell(*script), environment=dict(os.environ), seconds=seconds)


def shell(*script: str) -> list[str]:
    return ["sh", "-c", "; ".join(script)]


def started(folder: Path) -> list[int]:
    """The processes of the command, as soon as they are there."""
    wait_for((folder / "started").exists, "it has started")
    return [int(process) for process in (folder / "started").read_text().split()]


def is_any_there(processes: list[int]) -> bool:
    return any(Path(f"/proc/{process}").exists() for process in processes)


def test_it_is_told_once_and_ends_by_itself(folder: Path) -> None:
    process = start(HEARS, TWO_PROCESSES, "wait", seconds=PATIENCE_SECONDS)
    processes = started(folder)
    os.killpg(process.pid, signal.SIGTERM)
    assert is_any_there(processes), "as a service manager does: it is for the starter to say when"
    process.communicate(timeout=PATIENCE_SECONDS)
    assert (folder / "told").read_text() == "told\n"
    assert not is_any_there(processes)


@pytest.mark.parametrize("does", [signal.SIGCONT, signal.SIGSTOP], ids=["is deaf", "hangs"])
def test_what_does_not_end_is_killed(folder: Path, does: int) -> None:
    process = start(IS_DEAF, TWO_PROCESSES, "wait")
    processes = started(folder)
    for each in processes:
        os.kill(each, does)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert not is_any_there(processes)


def test_what_is_left_of_one_that_ended_by_itself_is_killed(folder: Path) -> None:
    process = start(TWO_PROCESSES)
    processes = started(folder)
    assert process.wait(PATIENCE_SECONDS) == 0
    assert not is_any_there(processes)


def test_one_whose_starter_was_killed_ends(folder: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, *shell(IS_DEAF, TWO_PROCESSES, "wait")])
    processes = started(folder)
    starter.kill()
    starter.wait()
    wait_for(lambda: not is_any_there(processes), "nothing of it is left")
