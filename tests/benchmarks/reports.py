"""What a report and its mails cost next to the bare chart, PDF and SMTP conversation; and an export next to the bare file.

Belongs here: the stage report. Not here: the marts that it reads.
"""

import os
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from statistics import median

import duckdb
import psycopg
import typst

from operational_schema import demo_reports, demo_traffic
from orchestration import refresh as refreshing
from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from reports import chart, files, mail, mail_body, query, reading, render_pdf
from reports.deliver import Outcome, Transport, smtp
from reports.document import Document
from reports.exports import export_now
from reports.fonts import fonts
from reports.rendered import Rendered
from reports.report_rows import ReportRow, active_reports
from reports.run import Office, run_due
from reports.schedules import Slot
from tests.benchmarks.figure import Figure
from tests.benchmarks.stopwatch import seconds_of

CONVERSATIONS = int(os.environ.get("BENCH_EXPORTED", "100000"))
RECIPIENTS = int(os.environ.get("BENCH_RECIPIENTS", "1000"))
ROUNDS = 3
REPORT_ROUNDS = 15
EXPORT_ROUNDS = 7
SLUG = "hudson-outfitters"
KEY = "the key of the benchmarks, no secret"


def report_and_export(server: EmbeddedServer) -> Iterator[Figure]:
    """A daily report, its mails, and exports of all conversations of one large tenant."""
    databases = _filled(server)
    yield from _report(databases)
    yield from _mails(databases)
    yield from _exports(databases)


def _filled(server: EmbeddedServer) -> Databases:
    databases = Databases(*(server.url(f"bench_reports_{which}") for which in ("operational", "warehouse")))
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for which in ("operational", "warehouse"):
            connection.execute(f"create database bench_reports_{which}")
    prepare(databases)
    demo_traffic.load_traffic(
        databases.operational, conversations=CONVERSATIONS, tenants=1, days=90, seed=1, until=datetime.now(UTC)
    )
    demo_reports.add_demo_reports(databases.operational)
    refreshing.refresh(databases, pseudonym_key=KEY)
    return databases


def _daily(databases: Databases) -> tuple[ReportRow, list[Slot]]:
    """A daily report, and its slots of as many days as rounds need, one for each side."""
    with psycopg.connect(databases.operational, autocommit=True) as operational:
        report = next(each for each in active_reports(operational) if each.tenant_slug == SLUG)
    slots = list[Slot]()
    while len(slots) < 2 * REPORT_ROUNDS:
        slot = report.schedule.latest(slots[-1].at - timedelta(minutes=1) if slots else datetime.now(UTC))
        if slot is None:
            raise RuntimeError("a daily report has a slot on each day")
        slots.append(slot)
    return report, slots


def _report(databases: Databases) -> Iterator[Figure]:
    """Both in alternate rounds, medians of both. Each round is of a day of its own: Typst remembers what it has set before."""
    report, slots = _daily(databases)
    bare, whole = list[float](), list[float]()
    with query.marts(databases.warehouse) as marts:
        for one, other in zip(slots[::2], slots[1::2], strict=True):
            bare.append(_bare(reading.read(marts, report, one)))
            whole.append(seconds_of(lambda: _whole(marts, report, other)))  # noqa: B023
    yield Figure("report.daily_pdf_excel_mail", median(whole), "s")
    yield Figure("report.to_bare_chart_and_pdf", median(whole) / median(bare), "ratio")


def _bare(content: Document) -> float:
    """Seconds in which its charts are drawn once, and its PDF is set."""
    with tempfile.TemporaryDirectory() as name:
        drawing = seconds_of(lambda: [chart.svg(each, accent=content.branding.accent) for each in content.charts])
        render_pdf.prepare(content, Path(name))
        source = str(Path(name) / render_pdf.TEMPLATE)
        return drawing + seconds_of(lambda: typst.compile(source, root=name, format="pdf", font_paths=fonts()))


def _whole(marts: query.Connection, report: ReportRow, slot: Slot) -> None:
    document = reading.read(marts, report, slot)
    rendered = _rendered(document, report, slot)
    letter = mail.Letter(mail.compose(rendered, "reports@romashka.example", rendered.attachments))
    letter.to(mail.Envelope("a@romashka.example", "<1@romashka.example>")).as_bytes()


def _rendered(document: Document, report: ReportRow, slot: Slot) -> Rendered:
    return Rendered(
        made_of=report.made_of,
        subject=document.title,
        plain=mail_body.plain(document),
        markup=mail_body.markup(document, chart_source=f"cid:{mail_body.CHART_ID}"),
        picture=mail_body.chart_picture(document),
        attachments=files.render(document, report),
        rows=document.rows,
        rows_in_mail=len(document.figures),
        slot_at=slot.at,
        data_as_of=document.data_as_of,
    )


