"""The list of faults of extraction: each has a test that names it, or a reason why it has none.

Belongs here: the list. Not here: the faults.
"""

import re
from pathlib import Path

WITHOUT = {
    28: "logical replication is not used: on Supabase the owner has no right to it",
    30: "volume: tests/benchmarks/extract.py, memory and steady state at ten times the history",
}


def test_each_fault_is_named_by_a_test() -> None:
    """X1 to X30, of the house's list of faults."""
    named = {
        int(number)
        for file in Path("tests").rglob("test_*.py")
        if file != Path(__file__).relative_to(Path.cwd())
        for said in re.findall(r'"""(?:[^"]*?)"""', file.read_text(encoding="utf-8"))
        for number in re.findall(r"\bX(\d+)\b", said)
    }
    assert set(range(1, 31)) - named == WITHOUT.keys()
