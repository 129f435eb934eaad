"""How `romashka dev` is ended: by Ctrl-C, and by whoever has no terminal, as a service manager, a container or a script.

Belongs here: signals that ask, and what does not hear them. Not here: those that kill (`test_dying.py`), and other commands
in Dagster's place (`tests/orchestration/test_supervisor.py`).
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.orchestration.conftest import PATIENCE_SECONDS
from tests.orchestration.defs.served import Served

pytestmark = pytest.mark.long


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    made = Served(home)
    yield made
    made.kill()


@pytest.mark.parametrize("through", [(), Served.IN_BACKGROUND], ids=["a service", "a script's background"])
def test_sigterm_to_the_command_ends_all_that_it_has_started(served: Served, through: tuple[str, ...]) -> None:
    served.start(*through)
    assert len(served.parts()) > 1
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE_SECONDS) == 0, served.log.read_text()
    assert served.commands() == []


def test_ctrl_c_ends_a_code_server_that_hangs(served: Served) -> None:
    """One has, in its own shutdown, and would have been there for ever."""
    served.start()
    (server,) = served.running(b"\0grpc\0")
    os.kill(server, signal.SIGSTOP)
    os.killpg(served.process.pid, signal.SIGINT)
    assert served.process.wait(PATIENCE_SECONDS) == 0, served.log.read_text()
    assert served.commands() == []
