"""The shape of the house: which room may know which, how long a file may be, and that each says what belongs in it.

Belongs here: rules about the tree as a whole. Not here: what any room does.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = ("operational_schema", "orchestration", "reports", "tests")
SOURCES = sorted(file for room in ROOMS for file in Path(room).rglob("*.py"))
LONGEST_FILE = 250
LONGEST_FUNCTION = 40


def test_dependencies_point_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_operational_schema_is_a_room_of_its_own() -> None:
    program = "import sys, operational_schema.migrate, operational_schema.importing; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {name for name in loaded if name.split(".")[0] in ("orchestration", "reports", "dagster", "dbt")}


@pytest.mark.parametrize("file", SOURCES, ids=str)
def test_each_file_says_what_belongs_in_it_and_is_short(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    module = ast.parse(text)
    assert ast.get_docstring(module), f"{file} does not say what belongs in it"
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{file}:{node.lineno} {node.name} has {length} lines"


def test_no_file_names_a_path_of_one_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    forbidden = ("/" + "work/", "/" + "root/", "pypi" + ".org", "python" + "hosted", "registry" + ".npmjs")
    for file in map(Path, listed):
        if file.suffix in (".png", ".ttf", ".otf") or not file.exists():
            continue
        text = file.read_text(encoding="utf-8")
        assert not [word for word in forbidden if word in text], file
