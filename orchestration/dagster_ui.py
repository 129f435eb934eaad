"""The Dagster UI and its daemon, on loopback.

Belongs here: starting and ending `dagster dev`. Not here: what it shows (`defs/`).
"""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from orchestration import dagster_home, databases, dbt, supervisor
from orchestration.errors import WarehouseError
from orchestration.settings import Settings

HOST = "127.0.0.1"
ENDING_SECONDS = 10


def serve(settings: Settings, *, port: int) -> None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP. Raises WarehouseError if the port is taken."""
    _refuse_taken(port)
    prepared = databases.ready(settings)
    databases.prepare(prepared)
    dbt.ensure_manifest()
    dagster_home.prepare(settings.dagster_home)
    environment = os.environ | {
        "DAGSTER_HOME": str(settings.dagster_home),
        "ROMASHKA_HOME": str(settings.home),
    }
    command = [str(Path(sys.executable).parent / "dagster"), "dev", "-m", "orchestration.definitions"]
    is_asked = _heard()
    # Ctrl-C to all of its processes at once has left a code server of Dagster that never ended.
    served = supervisor.start([*command, "-h", HOST, "-p", str(port)], environment=environment, seconds=ENDING_SECONDS)
    while served.poll() is None:
        if is_asked():
            served.communicate()
            return
        time.sleep(supervisor.LOOK_SECONDS)
    # Also with code 0: that is what Dagster says when its daemon has died.
    raise WarehouseError("the Dagster UI ended by itself: its last lines above say why")


def _heard() -> Callable[[], bool]:
    """Any of the signals that ask for an end is noted from now on. Returns whether one has come."""
    came: list[int] = []
    for number in supervisor.ASKED:
        # Who starts it with nohup wants it to outlive the terminal. Ctrl-C is ignored in any script's background.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: came.append(number))
    return lambda: bool(came)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise WarehouseError(
                f"port {port} on {HOST} is taken: end what uses it, or romashka dev --port N"
            ) from error
