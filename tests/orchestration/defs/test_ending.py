"""How `romashka dev` is ended by whoever has no terminal: a service manager, a container, a script.

Belongs here: signals that ask. Not here: those that kill (`test_dying.py`).
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.orchestration.conftest import PATIENCE_SECONDS, wait_for
from tests.orchestration.defs.served import Served


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
    wait_for(lambda: not served.parts(), "nothing of it is left")
