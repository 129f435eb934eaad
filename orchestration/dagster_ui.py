"""The Dagster UI and its daemon, on loopback.

Belongs here: starting and ending `dagster dev`. Not here: what it shows (`defs/`).
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from orchestration import dagster_home, databases, dbt
from orchestration.errors import WarehouseError
from orchestration.settings import Settings

HOST = "127.0.0.1"


def serve(settings: Settings, *, port: int) -> None:
    """Serve until Ctrl-C, or SIGTERM. Raises WarehouseError if the port is taken."""
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
    _end_by_any_signal()
    server = subprocess.Popen([*command, "-h", HOST, "-p", str(port)], env=environment)
    try:
        server.wait()
    except KeyboardInterrupt:
        # A terminal has told it, too; told twice while it ends, it ends with an error of its own.
        server.send_signal(signal.SIGINT)
        server.wait()
        return
    # Also with code 0: that is what Dagster says when its daemon has died.
    raise WarehouseError("the Dagster UI ended by itself: its last lines above say why")


def _end_by_any_signal() -> None:
    """SIGTERM ends all as Ctrl-C does, also where a script has started us in the background."""
    # Such a script leaves Ctrl-C ignored, and Dagster ignores SIGTERM, too, where it inherits that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise WarehouseError(
                f"port {port} on {HOST} is taken: end what uses it, or romashka dev --port N"
            ) from error
