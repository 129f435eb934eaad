"""Exports that are withdrawn when a customer is erased: the tenant's own, whatever its rows name.

Belongs here: which files of exports go. Not here: an erasure as a whole (`test_erasure.py`).
"""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from orchestration import settings
from orchestration.databases import Databases
from orchestration.lifecycle import erasure_files
from orchestration.lifecycle.erasure_ledger import Request


def test_an_odd_row_keeps_no_file_back_and_takes_no_other_tenants(
    databases: Databases, tenant: uuid.UUID, tmp_path: Path
) -> None:
    """S15, R6."""
    house = settings.load({"ROMASHKA_HOME": str(tmp_path)})
    ours, theirs = house.exports / "acme" / "people.csv", house.exports / "other" / "people.csv"
    for file in (ours, theirs):
        file.parent.mkdir(parents=True)
        file.write_text("rows")
    (house.exports / "acme" / "folder.csv").mkdir()
    names = ("", "acme", "acme/folder.csv", f"acme/{'x' * 300}.csv", "other/people.csv", "acme/people.csv")
    request = Request(uuid.uuid4(), tenant, "acme", uuid.uuid4(), datetime.now(UTC), "running", is_there=True)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        for name in names:
            source.execute(
                "insert into public.export_jobs (tenant_id, name, type, format, status, file_url, completed_at) "
                "values (%s, 'People', 'customers', 'csv', 'completed', %s, now())",
                (tenant, name),
            )
        done = erasure_files.forget(source, house, request, values=["nobody@example.com"], rendered_too=False)
        left = source.execute("select count(*) from public.export_jobs where file_url is not null").fetchone()
    assert (done, left) == ([("exports", "files withdrawn", 1)], (0,))
    assert (ours.exists(), theirs.exists()) == (False, True)
