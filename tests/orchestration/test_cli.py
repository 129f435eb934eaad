"""The romashka command as a person types it: a home of its own, real processes, one line for each error."""

import json
import mailbox
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import execute

ROMASHKA = Path(sys.executable).parent / "romashka"
Romashka = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def romashka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Romashka]:
    """Runs a command in a home that the module's tests share."""
    home = tmp_path_factory.mktemp("romashka")

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROMASHKA, *arguments],
            env={**os.environ, "ROMASHKA_HOME": str(home), **environment},
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )

    run.home = home
    yield run
    run("stop")


def fails(done: subprocess.CompletedProcess[str], message: str, *, code: int = 1) -> None:
    """One line on standard error, no traceback, the exit code."""
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.startswith("romashka: ")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert message in done.stderr


def test_the_main_job_by_hand(romashka: Romashka, tmp_path: Path) -> None:
    """migrate, seed, import, traffic, refresh, reports: each does what it says, and again changes nothing."""
    fails(romashka("refresh"), "run romashka migrate")
    assert "both databases have the present schema" in romashka("migrate").stdout
    assert "nothing to do" in romashka("migrate", "up").stdout
    assert romashka("migrate", "verify").stdout.strip().endswith("no finding")
    assert json.loads(romashka("migrate", "verify", "--json").stdout)["ok"] is True
    fails(romashka("reports", "run"), "run romashka refresh")
    assert romashka("seed").returncode == 0

    file = tmp_path / "history.jsonl"
    line = {"tenant": "acme", "conversation_id": "x", "created_at": "2026-01-05T10:00:00Z",
            "events": [{"at": "2026-01-05T10:00:00Z", "type": "message", "sender": "customer", "text": "hi"}]}  # fmt: skip
    file.write_text(json.dumps(line) + "\n{}\n", encoding="utf-8")
    fails(romashka("import", str(file)), 'line 2: key "tenant" is missing')
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert "conversations         1        0" in romashka("import", str(file)).stdout
    assert "conversations         0        0" in romashka("import", str(file)).stdout

    small = ("traffic", "--conversations", "40", "--tenants", "2", "--days", "20", "--until", "2026-02-01")
    assert romashka(*small).returncode == 0
    refreshed = romashka("refresh")
    assert "data as of 20" in refreshed.stdout
    assert "marts.conversation_analytics" in refreshed.stdout
    assert romashka("refresh", "--full").returncode == 0

    _read_as_a_tenant(romashka)
    _export(romashka, tmp_path)

    listed = romashka("reports", "list").stdout
    assert "acme-garden" in listed
    ran = romashka("reports", "run", "--at", "2026-02-16T20:00:00Z")
    assert (ran.returncode, "sent" in ran.stdout) == (0, True)
    assert "sent" not in romashka("reports", "run", "--at", "2026-02-16T20:00:00Z").stdout
    preview = romashka("reports", "preview", "acme-garden/daily", "--to", str(tmp_path / "r.pdf"))
    assert preview.returncode == 0, preview.stderr
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    assert "generation 2" in romashka("status").stdout


def test_reports_by_hand(romashka: Romashka, tmp_path: Path) -> None:
    """What became of each mail, what is sent again, and how a recipient leaves by a mail's own header."""
    assert romashka("reports", "list").returncode == 0
    report = "acme-garden/daily"
    assert "skipped" in romashka("reports", "deliveries", report).stdout
    assert " sent " in romashka("reports", "deliveries", report, "--all").stdout
    fails(romashka("reports", "deliveries", "nothing"), "names 0 reports")
    fails(romashka("reports", "resend"), "whatever was sent is not sent twice")
    assert "0 failed mails wait again" in romashka("reports", "resend", report, "--failed").stdout
    for token in ("nonsense", "-3JrrpbGP-nonsense", "--3Jrrpb_GP"):
        fails(romashka("reports", "unsubscribe", token), "none of ours")
        fails(romashka("reports", "file", token, "--to", f"{romashka.home}/file"), "none of ours")
    assert len(romashka("reports", "next", report, "--count", "3").stdout.splitlines()) >= 4
    box = mailbox.Maildir(Path(romashka.home) / "mail")
    mail = next(each for each in box if "daily" in str(each).lower())
    [token] = set(re.findall(r"unsubscribe%20([\w-]+)>", mail["List-Unsubscribe"]))
    assert "gets no more mails" in romashka("reports", "unsubscribe", token).stdout


def _read_as_a_tenant(romashka: Romashka) -> None:
    counted = ("-Atc", "select count(*), count(distinct tenant_id) from conversation_analytics")
    assert romashka("psql", "warehouse", "--tenant", "acme", *counted).stdout.strip() == "1|1"
    fails(romashka("psql", "warehouse", "--tenant", "nobody"), "no tenant 'nobody' in the marts")
    fails(romashka("psql", "operational", "--tenant", "acme"), "--tenant is for the warehouse")
    with psycopg.connect(romashka("reader", "acme").stdout.strip()) as reader:
        assert reader.execute("select slug from marts.tenants").fetchall() == [("acme",)]


def _export(romashka: Romashka, folder: Path) -> None:
    rows = str(folder / "rows.csv")
    chosen = ("export", "conversations", "--tenant", "acme", "--format", "csv", "--from", "2026-01-05")
    assert "wrote 1 rows" in romashka(*chosen, "--to", "2026-01-05", "--to", rows).stdout
    assert (folder / "rows.csv").read_text(encoding="utf-8-sig").startswith("conversation_id,")
    fails(romashka(*chosen, "--to", "2026-01-05"), "name one file with --to")
    fails(romashka("export", "customers", "--tenant", "nobody", "--format", "json", "--to", rows), 'no tenant "nobody"')
    assert romashka("exports", "run").returncode == 0


