"""Export jobs: from pending to a file that says its size, rows and checksum, and goes in time."""

import hashlib
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reports.exports import listing, writing
from reports.exports.jobs import is_any_file_over, run_pending, waiting_jobs
from tests.reports.conftest import MONDAY, SATURDAYS, Desk


def add_job(desk: Desk, tenant: uuid.UUID, **row: Any) -> uuid.UUID:
    key = uuid.uuid4()
    desk.insert(
        "public.export_jobs",
        {"id": key, "tenant_id": tenant, "name": "Rows", "type": "conversations", "format": "csv", **row},
    )
    return key


def run(desk: Desk, output: Path, **delay: int) -> dict[str, int]:
    return dict(
        run_pending(
            operational_url=desk.operational,
            warehouse_url=desk.warehouse,
            output=output,
            at=MONDAY + timedelta(**delay),
        )
    )


def test_a_job_ends_with_a_file_that_is_what_it_says(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    key = add_job(desk, acme)
    assert waiting_jobs(desk.operational) == [str(key)]
    assert run(desk, tmp_path) == {"completed": 1}
    [(status, url, size, rows, checksum, error, expires)] = desk.execute(
        "select status, file_url, file_size_bytes, row_count, checksum_sha256, error_message, expires_at from public.export_jobs"
    )
    content = (tmp_path / url).read_bytes()
    assert (status, size, rows, error) == ("completed", len(content), 9, None)
    assert checksum == hashlib.sha256(content).hexdigest() and expires == MONDAY + timedelta(days=30)
    assert run(desk, tmp_path) == {} and waiting_jobs(desk.operational) == []


def test_a_bad_job_fails_with_its_reason_and_holds_up_no_other(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    add_job(desk, acme, filters={"colour": "red"})
    add_job(desk, acme, format="parquet")
    assert run(desk, tmp_path) == {"completed": 1, "failed": 1}
    rows = desk.execute("select error_message from public.export_jobs where status = 'failed'")
    assert "unknown filter colour" in rows[0][0]


def test_what_nobody_foresaw_fails_its_job_alone(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(source: object, file: object) -> int:
        raise RuntimeError("out of\nluck")

    monkeypatch.setitem(writing._WRITERS, "json", break_down)
    add_job(desk, acme, format="json")
    add_job(desk, acme)
    assert run(desk, tmp_path) == {"completed": 1, "failed": 1}
    rows = desk.execute("select error_message from public.export_jobs where status = 'failed'")
    assert rows == [("RuntimeError: out of luck",)] and waiting_jobs(desk.operational) == []


def test_a_limit_cuts_and_says_so(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    desk.set(acme, "max_export_records", 4)
    add_job(desk, acme)
    run(desk, tmp_path)
    assert desk.execute("select status, row_count, error_message from public.export_jobs") == [
        ("completed", 4, "4 of 9 rows: max_export_records allows no more")
    ]
    desk.execute("delete from public.export_jobs")
    desk.set(acme, "max_export_records", 9)
    add_job(desk, acme)
    run(desk, tmp_path)
    assert desk.execute("select row_count, error_message from public.export_jobs") == [(9, None)], "just all of them"
    desk.set(acme, "max_export_records", "many")
    add_job(desk, acme)
    assert run(desk, tmp_path) == {"failed": 1}


@pytest.mark.parametrize("form", ["pdf", "excel"])
def test_what_is_cut_fits_a_format_that_could_not_hold_all(
    desk: Desk, acme: uuid.UUID, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "EXCEL_ROWS", 5)
    monkeypatch.setattr(listing, "PDF_ROWS", 5)
    desk.set(acme, "max_export_records", 4)
    add_job(desk, acme, format=form)
    assert run(desk, tmp_path) == {"completed": 1}
    assert desk.execute("select row_count from public.export_jobs") == [(4,)]


def test_without_a_setting_ten_thousand_rows_are_the_limit(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    with psycopg.connect(desk.warehouse) as connection:
        connection.execute(
            "insert into marts.conversation_analytics (tenant_id, started_on) "
            "select %s, '2026-11-20' from generate_series(1, 10000)", (acme,)
        )  # fmt: skip
    add_job(desk, acme)
    run(desk, tmp_path)
    assert desk.execute("select row_count from public.export_jobs") == [(10_000,)]


def test_the_file_goes_when_its_time_is_over(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    add_job(desk, acme)
    run(desk, tmp_path)
    assert run(desk, tmp_path, days=29, hours=23) == {}
    over = MONDAY + timedelta(days=30)
    assert not is_any_file_over(desk.operational, over - timedelta(hours=1)) and is_any_file_over(
        desk.operational, over
    )
    assert run(desk, tmp_path, days=30) == {"expired": 1}
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    assert desk.execute("select status, file_url, error_message from public.export_jobs") == [
        ("completed", None, "the file has expired")
    ]
    assert not is_any_file_over(desk.operational, over)


def test_no_row_leads_out_of_the_tenants_folder(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    """S15: who may change the row may not have other files deleted, another tenant's neither."""
    exports, elsewhere = tmp_path / "exports", tmp_path / "elsewhere.txt"
    theirs, ours = exports / "canary" / "all.csv", exports / "acme" / "all.csv"
    for file in (elsewhere, theirs, ours):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("rows")
    names = ("../elsewhere.txt", str(elsewhere), "canary/all.csv", "acme/../canary/all.csv", "acme/all.csv")
    for name in names:
        add_job(desk, acme, status="completed", completed_at=MONDAY, file_url=name, expires_at=MONDAY)
    assert run(desk, exports) == {"expired": len(names)}
    assert (elsewhere.exists(), theirs.exists(), ours.exists()) == (True, True, False)


def test_one_odd_row_holds_up_no_other(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    """S15: the folder itself, a folder in it, a name that is too long, a limit that no database counts to."""
    (tmp_path / "acme" / "folder.csv").mkdir(parents=True)
    for name in ("", ".", "acme", "acme/folder.csv", f"acme/{'x' * 300}.csv"):
        add_job(desk, acme, status="completed", completed_at=MONDAY, file_url=name, expires_at=MONDAY)
    other = desk.add_tenant("canary")
    desk.set(acme, "max_export_records", 10**30)
    for tenant in (acme, other):
        add_job(desk, tenant)
    assert run(desk, tmp_path) == {"expired": 3, "failed": 1, "completed": 1}
    left = desk.execute(
        "select error_message from public.export_jobs where expires_at = %s and file_url is not null", MONDAY
    )
    assert len(left) == 2 and all("cannot be deleted: " in why for (why,) in left)


def test_what_a_dead_worker_left_behind_is_done_again(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    key = add_job(desk, acme, status="processing")
    with psycopg.connect(desk.operational, autocommit=True) as worker:
        worker.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (str(key),))
        assert run(desk, tmp_path) == {}, "somebody is at it"
    assert run(desk, tmp_path) == {"completed": 1}


def test_what_another_worker_has_finished_meanwhile_is_not_done_again(
    desk: Desk, acme: uuid.UUID, tmp_path: Path
) -> None:
    for _ in range(2):
        add_job(desk, acme)

    def finish(steps: int) -> None:
        desk.execute("update public.export_jobs set status = 'completed', row_count = 7 where status = 'pending'")

    done = run_pending(
        operational_url=desk.operational, warehouse_url=desk.warehouse, output=tmp_path, at=MONDAY, on_progress=finish
    )
    assert done == {"completed": 1}
    assert sorted(desk.execute("select row_count from public.export_jobs")) == [(7,), (9,)]
    assert len(list(tmp_path.rglob("*.csv"))) == 1


def test_a_suspended_tenant_exports_nothing_until_it_is_active_again(
    desk: Desk, acme: uuid.UUID, tmp_path: Path
) -> None:
    add_job(desk, acme)
    desk.execute("update public.tenants set status = 'suspended'")
    assert (run(desk, tmp_path), waiting_jobs(desk.operational)) == ({}, [])
    desk.execute("update public.tenants set status = 'active'")
    assert run(desk, tmp_path) == {"completed": 1}


def test_each_tenant_gets_its_own(desk: Desk, acme: uuid.UUID, tmp_path: Path) -> None:
    other = desk.add_tenant("canary")
    desk.add_conversations(other, "2026-11-22", [{**row, "channel_type": "CANARY"} for row in SATURDAYS])
    for tenant in (acme, other):
        add_job(desk, tenant)
    assert run(desk, tmp_path) == {"completed": 2}
    [ours] = (tmp_path / "acme").iterdir()
    [theirs] = (tmp_path / "canary").iterdir()
    assert b"CANARY" not in ours.read_bytes() and theirs.read_bytes().count(b"CANARY") == 4
