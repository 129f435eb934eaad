"""The house's list of faults: each has a test that names it, or a reason why it has none.

Belongs here: the lists of extraction (X) and of retention, erasure and audit (R). Not here: the faults.
"""

import re
from pathlib import Path

import pytest

WITHOUT = {
    "X28": "logical replication is not used: on Supabase the owner has no right to it",
    "X30": "volume: tests/benchmarks/extract.py, memory and steady state at ten times the history",
}


@pytest.mark.parametrize(("letter", "last"), [("X", 30), ("R", 12)])
def test_each_fault_is_named_by_a_test(letter: str, last: int) -> None:
    named = {
        name
        for file in Path("tests").rglob("test_*.py")
        if file.name != Path(__file__).name
        for said in re.findall(r'"""[^"]*?"""', file.read_text(encoding="utf-8"))
        for name in re.findall(rf"\b{letter}\d+\b", said)
    }
    assert {f"{letter}{number}" for number in range(1, last + 1)} - named == {
        name for name in WITHOUT if name.startswith(letter)
    }
