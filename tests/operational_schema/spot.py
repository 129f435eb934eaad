"""pgspot over migrations and functions: `make lint` runs it, and fails on any finding.

Belongs here: which files it reads, under which search_path, and which of its rules do not apply. Not here: the rules of the
catalogue (`operational_schema/rules/`), which ask a database.
"""

import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

from operational_schema import migration_files

# As the runner's session has it (`operational_schema/session.py`).
PRELUDE = "set search_path = pg_catalog, pg_temp;\n"
IGNORED = {
    # Files are applied again and again. A function that somebody else had made before would keep its owner: the rule
    # one_owner.sql finds it.
    "PS002",
    # The runner makes the schema itself before the first file; one_owner.sql looks at schemas, too.
    "PS010",
    # What is built without a transaction says `if not exists`. Nobody but the table's owner makes an index of it.
    "PS014",
}
# The parser knows no tables, and refuses to assign to a column of a row of one.
UNPARSED = {"audit.sql", "workflow.sql"}


def findings(files: Iterable[Path]) -> str:
    """What pgspot says of each file, read after the prelude; nothing where it finds nothing."""
    said = []
    for file in files:
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as whole:
            whole.write(PRELUDE + file.read_text(encoding="utf-8"))
            whole.flush()
            ignored = [part for rule in sorted(IGNORED) for part in ("--ignore", rule)]
            bodies = "--no-plpgsql" if file.name in UNPARSED else "--plpgsql"
            program = Path(sysconfig.get_path("scripts")) / "pgspot"
            done = subprocess.run(
                [str(program), *ignored, bodies, whole.name], capture_output=True, text=True, check=False
            )
        if done.returncode != 0:
            said.append(f"{file.name}:\n{done.stdout.strip()}\n{done.stderr.strip()}".strip())
    return "\n".join(said)


def ours() -> list[Path]:
    """Every migration and every file of functions."""
    return [
        path
        for folder in (migration_files.MIGRATIONS, migration_files.FUNCTIONS)
        for path in sorted(folder.glob("*.sql"))
        if not path.name.endswith(".rollback.sql")
    ]


if __name__ == "__main__":
    sys.exit(findings(ours()) or None)
