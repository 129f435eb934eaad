"""Files of a tenant under a hold: rendered reports, mails and exports stay after their days, and the run says so.

Belongs here: what a hold keeps of files. Not here: rows (`test_holds.py`, `test_functions_retention.py`), and which files go
without one (`test_retention.py`, `tests/reports/test_rendered.py`).
"""

import os
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from orchestration import settings
from orchestration.databases import Databases, prepare
from orchestration.lifecycle import holds, retention, retention_everywhere
from orchestration.settings import Settings
from reports.deliver import maildir
from reports.exports import jobs
from tests.orchestration.conftest import KEY

LONG_AGO = datetime.now(UTC) - timedelta(days=50)


@pytest.fixture
def home(databases: Databases, tenant: uuid.UUID, tmp_path: Path) -> Settings:
    """A rendered slot of two tenants, a mail of each, and a notice, all of long ago."""
    made = settings.load({"ROMASHKA_HOME": str(tmp_path), "ROMASHKA_PSEUDONYM_KEY": KEY})
    prepare(databases)
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (slug, name, timezone) values ('zebra', 'Z', 'UTC')")
        for slug in ("acme", "zebra"):
            (made.reports / slug / "weekly" / "2024-07-29T0900").mkdir(parents=True)
            source.execute(
                "with report as (insert into public.scheduled_reports "
                "(tenant_id, slug, name, report_type, schedule_cron, recipients) "
                "select id, 'weekly', 'W', 'custom', '0 9 * * *', array['a@b.example'] from public.tenants "
                "where slug = %(slug)s returning id, tenant_id) "
                "insert into public.report_deliveries "
                "(tenant_id, report_id, slot_local, slot_at, recipient, message_id, state) "
                "select tenant_id, id, '2024-07-29 09:00', '2024-07-29 09:00Z', 'a@b.example', %(message)s, 'queued' from report",
                {"slug": slug, "message": f"<{slug}@test>"},
            )
    for name in ("acme", "zebra", "notice"):
        mail = EmailMessage()
        mail["Message-ID"] = f"<{name}@test>"
        maildir(made.mail)(mail, "a@b.example")
    for mail_file in (made.mail / "new").iterdir():
        os.utime(mail_file, (0, LONG_AGO.timestamp()))
    return made


def _left(home: Settings) -> tuple[list[str], list[str]]:
    slots = sorted(slot.parent.parent.name for slot in home.reports.glob("*/*/*"))
    texts = [mail.read_text() for mail in (home.mail / "new").iterdir()]
    return slots, sorted(
        name for name in ("acme", "zebra", "notice") if any(f"<{name}@test>" in text for text in texts)
    )


def test_files_of_a_held_tenant_stay_and_the_ledger_says_so(databases: Databases, home: Settings) -> None:
    held = holds.place(databases.operational, tenant="acme", reason="a court")
    foreseen = retention_everywhere.run(databases, home, dry=True)
    assert _left(home) == (["acme", "zebra"], ["acme", "notice", "zebra"])
    done = retention_everywhere.run(databases, home)
    assert _left(home) == (["acme"], ["acme", "notice"]), "whose the notice is nobody knows"
    assert done.expired == foreseen.expired
    assert (done.expired.count("rendered reports"), done.expired.count("mails"), done.expired.kept["", "mails"]) == (
        1,
        1,
        1,
    )
    told = {tenant.tenant: tenant.kept for tenant in done.source}
    assert told["acme"]["rendered reports", "legal hold"] == told["acme"]["mails", "legal hold"] == 1
    assert ("rendered reports", "legal hold") not in told["zebra"]
    with psycopg.connect(databases.operational) as source:
        ledger = source.execute(
            "select kept -> 'rendered reports', kept -> 'mails' from public.retention_runs as run "
            "inner join public.tenants as tenant on tenant.id = run.tenant_id where slug = 'acme' order by run.started_at"
        ).fetchall()
    assert ledger == [({"legal hold": 1}, {"legal hold": 1})] * 2
    holds.release(databases.operational, held)
    assert retention_everywhere.run(databases, home).expired.count("rendered reports") == 1
    assert _left(home) == ([], [])


def test_files_go_after_the_tenants_own_days(databases: Databases, home: Settings, tenant: uuid.UUID) -> None:
    """Those of its calendar, by its setting, and of others by theirs."""
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%s, 'report_file_retention_days', '7')",
            (tenant,),
        )
    for day, left in (
        (date(2024, 8, 5), ["acme", "zebra"]),
        (date(2024, 8, 6), ["zebra"]),
        (date(2024, 8, 28), ["zebra"]),
        (date(2024, 8, 29), []),
    ):
        retention_everywhere.run(databases, home, as_of=day)
        assert _left(home)[0] == left
    assert _left(home)[1] == ["acme", "notice", "zebra"], "mails came later"
    retention_everywhere.run(databases, home, as_of=LONG_AGO.date() + timedelta(days=9))
    assert _left(home)[1] == ["notice", "zebra"]


def test_runs_of_retention_and_of_exports_keep_exports_too(
    databases: Databases, home: Settings, tenant: uuid.UUID, land: Callable[[], object]
) -> None:
    """A run of exports deletes what is old by the way."""
    holds.place(databases.operational, tenant="acme", reason="a court")
    (home.exports / "acme").mkdir(parents=True)
    (home.exports / "acme" / "a.csv").write_text("rows")
    with psycopg.connect(databases.operational, autocommit=True) as source:
        source.execute(
            "insert into public.export_jobs "
            "(tenant_id, name, type, format, status, created_at, completed_at, file_url, expires_at) "
            "values (%(tenant)s, 'A', 'analytics', 'csv', 'completed', %(at)s, %(at)s, 'acme/a.csv', %(at)s)",
            {"tenant": tenant, "at": LONG_AGO},
        )
        land()
        retention.run(databases.operational, exports=home.exports)
        jobs._expire(source, home.exports, datetime.now(UTC))
        assert (home.exports / "acme" / "a.csv").exists()
        source.execute("update public.legal_holds set released_at = now()")
        jobs._expire(source, home.exports, datetime.now(UTC))
    assert not (home.exports / "acme" / "a.csv").exists()
