"""Exports and mails that go when a customer is erased: the tenant's own, whatever rows name, and whoever is named.

Belongs here: which files go. Not here: an erasure as a whole (`test_erasure.py`).
"""

import uuid
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from orchestration import settings
from orchestration.databases import Databases
from orchestration.lifecycle import erasure_files, erasure_proof
from orchestration.lifecycle.erasure_ledger import Request
from reports.deliver import maildir

SOMEBODY = "nobody@example.com"


@pytest.fixture
def request_of(tenant: uuid.UUID) -> Request:
    return Request(uuid.uuid4(), tenant, "acme", uuid.uuid4(), datetime.now(UTC), "running", is_there=True)


@pytest.fixture
def other(databases: Databases) -> uuid.UUID:
    """Another tenant."""
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.tenants (id, slug, name) values (%s, 'other', 'Other')", (key := uuid.uuid4(),)
        )
    return key


def test_an_odd_row_keeps_no_file_back_and_takes_no_other_tenants(
    databases: Databases, tenant: uuid.UUID, other: uuid.UUID, request_of: Request, tmp_path: Path
) -> None:
    """S15, R6."""
    house = settings.load({"ROMASHKA_HOME": str(tmp_path)})
    ours, theirs = house.exports / "acme" / "people.csv", house.exports / "other" / "people.csv"
    for file in (ours, theirs):
        file.parent.mkdir(parents=True)
        file.write_text("rows")
    (house.exports / "acme" / "folder.csv").mkdir()
    (house.exports / "acme" / ".people.csv.unfinished").write_text("half of them")
    names = ("", "acme", "acme/folder.csv", f"acme/{'x' * 300}.csv", "other/people.csv", "acme/people.csv")
    with psycopg.connect(databases.operational, autocommit=True) as source:
        for whose, name in (*((tenant, name) for name in names), (other, "other/people.csv")):
            source.execute(
                "insert into public.export_jobs (tenant_id, name, type, format, status, file_url, completed_at) "
                "values (%s, 'People', 'customers', 'csv', 'completed', %s, now())",
                (whose, name),
            )
        done = erasure_files.forget(source, house, request_of, values=[SOMEBODY], rendered_too=False)
        left = source.execute("select tenant_id from public.export_jobs where file_url is not null").fetchall()
    assert (done, left) == ([("exports", "files withdrawn", 1)], [(other,)])
    assert (ours.exists(), theirs.exists()) == (False, True)
    assert not list(house.exports.rglob("*.unfinished"))


@pytest.mark.parametrize(("rendered_too", "left"), [(False, ["acme/silent", "other/naming"]), (True, ["other/naming"])])
def test_rendered_slots_go_where_they_name_somebody_or_all_where_the_report_did(
    databases: Databases, request_of: Request, tmp_path: Path, rendered_too: bool, left: list[str]
) -> None:
    house = settings.load({"ROMASHKA_HOME": str(tmp_path)})
    for report, said in (("acme/silent", "figures"), ("acme/naming", f"of {SOMEBODY}"), ("other/naming", SOMEBODY)):
        slot = house.reports / report / "2024-07-29T0900"
        slot.mkdir(parents=True)
        (slot / "mail.txt").write_text(said)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        erasure_files.forget(source, house, request_of, values=[SOMEBODY], rendered_too=rendered_too)
    assert sorted(f"{slot.parent.relative_to(house.reports)}" for slot in house.reports.glob("*/*/*")) == left


def test_a_mail_of_another_tenants_report_stays_and_is_no_find(
    databases: Databases, tenant: uuid.UUID, other: uuid.UUID, request_of: Request, tmp_path: Path
) -> None:
    """R6: each tenant has a customer of that address, and a report that says so."""
    house = settings.load({"ROMASHKA_HOME": str(tmp_path)})
    for number in ("<ours@test>", "<theirs@test>", "<notice@test>"):
        mail = EmailMessage()
        mail["Message-ID"] = number
        mail.set_content(f"no mail for {SOMEBODY}", cte="base64")
        maildir(house.mail)(mail, "a@b.example")
    with psycopg.connect(databases.operational, autocommit=True) as source:
        for whose, number in ((tenant, "<ours@test>"), (other, "<theirs@test>")):
            source.execute(
                "with report as (insert into public.scheduled_reports "
                "(tenant_id, slug, name, report_type, template, schedule_cron, recipients) "
                "values (%s, 'r', 'R', 'performance', 'default', '0 7 * * *', array['a@b.example']) returning tenant_id, id) "
                "insert into public.report_deliveries "
                "(tenant_id, report_id, slot_local, slot_at, recipient, message_id, state) "
                "select tenant_id, id, '2026-01-01', now(), 'a@b.example', %s, 'sent' from report",
                (whose, number),
            )
        done = erasure_files.forget(source, house, request_of, values=[SOMEBODY], rendered_too=False)
    assert done == [("mail", "mails deleted", 2)]
    [left] = (house.mail / "new").iterdir()
    assert b"<theirs@test>" in left.read_bytes()
    assert erasure_proof.search(databases, house, request_of, [SOMEBODY], uuid.uuid4()).places == []


def test_an_export_of_figures_stays_unless_it_says_them(
    databases: Databases, tenant: uuid.UUID, request_of: Request, tmp_path: Path
) -> None:
    """The proof found it, and no erasure was complete before its thirty days were over."""
    house = settings.load({"ROMASHKA_HOME": str(tmp_path)})
    folder = house.exports / "acme"
    folder.mkdir(parents=True)
    for name, said in (("silent.csv", "figures"), ("naming.csv", f"of {SOMEBODY}"), ("of no job.csv", SOMEBODY)):
        (folder / name).write_text(said)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        for name in ("silent.csv", "naming.csv"):
            source.execute(
                "insert into public.export_jobs (tenant_id, name, type, format, status, file_url, completed_at) "
                "values (%s, 'Figures', 'analytics', 'csv', 'completed', %s, now())",
                (tenant, f"acme/{name}"),
            )
        erasure_files.forget(source, house, request_of, values=[SOMEBODY], rendered_too=False)
        left = source.execute("select file_url from public.export_jobs where file_url is not null").fetchall()
    assert [file.name for file in folder.iterdir()] == ["silent.csv"]
    assert left == [("acme/silent.csv",)]


def test_an_orphan_that_cannot_be_deleted_keeps_no_other_file_back_and_is_found(
    databases: Databases, request_of: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = settings.load({"ROMASHKA_HOME": str(tmp_path)})
    folder = house.exports / "acme"
    folder.mkdir(parents=True)
    for name in ("kept.csv", "one.csv", "two.csv"):
        (folder / name).write_text(SOMEBODY)
    unlink = Path.unlink

    def refuse(file: Path, missing_ok: bool = False) -> None:
        if file.name == "kept.csv":
            raise PermissionError(f"{file} is of somebody else")
        unlink(file, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        erasure_files.forget(source, house, request_of, values=[SOMEBODY], rendered_too=False)
    assert [file.name for file in folder.iterdir()] == ["kept.csv"]
    places = erasure_proof.search(databases, house, request_of, [SOMEBODY], uuid.uuid4()).places
    assert places == ["a file of exports"]
