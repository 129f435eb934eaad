"""A run of retention: its batches, its ledger, its files, and that a run cut off anywhere is gone on with.

Belongs here: what the run adds. Not here: what the rules say (`tests/operational_schema/test_functions_retention.py`).
"""

import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from operational_schema import audit_checkpoint
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.lifecycle import retention, retention_ledger
from tests.orchestration.lifecycle import killed
from tests.orchestration.lifecycle.conftest import LONG_AGO, TODAY, Old

pytestmark = pytest.mark.usefixtures("every_server")

Land = Callable[[], object]


@pytest.fixture
def source(databases: Databases) -> Any:
    with psycopg.connect(databases.operational, autocommit=True) as connection:
        yield connection


def _ledger(source: psycopg.Connection) -> list[Any]:
    return source.execute(
        "select dry_run, completed_at is not null, error_message, deleted, kept from public.retention_runs order by started_at"
    ).fetchall()


def _count(source: psycopg.Connection, table: str = "conversations") -> int:
    row = source.execute(f"select count(*) from public.{table}".encode()).fetchone()
    assert row
    return int(row[0])


def test_a_run_deletes_batch_by_batch_and_a_second_one_nothing(
    databases: Databases, source: psycopg.Connection, old: Old, land: Land, tmp_path: Path
) -> None:
    for _ in range(5):
        old()
    old(status="escalated")
    land()
    committed: list[int] = []
    done, again = (
        retention.run(
            databases.operational,
            exports=tmp_path,
            batch=2,
            on_step=lambda step, tenant: committed.append(_count(source)) if step == "committed" else None,
        )[0]
        for _ in range(2)
    )
    assert committed == [4, 2, 1]
    assert done.deleted == {"conversations": 5, "messages": 5}
    assert done.kept == {("conversations", "escalated"): 1}
    assert (again.deleted, again.kept) == ({}, done.kept)
    assert _ledger(source) == [
        (False, True, None, dict(done.deleted), {"conversations": {"escalated": 1}}),
        (False, True, None, {}, {"conversations": {"escalated": 1}}),
    ]


def test_a_dry_run_deletes_nothing_and_says_what_a_run_would(
    databases: Databases, source: psycopg.Connection, old: Old, land: Land, tmp_path: Path
) -> None:
    for _ in range(3):
        old()
    land()
    foreseen, done = (
        retention.run(databases.operational, exports=tmp_path, dry=dry, batch=2)[0] for dry in (True, False)
    )
    assert (foreseen.deleted, foreseen.kept) == (done.deleted, done.kept)
    assert [row[0] for row in _ledger(source)] == [True, False]


def test_as_of_is_a_day_of_the_tenants(
    databases: Databases, source: psycopg.Connection, old: Old, land: Land, tmp_path: Path
) -> None:
    """Berlin's day begins the evening before, in UTC: the last second of the day 365 days before goes, the next stays."""
    old(at=LONG_AGO.replace(hour=21, minute=59, second=59, month=6, day=9, year=2024))
    old(at=LONG_AGO.replace(hour=22, month=6, day=9, year=2024))
    land()
    for day, left in ((date(2025, 6, 9), 2), (date(2025, 6, 10), 1), (date(2025, 6, 11), 0)):
        retention.run(databases.operational, exports=tmp_path, as_of=day)
        assert _count(source) == left


@pytest.mark.parametrize(
    ("step", "time"), [("begun", 0), ("deleted", 0), ("deleted", 1), ("committed", 0), ("committed", 2)]
)
def test_killed_at_any_step_the_next_run_goes_on(
    databases: Databases, source: psycopg.Connection, old: Old, land: Land, tmp_path: Path, *, step: str, time: int
) -> None:
    """R1: what was committed is gone and counted once, what was not is there."""
    for _ in range(5):
        old()
    land()
    arguments = [sys.executable, "-m", killed.__name__, databases.operational, str(tmp_path), step, str(time)]
    cut_off = subprocess.run(arguments, capture_output=True, check=False, cwd=Path.cwd())
    assert cut_off.returncode == -9, cut_off.stderr
    left = _count(source)
    assert left == {"begun": 5, "deleted": 5 - 2 * time, "committed": max(5 - 2 * (time + 1), 0)}[step]
    retention.run(databases.operational, exports=tmp_path)
    assert _count(source) == 0
    first, second = _ledger(source)
    assert (first[1], "interrupted" in first[2], second[1:3]) == (False, True, (True, None))
    counted = Counter(first[3]) + Counter(second[3])
    assert (counted["conversations"], counted["messages"]) == (5, 5)
    assert audit_checkpoint.verify(databases.operational, tenant=None, checkpoint=None).lines == []


def test_a_dry_run_that_was_killed_is_ended_by_the_next_run(
    databases: Databases, source: psycopg.Connection, tenant: uuid.UUID, tmp_path: Path
) -> None:
    """An open row of the ledger outlives its seven years, too."""
    source.execute(
        "insert into public.retention_runs (tenant_id, as_of, dry_run) values (%(tenant)s, now(), true), "
        "(%(tenant)s, now(), false)",
        {"tenant": tenant},
    )
    retention.run(databases.operational, exports=tmp_path)
    assert [(row[0], row[2]) for row in _ledger(source)] == [
        (True, retention_ledger.CUT_OFF), (False, retention_ledger.INTERRUPTED), (False, None),
    ]  # fmt: skip


