"""A run of retention in all places: its ledger tells the whole, and a run that was killed is gone on with to the same end.

Belongs here: the run as `romashka retention run` and Dagster make it. Not here: the source alone (`test_retention.py`), the
warehouse alone (`test_retention_warehouse.py`), what is held (`test_retention_held_files.py`).
"""

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from operational_schema import audit_checkpoint
from orchestration import settings
from orchestration.extraction.archive import manifest
from orchestration.extraction.archive.manifest import Manifest
from orchestration.extraction.archive.write import write
from orchestration.lifecycle import holds, retention_everywhere, retention_ledger
from orchestration.settings import Settings
from reports.deliver import maildir
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle import killed_everywhere
from tests.orchestration.lifecycle.conftest import aside
from tests.orchestration.transformation.conftest import Desk

FORGETS = date(2031, 6, 15)
# In the order in which a run comes to them; after each of them the next run has the rest to do.
STEPS = (
    "begun", "deleted", "committed", "detached", "published", "archive begun", "archive raw.messages", "archive replaced",
    "archive noted", "listed", "file", "told",
)  # fmt: skip
DROPPING = ("dropped", "archive begun", "archive replaced", "told")


@pytest.fixture
def home(busy: Desk, tmp_path: Path) -> Settings:
    """Of a desk that has an archive, two rendered slots of each tenant and mails, all of long ago, and rows to forget."""
    made = settings.load({"ROMASHKA_HOME": str(tmp_path / "home"), "ROMASHKA_PSEUDONYM_KEY": KEY})
    retention_everywhere.run(busy.databases, made, as_of=date(2026, 1, 1))
    busy.refresh()
    write(busy.databases.warehouse, made.archive)
    for (slug,) in busy.source.execute("select slug from public.tenants").fetchall():
        for slot in ("2024-07-29T0900", "2024-08-05T0900"):
            (made.reports / slug / "weekly" / slot).mkdir(parents=True)
            (made.reports / slug / "weekly" / slot / "mail.txt").write_text("figures")
    mail = EmailMessage()
    mail["Message-ID"] = "<notice@test>"
    maildir(made.mail)(mail, "a@b.example")
    for file in (made.mail / "new").iterdir():
        os.utime(file, (0, 0))
    return made


def killed_at(desk: Desk, home: Settings, step: str, as_of: date) -> None:
    arguments = [sys.executable, "-m", killed_everywhere.__name__, desk.databases.operational, desk.databases.warehouse]
    done = subprocess.run(
        [*arguments, str(home.home), step, str(as_of)], capture_output=True, check=False, cwd=Path.cwd()
    )
    assert done.returncode == -9, f"{step} was not reached: {done.stderr.decode()}"


def rows_of(desk: Desk, table: str) -> int:
    found = desk.warehouse.execute(f"select count(*) from raw.{table}".encode()).fetchone()
    return int(found[0])  # type: ignore[index]


def present(home: Settings) -> Manifest:
    found = manifest.read(home.archive)
    assert found
    assert list(manifest.faults(home.archive, found)) == []
    return found


def ledger(desk: Desk) -> list[dict[str, Any]]:
    """The rows of the runs for days to come, oldest first."""
    rows = desk.source.execute(
        "select jsonb_build_object('done', completed_at is not null, 'error', error_message, 'deleted', deleted, "
        "'elsewhere', elsewhere, 'steps', steps_done) from public.retention_runs where as_of > '2030-01-01' "
        "order by started_at, id"
    )
    return [row for (row,) in rows.fetchall()]


def told(rows: list[dict[str, Any]]) -> Counter[str]:
    """What all rows together say went, by place and table."""
    counted: Counter[str] = Counter()
    for row in rows:
        counted.update({f"source {table}": count for table, count in row["deleted"].items()})
        for place, tables in row["elsewhere"].items():
            for table, reasons in tables.items():
                counted.update({f"{place} {table}": sum(reasons.values())})
    return counted


def _foreseen(counted: Counter[str]) -> dict[str, int]:
    """The dry run is in the trail by then."""
    return {name: count for name, count in counted.items() if name != "source audit_logs"}


def test_the_ledger_tells_of_every_place(busy: Desk, home: Settings) -> None:
    before = {table: rows_of(busy, table) for table in ("conversations", "messages")}
    files = present(home).entries
    foreseen = retention_everywhere.run(busy.databases, home, as_of=FORGETS, dry=True)
    (*dry_rows,) = ledger(busy)
    assert rows_of(busy, "messages") == before["messages"] and len(list(home.reports.glob("*/*/*"))) == 6
    done = retention_everywhere.run(busy.databases, home, as_of=FORGETS)
    assert (done.warehouse, done.expired) == (foreseen.warehouse, foreseen.expired)
    rows = ledger(busy)[len(dry_rows) :]
    assert all((row["done"], row["error"], row["steps"]) == (True, None, list(retention_ledger.STEPS)) for row in rows)
    counted = told(rows)
    for table, count in before.items():
        assert counted[f"warehouse raw.{table}"] == count - rows_of(busy, table) > 0
    assert counted["files rendered reports"] == 6
    months = [what for row in dry_rows for reasons in row["elsewhere"].get("archive", {}).values() for what in reasons]
    assert months and all(re.fullmatch(r"files set aside of 2024-0\d( to 2024-0\d)?", what) for what in months)
    assert _foreseen(told(dry_rows)) == _foreseen(counted)
    left = set(files) - set(present(home).entries)
    expired = {path for path in left if path in present(home).kept_aside}
    assert sum(count for name, count in counted.items() if name.startswith("archive")) == len(expired) > 10
    assert audit_checkpoint.verify(busy.databases.operational, tenant=None, checkpoint=None).lines == []
    trail = busy.source.execute(
        "select changes -> 'elsewhere' -> 'new' from public.audit_logs where entity_type = 'retention_runs' "
        "and changes ? 'elsewhere'"
    ).fetchall()
    assert any("warehouse" in new and "archive" in new for (new,) in trail)
    assert retention_ledger.overdue(busy.databases.operational) == []