@contextmanager
def _mail_server() -> Iterator[int]:
    """A process of its own: one within ours would wait for our turn to end, and make both sides slower, ours and the bare one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    with subprocess.Popen(command) as server:
        try:
            _wait_for(port)
            yield port
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            smtplib.SMTP("127.0.0.1", port).quit()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the mail server does not answer")


def _mails(databases: Databases) -> Iterator[Figure]:
    """Ours and the bare conversation in alternate rounds, medians of both: what else the machine does falls on either."""
    recipients = [f"p{number}@{SLUG}.example" for number in range(RECIPIENTS)]
    with psycopg.connect(databases.operational) as operational:
        operational.execute(
            "update public.scheduled_reports set recipients = %s, is_active = tenant_id = "
            "(select id from public.tenants where slug = %s)", (recipients, SLUG)
        )  # fmt: skip
    ours, bare = list[float](), list[float]()
    with _mail_server() as port:
        transport = smtp(f"smtp://127.0.0.1:{port}")
        for _ in range(ROUNDS):
            seconds, mails = _ours(databases, transport)
            ours.append(seconds)
            bare.append(seconds_of(lambda: _converse(port, mails)))  # noqa: B023
    yield Figure(f"report.mails_to_{len(mails)}_recipients", median(ours), "s")
    yield Figure("report.mails.to_bare_smtp", median(ours) / median(bare), "ratio")


def _ours(databases: Databases, transport: Transport) -> tuple[float, list[bytes]]:
    """Seconds in which a slot nobody has got yet goes to all, and the mails."""
    with psycopg.connect(databases.operational) as operational:
        operational.execute("delete from public.report_deliveries")
        operational.execute("update public.scheduled_reports set last_run_at = null")
    kept: list[bytes] = []

    def keeping(message: EmailMessage, recipient: str) -> Outcome:
        kept.append(message.as_bytes())
        return transport(message, recipient)

    with tempfile.TemporaryDirectory() as name:
        office = Office(databases.operational, databases.warehouse, keeping, Path(name))
        return seconds_of(lambda: run_due(office, at=datetime.now(UTC))), kept


def _converse(port: int, mails: list[bytes]) -> None:
    for each in mails:
        with smtplib.SMTP("127.0.0.1", port) as connection:
            connection.sendmail("a@romashka.example", ["b@romashka.example"], each)


def _exports(databases: Databases) -> Iterator[Figure]:
    with psycopg.connect(databases.warehouse) as warehouse:
        slug, rows = warehouse.execute(
            "select slug, count(*) from marts.tenants join marts.conversation_analytics using (tenant_id) "
            "group by slug order by 2 desc limit 1"
        ).fetchone() or ("", 0)  # fmt: skip
    yield Figure("export.conversations", rows, "rows")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form in ("parquet", "csv"):
            ours, bare = _in_turn(databases, slug, form, folder)
            yield Figure(f"export.{form}", ours, "s")
            yield Figure(f"export.{form}.to_duckdb_from_memory", ours / bare, "ratio")
        for form in ("parquet", "csv", "json"):
            yield Figure(f"export.{form}.peak_memory", _peak(databases, slug, form, folder / "peak"), "MB")


def _export(databases: Databases, slug: str, form: str, to: Path) -> None:
    export_now(databases.warehouse, tenant=slug, kind="conversations", form=form, filters={}, to=to)


def _in_turn(databases: Databases, slug: str, form: str, folder: Path) -> tuple[float, float]:
    """Seconds of ours, and those in which DuckDB writes the same rows from a table in memory: alternate rounds, medians."""
    options = "format parquet, compression zstd" if form == "parquet" else "format csv, header"
    rows, to, bare_to = (folder / name for name in ("rows.parquet", f"rows.{form}", "bare"))
    _export(databases, slug, "parquet", rows)
    ours, bare = list[float](), list[float]()
    with duckdb.connect() as memory:
        memory.execute("create table exported as from read_parquet(?)", [str(rows)])
        for _ in range(EXPORT_ROUNDS):
            ours.append(seconds_of(lambda: _export(databases, slug, form, to)))
            bare.append(seconds_of(lambda: memory.execute(f"copy exported to '{bare_to}' ({options})")))
    return median(ours), median(bare)


def _peak(databases: Databases, slug: str, form: str, to: Path) -> float:
    """Of a process that does nothing else; its resource usage would begin at what the process that started it used."""
    code = (
        "import sys; from pathlib import Path; from reports.exports import export_now; "
        "export_now(sys.argv[1], tenant=sys.argv[2], kind='conversations', form=sys.argv[3], filters={}, to=Path(sys.argv[4])); "
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    command = [sys.executable, "-c", code, databases.warehouse, slug, form, str(to)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024
