"""Dagster's home folder: its run storage, and how many runs go at once.

Belongs here: the folder and its dagster.yaml. Not here: what runs (`defs/`).
"""

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
concurrency:
  runs:
    tag_concurrency_limits:
      - key: romashka/exclusive
        limit: 1
        value:
          applyLimitPerUniqueValue: true
run_monitoring:
  enabled: true
freshness:
  enabled: true
retention:
  schedule:
    purge_after_days: 30
  sensor:
    purge_after_days: 7
"""


def prepare(folder: Path) -> None:
    """Make the folder, and its configuration as it should be."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "dagster.yaml"
    if not file.exists() or file.read_text(encoding="utf-8") != CONFIGURATION:
        file.write_text(CONFIGURATION, encoding="utf-8")
