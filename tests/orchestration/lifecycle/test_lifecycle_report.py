"""The page for the auditor says what is so: what ran or never did, is held, is due, and whether the trail holds."""

import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.lifecycle import erasure_proof, holds, report, report_page, retention
from orchestration.lifecycle.report_section import Section
from tests.orchestration.lifecycle.conftest import Old


@pytest.fixture
def operational_url(every_server: object, operational_url: str) -> str:
    """Both servers."""
    return operational_url


def sections(databases: Databases) -> dict[str, Section]:
    """The sections, by the first word of the heading."""
    return {section.heading.split()[0]: section for section in report.gather(databases, "acme").sections}


def test_of_nothing_it_says_never(databases: Databases, tenant: uuid.UUID) -> None:
    text = report_page.markdown(report.gather(databases, "acme"))
    assert "runs of retention\n\nnever run" in text
    assert "warehouse as of: never filled" in text
    assert "## Erasures, first those not done\n\nnone was asked for" in text


def test_every_table_has_its_line_and_a_setting_its_place(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%s, 'conversation_history_retention', '90')",
            (tenant,),
        )
        rules = source.execute("select count(*) from app.retention_rules()").fetchone()
    found = sections(databases)
    assert rules == (len(found["Periods"].rows) + len(found["Without"].rows),)
    kept = {table: kept for table, kept, _ in found["Periods"].rows}
    assert kept["conversations"] == "90 days, as the tenant has set"
    assert kept["daily_metrics"] == "7 years"
    assert kept["realtime_metrics"] == "by its own expiry"


def test_runs_holds_and_erasures_are_told_with_their_counts(
    databases: Databases, tenant: uuid.UUID, old: Old, land: Callable[[], object], tmp_path: Path
) -> None:
    held = old()
    old()
    land()
    holds.place(databases.operational, tenant="acme", conversation=held, reason="case | 7\n# not a heading")
    with psycopg.connect(databases.operational) as source:
        for late in ("31 days", "1 day"):
            source.execute(
                "insert into public.erasure_requests (tenant_id, customer_id, requested_at, due_at) "
                "values (%s, gen_random_uuid(), now() - %s::interval, now() - %s::interval + interval '30 days')",
                (tenant, late, late),
            )
    retention.run(databases.operational, exports=tmp_path)
    found = sections(databases)
    (run,) = found["Last"].rows
    assert run[2] == "run"
    assert run[3].startswith("completed ") and run[3].endswith(", without warehouse, archive, files")
    assert "conversations 1" in run[4]
    assert "conversations: legal hold 1" in run[6]
    assert [row[1] for row in found["Erasures,"].rows] == ["pending, OVERDUE", "pending"]
    assert found["Audit"].rows[0][1] == "every link holds"
    text = report_page.markdown(report.gather(databases, "acme"))
    assert r"case \| 7 \# not a heading |" in text


def test_what_became_of_another_tenants_data_is_on_no_page(databases: Databases, tenant: uuid.UUID) -> None:
    def told() -> dict[str, list[str]]:
        """Periods without the instants that they end at, which move at midnight."""
        return {
            name: [str(row[:2] if name in ("Periods", "Files") else row) for row in section.rows]
            for name, section in sections(databases).items()
        }

    before = told()
    other = {"other": uuid.uuid4()}
    with psycopg.connect(databases.operational) as source:
        for statement in (
            "insert into public.tenants (id, slug, name) values (%(other)s, 'other', 'Other')",
            "insert into public.system_settings (tenant_id, setting_key, setting_value) values "
            "(%(other)s, 'conversation_history_retention', '90'), (%(other)s, 'report_file_retention_days', '7')",
            "insert into public.retention_runs (tenant_id, as_of, dry_run) values (%(other)s, now(), false)",
            "insert into public.legal_holds (tenant_id, reason) values (%(other)s, 'a court')",
            "insert into public.erasure_requests (tenant_id, customer_id, status, completed_at, proof) "
            "values (%(other)s, gen_random_uuid(), 'completed', now(), '{}')",
            "select app.log_audit(%(other)s, 'export', 'customer_profiles', gen_random_uuid(), '{}')",
            "alter table public.audit_logs disable trigger user",
            "update public.audit_logs set action = 'x' where tenant_id = %(other)s and action <> 'export'",
        ):
            source.execute(statement.encode(), other)
    with psycopg.connect(databases.warehouse) as warehouse:
        warehouse.execute(
            "insert into ops.detached (relation, tenant_id, first_day, rows, detached_at) "
            "values ('messages_20310615', %(other)s, '2024-06-01', 5, now())",
            other,
        )
    assert told() == before


def test_what_went_elsewhere_and_how_far_a_killed_run_came_is_told(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.retention_runs (tenant_id, as_of, dry_run, steps_done, elsewhere) "
            "values (%s, now(), false, '{source,warehouse}', %s)",
            (tenant, '{"warehouse": {"raw.messages": {"older than 2019-01-01": 12}}, "files": {}}'),
        )
    (run,) = sections(databases)["Last"].rows
    assert run[3] == "not completed, without archive, files"
    assert "warehouse: raw.messages: older than 2019-01-01 12" in run[5]


def test_files_and_copies_have_periods_which_a_setting_changes(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%s, 'report_file_retention_days', '7'), (%s, 'export_job_retention_days', '\"soon\"')",
            (tenant, tenant),
        )
    kept = {what: period for what, period, _, _ in sections(databases)["Files"].rows}
    assert kept["rendered reports"] == kept["mails of the local Maildir"] == "7 days, as the tenant has set"
    assert kept["files of exports"] == "30 days", "what is no number of days is none"
    assert kept["months of the archive"] == kept["months of the warehouse"] == "7 years"


def test_a_proof_says_what_was_searched_what_was_not_and_what_was_found(
    databases: Databases, tenant: uuid.UUID
) -> None:
    proof = erasure_proof.Proof(tables=90, rows=1_234, files=3, bytes=70_000, backups_end_by="2026-12-31")
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.erasure_requests (tenant_id, customer_id, status, completed_at, proof) "
            "values (%s, gen_random_uuid(), 'completed', now(), %s)",
            (tenant, Jsonb(proof.told())),
        )
    (row,) = sections(databases)["Proofs"].rows
    assert row[1:5] == ("bytes 70,000, files 3, rows 1,234, tables 90", "nothing", "0", "2026-12-31")
    assert all(what in row[5] for what in erasure_proof.NOT_SEARCHED)


def test_a_broken_trail_is_said_to_be(databases: Databases, tenant: uuid.UUID) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute("alter table public.audit_logs disable trigger user")
        source.execute("update public.audit_logs set action = 'x' where tenant_id = %s", (tenant,))
    assert sections(databases)["Audit"].rows[0][1].startswith("BROKEN: ")


def test_files_and_what_cannot_be(databases: Databases, tenant: uuid.UUID, tmp_path: Path) -> None:
    made = report.gather(databases, "acme")
    report_page.save(made, tmp_path / "page.md")
    report_page.save(made, tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == report_page.markdown(made)
    with pytest.raises(WarehouseError, match=r"in \.md or \.pdf"):
        report_page.save(made, tmp_path / "page.txt")
    with pytest.raises(WarehouseError, match="there is no tenant nobody"):
        report.gather(databases, "nobody")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["page.md", "page.pdf"]
