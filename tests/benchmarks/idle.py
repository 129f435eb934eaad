"""A refresh with nothing to do, as a command and as a run of Dagster, next to the start of Dagster and dbt themselves.

Belongs here: what a process takes to find that nothing has changed. Not here: the same in a warm process (`volume.py`).
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from orchestration import dagster_home, settings
from orchestration.embedded import EmbeddedServer
from tests.benchmarks.figure import Figure
from tests.benchmarks.stopwatch import seconds_of
from tests.benchmarks.volume import KEY, filled

CONVERSATIONS = 5_000
ROUNDS = 5
BIN = Path(sys.executable).parent
WAYS = {
    "bare": [sys.executable, "-c", "import dagster, dbt.cli.main"],
    "command": [BIN / "romashka", "refresh"],
    "dagster": [BIN / "dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "refresh"],
}


def nothing_changed(server: EmbeddedServer) -> Iterator[Figure]:
    """Medians of processes, the ways in turn."""
    databases = filled(server, "idle", CONVERSATIONS)
    with tempfile.TemporaryDirectory(prefix="romashka-bench-idle-") as home:
        folder = settings.load({"ROMASHKA_HOME": home}).dagster_home
        dagster_home.prepare(folder)
        environment = os.environ | {
            "ROMASHKA_HOME": home,
            "DAGSTER_HOME": str(folder),
            "ROMASHKA_OPERATIONAL_URL": databases.operational,
            "ROMASHKA_WAREHOUSE_URL": databases.warehouse,
            "ROMASHKA_PSEUDONYM_KEY": KEY,
        }

        def run(way: str) -> float:
            return seconds_of(lambda: subprocess.run(WAYS[way], env=environment, check=True, capture_output=True))

        # The first of each makes what the others find: rows, the manifest, compiled bytecode.
        taken = [{way: run(way) for way in WAYS} for _ in range(ROUNDS + 1)][1:]
    bare, command, dagster = (statistics.median(each[way] for each in taken) for way in WAYS)
    yield Figure("refresh.nothing_changed.start_of_dagster_and_dbt", bare, "s")
    yield Figure("refresh.nothing_changed.command", command, "s")
    yield Figure("refresh.nothing_changed.command.to_start_of_dagster_and_dbt", command / bare, "ratio")
    yield Figure("refresh.nothing_changed.dagster_run", dagster, "s")
    yield Figure("refresh.nothing_changed.dagster_run.to_start_of_dagster_and_dbt", dagster / bare, "ratio")
