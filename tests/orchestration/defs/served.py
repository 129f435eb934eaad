"""`romashka dev` as a process: its pages, its runs, and the processes that it consists of.

Belongs here: starting, asking and ending it. Not here: what a browser shows (`test_ui.py`), and what it outlives
(`test_dying.py`).
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.orchestration.conftest import PATIENCE_SECONDS, wait_for
from tests.ports import free_port

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


class Served:
    """A server of the UI in a home, on a port of its own; `environment` comes on top of the test's."""

    # As a script without job control has what it starts with `&`.
    IN_BACKGROUND = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")

    def __init__(self, home: Path, **environment: str) -> None:
        self.home, self.environment = home, {**os.environ, "ROMASHKA_HOME": str(home), **environment}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "ui.log"
        # What it starts has its environment, whoever leads it, and whatever has become of its starter.
        self.mark = {"PART_OF": uuid.uuid4().hex}

    def start(self, *through: str) -> "Served":
        """Start it, through another program where one is given, and wait until it answers."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*through, ROMASHKA, "dev", "--port", str(self.port)],
                env=self.environment | self.mark,
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
        """As Ctrl-C does in a terminal. Nothing is left of it then."""
        try:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGINT)
                self.process.wait(PATIENCE_SECONDS)
            assert self.commands() == []
        finally:
            self.kill()

    def kill(self) -> None:
        """As a power cut does: all of its processes, and none hears of another's death."""
        for part in self.parts():
            self._send(part, signal.SIGSTOP)
        while parts := self.parts():
            for part in parts:
                self._send(part, signal.SIGKILL)
            time.sleep(0.05)
        self.process.wait()

    @staticmethod
    def _send(part: Path, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(int(part.name), number)

    def parts(self) -> list[Path]:
        """Folders in /proc of all that it consists of."""
        return list(self._seen())

    def commands(self) -> list[bytes]:
        """What each of these runs."""
        return list(self._seen().values())

    def running(self, word: bytes) -> list[int]:
        """The processes among these that run something so called."""
        return [int(part.name) for part, command in self._seen().items() if word in command]

    def _seen(self) -> dict[Path, bytes]:
        mark, seen = "=".join(*self.mark.items()).encode(), {}
        for part in Path("/proc").iterdir():
            # Whatever this is, it may end meanwhile.
            with suppress(OSError):
                if part.name.isdecimal() and mark in (part / "environ").read_bytes().split(b"\0"):
                    seen[part] = (part / "cmdline").read_bytes()
        return seen

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