def test_what_is_set_aside_in_the_archive_goes_with_what_is_detached(busy: Desk, home: Settings) -> None:
    """Kept for seven days, no part of the generation, and verified like it."""
    retention_everywhere.run(busy.databases, home, as_of=FORGETS)
    kept = present(home).kept_aside
    assert kept and all(entry.parts[2] < "2024-06" for entry in kept.values())
    write(busy.databases.warehouse, home.archive)
    assert present(home).kept_aside == kept, "whoever else writes leaves them alone"
    retention_everywhere.run(busy.databases, home, as_of=FORGETS + timedelta(days=6))
    assert present(home).kept_aside == kept
    assert aside(busy) > 0
    foreseen = retention_everywhere.run(busy.databases, home, as_of=FORGETS + timedelta(days=7), dry=True)
    done = retention_everywhere.run(busy.databases, home, as_of=FORGETS + timedelta(days=7))
    dropped = sum(sum(counts.values()) for tables in done.archive.values() for counts in tables.values())
    assert dropped == len(kept)
    assert done.archive == foreseen.archive
    assert present(home).kept_aside == {} and aside(busy) == 0
    assert not any((home.archive / path).exists() for path in kept)
    next(file for file in home.archive.glob("*/raw.messages/*")).unlink()
    found = manifest.read(home.archive)
    assert found
    assert [line.split(":")[0] for line in manifest.faults(home.archive, found)] == ["missing"]


def test_what_is_set_aside_in_the_archive_is_held_and_forgets_who_is_erased(busy: Desk, home: Settings) -> None:
    retention_everywhere.run(busy.databases, home, as_of=FORGETS)
    kept = present(home).kept_aside
    held = holds.place(busy.databases.operational, tenant="hudson-outfitters", reason="a court")
    retention_everywhere.run(busy.databases, home, as_of=FORGETS + timedelta(days=9))
    still = present(home).kept_aside
    assert still and still.keys() < kept.keys()
    named = next(path for path, entry in still.items() if entry.parts[1] == "raw.conversations")
    person = pq.read_table(home.archive / named, columns=["customer_key"]).column(0).drop_null()[0].as_py()
    busy.warehouse.execute(
        "insert into ops.tombstones (request_id, tenant_id, pseudonym) values (gen_random_uuid(), %s, %s)",
        (still[named].parts[0], person),
    )
    write(busy.databases.warehouse, home.archive)
    left = present(home).kept_aside
    assert named not in left and not (home.archive / named).exists()
    for path in left:
        file = pq.read_table(home.archive / path)
        assert "customer_key" not in file.column_names or person not in file["customer_key"].to_pylist()
    holds.release(busy.databases.operational, held)
    retention_everywhere.run(busy.databases, home, as_of=FORGETS + timedelta(days=9))
    assert present(home).kept_aside == {}


def test_killed_within_every_step_the_runs_end_where_one_would_have(busy: Desk, home: Settings) -> None:
    """R1, in all places: everything goes once, and is counted once."""
    before = {table: rows_of(busy, table) for table in ("conversations", "messages", "conversation_events")}
    row = busy.source.execute("select count(*) from public.conversations").fetchone()
    for step in STEPS:
        killed_at(busy, home, step, FORGETS)
        assert not any(row["done"] for row in ledger(busy)), step
        assert retention_ledger.overdue(busy.databases.operational, at=None) == [], "they are young tenants"
    retention_everywhere.run(busy.databases, home, as_of=FORGETS)
    rows = ledger(busy)
    assert [row["done"] for row in rows] == [False] * (len(rows) - 3) + [True] * 3
    assert {row["error"] for row in rows if not row["done"]} == {retention_ledger.INTERRUPTED}
    counted = told(rows)
    left = busy.source.execute("select count(*) from public.conversations").fetchone()
    assert row and left and counted["source conversations"] == row[0] - left[0]
    for table, count in before.items():
        assert counted[f"warehouse raw.{table}"] == count - rows_of(busy, table)
    assert counted["files rendered reports"] == 6 and not list(home.reports.glob("*/*/*"))
    kept = present(home).kept_aside
    assert sum(count for name, count in counted.items() if name.startswith("archive")) == len(kept) > 10
    published = busy.published()
    busy.rebuild()
    assert busy.published() == published
    detached, later = aside(busy), FORGETS + timedelta(days=7)
    for step in DROPPING:
        killed_at(busy, home, step, later)
    retention_everywhere.run(busy.databases, home, as_of=later)
    since = told(ledger(busy)[len(rows) :])
    dropped = sum(count for name, count in since.items() if name.startswith("warehouse detached.messages"))
    assert dropped == detached > 0 and aside(busy) == 0
    assert sum(count for name, count in since.items() if name.startswith("archive")) == len(kept)
    assert present(home).kept_aside == {}
