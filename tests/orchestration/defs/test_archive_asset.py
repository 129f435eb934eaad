"""The archive's asset: what its run page says beside the figures, and so does the command.

Belongs here: what a person is told. Not here: what is written (`tests/orchestration/extraction/archive/`).
"""

from pathlib import Path

import dagster as dg
import psycopg
import pytest

from orchestration.commands import archive
from orchestration.databases import Databases
from orchestration.extraction.archive import readers
from orchestration.refresh import refresh
from tests.orchestration.conftest import KEY

REFUSED = "connection failed: FATAL:  sorry, too many clients already"


def test_readers_without_a_connection_are_told(
    loaded: dg.Definitions,
    home: Path,
    databases: Databases,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(url: str) -> psycopg.Connection:
        raise psycopg.OperationalError(REFUSED)

    refresh(databases, pseudonym_key=KEY)
    archive.write(home / "elsewhere")
    assert REFUSED not in capsys.readouterr().out
    monkeypatch.setattr(readers, "connect", refuse)
    with dg.DagsterInstance.ephemeral() as instance:
        done = loaded.resolve_job_def("archive").execute_in_process(instance=instance)
        said = [entry.user_message for entry in instance.all_logs(done.run_id)]
    told = f"readers had no connection of their own: {REFUSED}"
    assert len([line for line in said if told in line]) == 1
    capsys.readouterr()
    archive.write(home / "elsewhere again")
    assert told in capsys.readouterr().out
