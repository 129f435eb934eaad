"""The demonstration: the whole main job on synthetic traffic, and a table that says what came of it.

Belongs here: the order of the steps, and what is shown at the end. Not here: any step (each is a call that the
command line or Dagster makes too).
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from operational_schema import demo_reports, demo_traffic
from orchestration import console, dagster_home, databases, dbt, interrupts
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.mailing import office
from orchestration.settings import Settings
from reports.run import run_due
from reports.summary import RunSummary

TENANTS = 3
CONVERSATIONS = 5_000
DAYS = 400


@dataclass
class Timetable:
    """Stages in their order: rows each moved, and seconds each took. After each, `look` may end it all."""

    look: Callable[[], None]
    rows: list[tuple[str, int, float]] = field(default_factory=list)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[list[int]]:
        """Time a stage; the block appends the rows that it moved."""
        moved: list[int] = []
        began = time.monotonic()
        with console.progress(name):
            yield moved
        self.look()
        self.rows.append((name, sum(moved), time.monotonic() - began))


def run(settings: Settings) -> None:
    """Make everything that is not there yet, run the main job once, and say where to look."""
    with interrupts.noticed() as look:
        timetable = Timetable(look)
        with timetable.stage("database"):
            urls = databases.ready(settings)
        with timetable.stage("migrate") as moved:
            moved.append(len(databases.prepare(urls)))
        with timetable.stage("traffic") as moved:
            moved.append(_load_traffic_once(urls.operational))
            moved.append(demo_reports.add_demo_reports(urls.operational))
        with timetable.stage("refresh (Dagster)") as moved:
            moved.append(run_refresh_job(settings))
        with timetable.stage("reports") as moved:
            sent = _run_reports(settings, urls)
            moved.append(sent.sent)
    _show(settings, urls, timetable, sent)


def _load_traffic_once(operational_url: str) -> int:
    """Load the traffic into a database without any: a later day's traffic would be another history."""
    with databases.connect(operational_url) as connection:
        found = connection.execute("select exists (select 1 from public.conversations)").fetchone()
    if found and found[0]:
        return 0
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with console.progress("making traffic", total=CONVERSATIONS) as advance:
        loaded = demo_traffic.load_traffic(
            operational_url,
            conversations=CONVERSATIONS,
            tenants=TENANTS,
            days=DAYS,
            seed=1,
            until=now,
            on_progress=advance,
        )
    return sum(inserted for _, inserted, *_ in loaded.rows())


def run_refresh_job(settings: Settings) -> int:
    """Run the job that the UI shows too, so that the UI shows this run. Returns the rows landed by its extract."""
    dbt.ensure_manifest()
    dagster_home.prepare(settings.dagster_home)
    os.environ |= {
        "DAGSTER_HOME": str(settings.dagster_home),
        "ROMASHKA_HOME": str(settings.home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    import dagster as dg

    from orchestration.definitions import definitions

    log = settings.home / "log" / "demo-refresh.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("w", encoding="utf-8") as handle,
        contextlib.redirect_stdout(handle),
        contextlib.redirect_stderr(handle),
        dagster_home.in_process(settings.dagster_home),
        dg.DagsterInstance.get() as instance,
    ):
        job = definitions().resolve_job_def("refresh")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    if not result.success:
        raise WarehouseError(f"the refresh job failed; the marts keep the last generation; {log} says why")
    return _rows_landed(result)


def _rows_landed(result: object) -> int:
    events = result.get_asset_materialization_events()  # type: ignore[attr-defined]
    landed = [event.materialization.metadata for event in events if event.asset_key.path[0] == "raw"]
    return sum(int(each[verb].value) for each in landed for verb in ("inserted", "updated", "deleted"))


def _run_reports(settings: Settings, urls: Databases) -> RunSummary:
    return run_due(office(settings, urls), at=datetime.now(UTC))


def _show(settings: Settings, urls: Databases, timetable: Timetable, sent: RunSummary) -> None:
    console.table("The main job", ("stage", "rows", "seconds"), timetable.rows)
    console.table("In the warehouse", ("table", "rows"), _row_counts(urls.warehouse))
    newest = max(settings.reports.rglob("*.pdf"), key=lambda file: file.stat().st_mtime, default=None)
    where = [
        ("report", _relative(newest) if newest else "none"),
        ("mail", _relative(settings.mail / "new") if settings.smtp_url is None else "sent by SMTP"),
        ("mails sent in this run", str(sent.sent)),
    ]
    console.table("Where to look", ("what", "where"), where)
    console.say("Go on with:")
    console.say("  make dev                                          the Dagster UI on 127.0.0.1:3000")
    console.say('  psql "$(.venv/bin/romashka url warehouse)"        SQL on the marts: \\dt marts.*')
    console.say("  .venv/bin/romashka reports list                   the scheduled reports and their next slots")


def _row_counts(warehouse_url: str) -> list[tuple[str, int]]:
    with databases.connect(warehouse_url) as connection:
        raw = connection.execute("select 'raw.' || table_name, rows from ops.landed_tables order by 1").fetchall()
        marts = connection.execute(
            """
            select 'marts.' || published.table_name, published.rows
            from ops.published_tables as published
            where to_regclass('marts.' || published.table_name) is not null
            order by 1
            """
        ).fetchall()
    return [(name, rows) for name, rows in [*raw, *marts]]


def _relative(path: Path) -> str:
    """As short as it can be typed from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