def test_nothing_goes_ahead_of_the_warehouse_and_what_waits_long_is_told(
    databases: Databases, source: psycopg.Connection, old: Old, land: Land, tmp_path: Path
) -> None:
    """R3."""
    old(at=TODAY - timedelta(days=366))
    done = retention.run(databases.operational, exports=tmp_path)[0]
    assert (done.kept["conversations", retention.NOT_LANDED], done.waiting) == (1, 0), "since yesterday only"
    old()
    done = retention.run(databases.operational, exports=tmp_path)[0]
    assert (done.kept["conversations", retention.NOT_LANDED], done.waiting) == (2, 1)
    assert retention.waiting_too_long(databases.operational) == {"acme": 1}
    land()
    assert retention.waiting_too_long(databases.operational) == {}
    assert retention.run(databases.operational, exports=tmp_path)[0].deleted["conversations"] == 2


def test_a_run_for_a_day_far_ahead_ends(
    databases: Databases, source: psycopg.Connection, old: Old, land: Land, tmp_path: Path
) -> None:
    """By then its own entries in the trail are old, and its own row of the ledger."""
    old()
    land()
    done = retention.run(databases.operational, exports=tmp_path, as_of=date(2060, 1, 1))[0]
    assert done.deleted["conversations"] == 1
    assert [row[:3] for row in _ledger(source)] == [(False, True, None)]


def test_a_second_run_for_a_day_ahead_finds_nothing_of_the_first(
    databases: Databases, source: psycopg.Connection, old: Old, land: Land, tmp_path: Path
) -> None:
    """What the first one wrote into the trail is old by then."""
    old()
    land()
    day = (TODAY + timedelta(days=800)).date()
    first, second = (retention.run(databases.operational, exports=tmp_path, as_of=day)[0] for _ in range(2))
    assert first.deleted["audit_logs"] > 0
    assert second.deleted == {}
    assert audit_checkpoint.verify(databases.operational, tenant=None, checkpoint=None).lines == []


def test_files_go_with_their_rows(
    databases: Databases, source: psycopg.Connection, tenant: uuid.UUID, land: Land, tmp_path: Path
) -> None:
    """And nothing that is not a file of the exports."""
    exports = tmp_path / "exports"
    outside, theirs = tmp_path / "precious.csv", exports / "other" / "all.csv"
    names = ["acme/old.csv", "acme/young.csv", "acme/lost.csv"]
    odd = ["../precious.csv", "https://elsewhere.example/a.csv", "other/all.csv", "", f"acme/{'x' * 300}.csv"]
    for file in (exports / "acme/old.csv", exports / "acme/young.csv", outside, theirs):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("rows")
    for name in names + odd:
        source.execute(
            "insert into public.export_jobs (tenant_id, name, type, format, status, file_url, created_at) "
            "values (%s, 'n', 'analytics', 'csv', 'completed', %s, now() - %s * interval '1 day')",
            (tenant, name, 5 if "young" in name else 40),
        )
    retention.run(databases.operational, exports=exports)
    assert (exports / "acme/old.csv").exists(), "its row has not landed"
    land()
    foreseen = retention.run(databases.operational, exports=exports, dry=True)[0]
    assert (exports / "acme/old.csv").exists(), "a dry run deletes no file"
    done = retention.run(databases.operational, exports=exports)[0]
    assert (done.deleted, done.files, done.kept) == (foreseen.deleted, foreseen.files, foreseen.kept)
    assert done.files == {"acme/old.csv", "acme/lost.csv"}
    assert not (exports / "acme/old.csv").exists()
    assert outside.exists() and theirs.exists()
    left = {name for (name,) in source.execute("select file_url from public.export_jobs")}
    assert left == {*names, *odd} - done.files
    assert done.kept == {("export_jobs", "its file is still there"): len(odd)}


def test_two_runs_at_once_are_one(databases: Databases, source: psycopg.Connection, tmp_path: Path) -> None:
    source.execute("select pg_advisory_lock(%s)", (retention.RETENTION_LOCK,))
    with pytest.raises(WarehouseError, match="another run of retention is at work"):
        retention.run(databases.operational, exports=tmp_path)


def test_a_run_that_has_ended_is_not_at_work(source: psycopg.Connection, databases: Databases) -> None:
    """The server ends a session some time after its client has left: a lock that only dies with it refuses the next run."""
    with psycopg.connect(databases.operational, autocommit=True) as still_open:
        with retention.alone(still_open):
            pass
        lock = source.execute("select pg_try_advisory_lock(%s)", (retention.RETENTION_LOCK,)).fetchone()
    assert lock == (True,)


def test_one_tenants_error_keeps_no_other_back(
    databases: Databases, source: psycopg.Connection, tenant: uuid.UUID, old: Old, land: Land, tmp_path: Path
) -> None:
    old()
    source.execute("insert into public.tenants (slug, name, timezone) values ('zebra', 'Z', 'UTC')")
    land()
    source.execute(
        b"create function public.fail() returns trigger language plpgsql as $$ begin raise 'no'; end $$; "
        b"create trigger fail before delete on public.messages for each row execute function public.fail()"
    )
    failed, fine = retention.run(databases.operational, exports=tmp_path)
    assert (failed.error, fine.error, _count(source)) == ("no", None, 1)
    assert [(row[1], row[2]) for row in _ledger(source)] == [(False, "no"), (True, None)]
    assert retention_ledger.overdue(databases.operational) == []
    assert retention_ledger.overdue(databases.operational, at=TODAY + timedelta(days=3)) == ["acme", "zebra"]