def test_retention_by_hand(romashka: Romashka) -> None:
    """A dry run says what the run then deletes; the second one finds nothing."""
    far = ("--as-of", "2027-06-01")
    assert romashka("refresh").returncode == 0
    foreseen = romashka("retention", "run", "--dry-run", *far).stdout
    assert "kept: open" in foreseen
    went = foreseen.splitlines()[-1].replace("would be deleted", "deleted")
    assert romashka("retention", "run", *far).stdout.splitlines()[-1] == went
    assert romashka("retention", "run", *far).stdout.splitlines()[-1].startswith("0 rows deleted")
    fails(romashka("retention", "run", "--as-of", "soon"), "--as-of soon is not a day: write YYYY-MM-DD")


def test_holds_by_hand(romashka: Romashka) -> None:
    assert "no holds" in romashka("holds", "list", "--tenant", "acme").stdout
    placed = romashka("holds", "set", "--tenant", "acme", "--reason", "case 7", "--until", "2999-12-31")
    hold = placed.stdout.split()[1]
    listed = romashka("holds", "list").stdout
    assert all(word in listed for word in (hold, "all of the tenant", "in force", "3000-01-01 00:00:00 UTC", "case 7"))
    assert "is released" in romashka("holds", "release", hold).stdout
    fails(romashka("holds", "release", hold), "was released at")
    fails(romashka("holds", "set", "--tenant", "acme", "--reason", "x", "--until", "soon"), "--until soon is not a day")


def test_the_audit_trail_by_hand(romashka: Romashka, tmp_path: Path) -> None:
    """What the main job did is in the trail; a checkpoint is written and then compared; tampering is exit code 1."""
    checkpoint = str(tmp_path / "checkpoint.json")
    for _ in range(2):
        verified = romashka("audit", "verify", "--checkpoint", checkpoint)
        assert verified.returncode == 0, verified.stderr
        assert "every link holds" in verified.stdout
    fails(romashka("audit", "verify", "--tenant", "nobody"), "there is no tenant nobody")
    with psycopg.connect(romashka("url", "operational").stdout.strip()) as connection:
        connection.execute("alter table public.audit_logs disable trigger guard_update")
        connection.execute(
            "update public.audit_logs set action = 'nothing' where sequence = 1 and tenant_id in "
            "(select id from public.tenants where slug = 'acme')"
        )
        connection.execute("alter table public.audit_logs enable always trigger guard_update")
    broken = romashka("audit", "verify", "--tenant", "acme")
    assert (broken.returncode, broken.stdout.strip()) == (1, "tenant acme: entry 1 was changed")


def test_the_url_is_one_that_libpq_takes(romashka: Romashka) -> None:
    for which in ("operational", "warehouse"):
        url = romashka("url", which).stdout.strip()
        with psycopg.connect(url) as connection:
            assert connection.execute("select current_database()").fetchone() == (which,)


def test_wrong_use_is_one_line(romashka: Romashka) -> None:
    fails(romashka("dance"), "No such command", code=2)
    fails(romashka("traffic", "--conversations", "0"), "--conversations", code=2)
    fails(romashka("refresh", "--full", "--follow"), "--full and --follow do not go together")
    fails(romashka("traffic", "--until", "someday"), "--until someday is not a day")
    fails(romashka("import", "nowhere.jsonl"), "there is no file nowhere.jsonl")
    fails(romashka("reports", "run", "--at", "2026-01-01T00:00:00"), "says no zone")


def test_databases_that_are_not_ours_are_left_alone(romashka: Romashka, new_database: Callable[..., str]) -> None:
    theirs = new_database()
    execute(theirs, "create table public.theirs (id int)")
    fails(romashka("migrate", ROMASHKA_OPERATIONAL_URL=theirs), "is not a ROMASHKA database (it has theirs")
    execute(theirs, "create schema marts")
    fails(romashka("migrate", ROMASHKA_WAREHOUSE_URL=theirs), "schemas of another owner (marts)")


def test_a_half_migrated_database_is_told(romashka: Romashka, operational_url: str) -> None:
    execute(operational_url, "delete from app.migration where version = '007'")
    fails(
        romashka("refresh", ROMASHKA_OPERATIONAL_URL=operational_url),
        "lacks 007_change_log.sql: run romashka migrate",
    )


def test_a_warehouse_of_another_release_is_told(
    romashka: Romashka, operational_url: str, new_database: Callable[..., str]
) -> None:
    urls = {"ROMASHKA_OPERATIONAL_URL": operational_url, "ROMASHKA_WAREHOUSE_URL": new_database()}
    assert romashka("migrate", **urls).returncode == 0
    execute(urls["ROMASHKA_WAREHOUSE_URL"], "update ops.prepared set sha256 = 'that of before'")
    fails(romashka("refresh", **urls), "is that of another release: run romashka migrate")
    execute(urls["ROMASHKA_WAREHOUSE_URL"], "drop table ops.prepared")
    fails(romashka("refresh", **urls), "is that of another release: run romashka migrate")
    assert romashka("migrate", **urls).returncode == 0
    assert romashka("refresh", **urls).returncode == 0


def test_a_taken_port_is_one_line(romashka: Romashka) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        fails(romashka("dev", "--port", port), f"port {port} on 127.0.0.1 is taken")


def test_a_home_that_cannot_be_made_is_one_line(romashka: Romashka, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    fails(romashka("start", ROMASHKA_HOME=str(tmp_path / "file" / "home")), "set ROMASHKA_HOME elsewhere")
