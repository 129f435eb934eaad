"""The manifest: compiled again when the project has changed, also while it was compiled.

Belongs here: `orchestration/dbt.py`. Not here: what is read from the manifest (`transformation/test_plan.py`).
"""

import shutil
import threading
import time
from pathlib import Path

import pytest

from orchestration import dbt


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project that may be changed."""
    copy = tmp_path / "dbt_project"
    shutil.copytree(dbt.PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setattr(dbt, "PROJECT", copy)
    monkeypatch.setattr(dbt, "TARGET", copy / "target")
    monkeypatch.setattr(dbt, "MANIFEST", copy / "target" / "romashka" / "manifest.json")
    return copy


def test_what_changes_while_it_is_compiled_is_compiled_again(project: Path) -> None:
    model = project / "models" / "staging" / "stg_tenants.sql"
    compiling = threading.Thread(target=dbt.ensure_manifest)
    compiling.start()
    while compiling.is_alive() and not list(project.glob("target/tmp*/manifest.json")):
        time.sleep(0.01)
    model.write_text(model.read_text() + "-- changed\n")
    compiling.join()
    assert any("-- changed" in node.get("raw_code", "") for node in dbt.manifest()["nodes"].values())


def test_what_has_not_changed_is_not_compiled_again(project: Path) -> None:
    dbt.ensure_manifest()
    made = dbt.MANIFEST.stat()
    dbt.ensure_manifest()
    assert dbt.MANIFEST.stat().st_ino == made.st_ino
