"""The house's list of faults: each has a test that names it, or a reason why it has none.

Belongs here: the lists of migrations (M), of isolation and roles (S), of extraction (X), of orchestration and publishing (O),
of delivery and formats (D), of retention, erasure and audit (R), and of backups (B). Not here: the faults.
"""

import re
from pathlib import Path

import pytest

WITHOUT = {
    "B1": "we take no backup of a server: pg_basebackup with its WAL, or Supabase, restores to an instant",
    "B2": "we keep no repository of backups: pg_verifybackup, or what takes them, looks into theirs",
    "B4": "how many backups stay is said where they are taken",
    "B6": "a drill is of whoever takes backups: the way back from pg_dump is B5, whole by row and right",
    "B7": "the extract notices a copy (X14, X15); mails are off until switched on, and know no copy by themselves",
    "M15": "splinter is not run: rules/ asks what it asks, of every one of our schemas, each rule tried by breaking it",
    "S10": "no table is partitioned: rule row_level_security finds one without policies, root or part",
    "S11": "row level security is forced nowhere, by decision: rule row_level_security_unforced finds where it is",
    "X28": "logical replication is not used: on Supabase the owner has no right to it",
    "X30": "volume: tests/benchmarks/extract.py, memory and steady state at ten times the history",
}


@pytest.mark.parametrize(
    ("letter", "last"), [("M", 15), ("S", 17), ("X", 30), ("O", 10), ("D", 14), ("R", 12), ("B", 7)]
)
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
