"""Dagster's definitions as the server loads them, and a home for them to run in: what the tests of this room share."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration import dbt
from orchestration.databases import Databases, prepare, ready
from orchestration.definitions import definitions
from orchestration.embedded import EmbeddedServer
from orchestration.settings import load


@pytest.fixture
def loaded() -> dg.Definitions:
    dbt.ensure_manifest()
    return definitions()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, databases: Databases) -> Path:
    """A home, and prepared databases, which the resources find through the environment."""
    monkeypatch.setenv("ROMASHKA_HOME", str(tmp_path))
    monkeypatch.setenv("ROMASHKA_OPERATIONAL_URL", databases.operational)
    monkeypatch.setenv("ROMASHKA_WAREHOUSE_URL", databases.warehouse)
    return tmp_path


@pytest.fixture
def embedded_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with databases on a server of its own, as without any setting."""
    monkeypatch.setenv("ROMASHKA_HOME", str(tmp_path))
    prepare(ready(load()))
    yield tmp_path
    EmbeddedServer(tmp_path / "postgres").stop()
