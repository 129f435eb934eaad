"""The dbt project, as the rest of the house runs it.

Belongs here: where the project is, the environment that points it at the warehouse, and one build in this process.
Not here: what it builds (dbt_project), and its assets in Dagster (`defs/transform.py`).
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from orchestration.errors import WarehouseError

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
# Beside this interpreter: the command is run without its environment being activated.
EXECUTABLE = str(Path(sys.executable).parent / "dbt")
MANIFEST = PROJECT / "target" / "manifest.json"
# Unit tests prove the SQL, not the data: they belong to the tests, not to every refresh.
UNPUBLISHED = "the marts keep the last generation"
BUILD = ("build", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Built:
    """How many models a build made, and how many of its data tests passed."""

    models: int
    tests: int


def environment(warehouse_url: str) -> dict[str, str]:
    """The variables by which `dbt_project/profiles.yml` reaches the warehouse."""
    parts = conninfo_to_dict(warehouse_url)
    return {
        "ROMASHKA_DBT_HOST": str(parts.get("host") or "localhost"),
        "ROMASHKA_DBT_PORT": str(parts.get("port") or 5432),
        "ROMASHKA_DBT_USER": str(parts.get("user") or ""),
        "ROMASHKA_DBT_PASSWORD": str(parts.get("password") or ""),
        "ROMASHKA_DBT_DBNAME": str(parts.get("dbname") or ""),
        "ROMASHKA_DBT_SSLMODE": str(parts.get("sslmode") or "prefer"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
    }


def ensure_manifest() -> None:
    """Write the manifest that Dagster's definitions are made of, unless it is newer than everything it describes."""
    described = [file for file in PROJECT.rglob("*") if file.suffix in (".sql", ".yml", ".md", ".csv")]
    newest = max(file.stat().st_mtime for file in described if "target" not in file.parts)
    if not MANIFEST.exists() or MANIFEST.stat().st_mtime < newest:
        # Not in this process: dbt's logging set-up would make Dagster's talk on the terminal afterwards.
        command = [EXECUTABLE, "parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
        variables = os.environ | environment("dbname=unused")
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WarehouseError(f"dbt cannot read its project: {' '.join((done.stdout + done.stderr).split())}")


def build(warehouse_url: str, *, on_node: Callable[[str], None] = lambda name: None) -> Built:
    """Build every model and run every data test. Raises WarehouseError naming the first that failed."""
    with in_environment(environment(warehouse_url)):
        result = _invoke(*BUILD, on_node=on_node)
    nodes = [each.node.resource_type.value for each in result.result.results]
    return Built(models=nodes.count("model"), tests=nodes.count("test"))


def _invoke(*command: str, on_node: Callable[[str], None] = lambda name: None) -> Any:
    from dbt.cli.main import dbtRunner

    def watch(event: Any) -> None:
        if event.info.name == "NodeFinished":
            on_node(event.data.node_info.node_name)

    runner = dbtRunner(callbacks=[watch])
    # dbt goes into its project's folder and stays there: the caller's relative paths would lead elsewhere.
    with chdir(PROJECT):
        result = runner.invoke([*command, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"])
    if not result.success:
        raise WarehouseError(_first_failure(result))
    return result


def _first_failure(result: Any) -> str:
    """One line: which node failed, and what dbt says of it."""
    for each in getattr(result.result, "results", ()):
        if each.status.value in ("error", "fail"):
            said = " ".join(str(each.message).split())
            return f"dbt {each.node.resource_type.value} {each.node.name} failed: {said}; {UNPUBLISHED}"
    said = " ".join(str(result.exception or "no reason given").split())
    return f"dbt failed: {said}; {UNPUBLISHED}"


@contextmanager
def in_environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the block: dbt reads nothing else."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
