"""Dagster's home folder: its run storage, and how many runs go at once.

Belongs here: the folder, its dagster.yaml, and who works in it without a server. Not here: what runs (`defs/`).
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = """\
# Written by romashka; change it in orchestration/dagster_home.py.
telemetry:
  enabled: false
nux:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    dequeue_interval_seconds: 1
concurrency:
  runs:
    tag_concurrency_limits:
      - key: romashka/exclusive
        limit: 1
        value:
          applyLimitPerUniqueValue: true
run_launcher:
  module: orchestration.run_launcher
  class: WatchedRunLauncher
run_monitoring:
  enabled: true
  poll_interval_seconds: 10
freshness:
  enabled: true
retention:
  schedule:
    purge_after_days: 30
  sensor:
    purge_after_days: 7
"""
IN_PROCESS = "in-process.lock"


def prepare(folder: Path) -> None:
    """Make the folder, and its configuration as it should be."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "dagster.yaml"
    if not file.exists() or file.read_text(encoding="utf-8") != CONFIGURATION:
        file.write_text(CONFIGURATION, encoding="utf-8")


@contextmanager
def in_process(folder: Path) -> Iterator[None]:
    """Say that this process executes runs itself, for as long as it lives."""
    with (folder / IN_PROCESS).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield


def is_any_in_process(folder: str) -> bool:
    """Whether some process executes runs itself."""
    with (Path(folder) / IN_PROCESS).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
