"""The dbt project, as the rest of the house takes it: compiled once, to the SQL that every refresh runs.

Belongs here: where the project is, the environment that points dbt at the warehouse, and its manifest. Not here: running
the SQL (`transformation/`), and what it says (dbt_project). dbt itself is not started by a refresh: building one model
through it takes longer than a whole small refresh.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from orchestration.errors import WarehouseError

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
# Beside this interpreter: the command is run without its environment being activated.
EXECUTABLE = str(Path(sys.executable).parent / "dbt")
TARGET = PROJECT / "target"
MANIFEST = TARGET / "romashka" / "manifest.json"
# Stands in the compiled SQL for the database, whatever its name.
DATABASE = "warehouse_of_romashka"


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
    """Have dbt compile the project, unless the manifest is newer than everything it describes.

    A folder is as new as what was last taken out of it.
    """
    described = [file for file in PROJECT.rglob("*") if file.is_dir() or file.suffix in (".sql", ".yml", ".md", ".csv")]
    newest = max(file.stat().st_mtime for file in described if "target" not in file.parts)
    if not MANIFEST.exists() or MANIFEST.stat().st_mtime < newest:
        _compile()


def manifest() -> dict[str, Any]:
    """The compiled project, as dbt describes it."""
    ensure_manifest()
    described: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return described


def _compile() -> None:
    """Compile aside and put the manifest in its place whole: another process may be reading it."""
    TARGET.mkdir(exist_ok=True)
    began = time.time()
    with tempfile.TemporaryDirectory(dir=TARGET) as folder:
        # Not in this process: dbt's logging set-up would make Dagster's talk on the terminal afterwards.
        command = [EXECUTABLE, "compile", "--quiet", "--no-introspect", "--no-populate-cache", "--target-path", folder]
        where = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--log-path", folder]
        variables = os.environ | environment(f"dbname={DATABASE}")
        done = subprocess.run([*command, *where], env=variables, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise WarehouseError(f"dbt cannot read its project: {' '.join((done.stdout + done.stderr).split())}")
        MANIFEST.parent.mkdir(exist_ok=True)
        made = Path(folder) / "manifest.json"
        # As old as when dbt began to read: a file changed meanwhile may have been read as it was before.
        os.utime(made, (began, began))
        made.replace(MANIFEST)


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
