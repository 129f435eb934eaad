"""`romashka dev` as a process: its pages, its runs, and the processes that it consists of.

Belongs here: starting, asking and ending it. Not here: what a browser shows (`test_ui.py`), and what it outlives
(`test_dying.py`).
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.orchestration.conftest import wait_for

ROMASHKA = str(Path(sys.executable).parent / "romashka")
LOCATION = {"repositoryLocationName": "orchestration.definitions", "repositoryName": "__repository__"}
RUNS = "{ runsOrError { ... on Runs { results { runId jobName status } } } }"
LOG = """
    query ($run: ID!) {
        logsForRun(runId: $run, limit: 1000) {
            ... on EventConnection { events { ... on MessageEvent { message } } }
        }
    }
"""
LAUNCH = """
    mutation ($asked: ExecutionParams!) {
        launchRun(executionParams: $asked) {
            __typename
            ... on LaunchRunSuccess { run { runId } }
            ... on PythonError { message }
        }
    }
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A server of the UI in a home, on a port of its own; `environment` comes on top of the test's."""

    # As a script without job control has what it starts with `&`.
    IN_BACKGROUND = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")

    def __init__(self, home: Path, **environment: str) -> None:
        self.home, self.environment = home, {**os.environ, "ROMASHKA_HOME": str(home), **environment}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "ui.log"

    def start(self, *through: str) -> "Served":
        """Start it, through another program where one is given, and wait until it answers."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*through, ROMASHKA, "dev", "--port", str(self.port)],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._answers, f"{self.url} answers")
        return self

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            urllib.request.urlopen(f"{self.url}/server_info", timeout=2)
        except (urllib.error.URLError, OSError):
            return False
        return True

    def end(self) -> None:
        """As Ctrl-C does; what is left after it is killed."""
        if self.process.poll() is not None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(30)
        finally:
            self.kill()

    def kill(self) -> None:
        """As a power cut does: all of its processes at once."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()

    def parts(self) -> list[Path]:
        """Folders in /proc of all that it consists of."""
        return [part for part in Path("/proc").iterdir() if part.name.isdecimal() and self._is_ours(int(part.name))]

    def _is_ours(self, process: int) -> bool:
        try:
            return os.getpgid(process) == self.process.pid
        except ProcessLookupError:
            return False

    def ask(self, query: str, **variables: Any) -> Any:
        """What GraphQL answers."""
        request = urllib.request.Request(
            f"{self.url}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.load(answer)
        assert "errors" not in said, said
        return said["data"]

    def launch(self, job: str, **ops: Any) -> str:
        """Launch a job as the UI's button does. Returns the run's id."""
        config = {"ops": {name: {"config": given} for name, given in ops.items()}}
        asked = {"selector": {**LOCATION, "jobName": job}, "runConfigData": config}
        said = self.ask(LAUNCH, asked=asked)["launchRun"]
        assert said["__typename"] == "LaunchRunSuccess", said
        return str(said["run"]["runId"])

    def statuses(self) -> dict[str, str]:
        """The status of each run, the newest first."""
        return {run["runId"]: run["status"] for run in self.ask(RUNS)["runsOrError"]["results"]}

    def messages(self, run: str) -> list[str]:
        """What a run's page tells."""
        return [event.get("message", "") for event in self.ask(LOG, run=run)["logsForRun"]["events"]]

    def worker(self, run: str) -> int:
        """The process that works on a run."""
        told = " ".join(self.messages(run))
        (process,) = re.findall(r"Started process for run \(pid: (\d+)\)", told)
        return int(process)
