"""A desk to send reports from: both databases, a tenant in Berlin with conversations whose figures are known by hand."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from orchestration.embedded import EmbeddedServer
from reports.deliver import Outcome, Transport
from reports.run import Office, run_due
from reports.summary import RunSummary
from tests.conftest import EMBEDDED, execute

MARTS = Path(__file__).with_name("marts.sql")
# Monday, 10:00 in Berlin: the slot of 09:00 has come, and reports on Sunday the 22nd.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SUNDAY, SATURDAY = "2026-11-22", "2026-11-21"

# Sunday, by hand: 5 conversations; 4 answered after 10, 20, 30 and 100 s (mean 40, median 25, p90 79); 3 resolved (2 by the AI),
# after 600, 1200 and 1800 s; 1 abandoned; ratings 5, 4 and 2.5; confidence 2.7 over 3 messages, 1 below the threshold.
SUNDAYS: list[dict[str, Any]] = [
    {"first_response_seconds": 10, "resolved_by": "ai", "full_resolution_seconds": 600, "first_resolved_at": MONDAY,
     "customer_satisfaction": 5, "ai_messages": 2, "ai_confidence_sum": "1.9", "ai_confidence_count": 2,
     "ai_fallback_messages": 0},
    {"first_response_seconds": 20, "resolved_by": "ai", "full_resolution_seconds": 1200, "first_resolved_at": MONDAY,
     "customer_satisfaction": 4, "ai_messages": 1, "ai_confidence_sum": "0.8", "ai_confidence_count": 1,
     "ai_fallback_messages": 1, "reopen_count": 1},
    {"first_response_seconds": 30, "first_human_response_seconds": 30, "resolved_by": "agent", "channel_type": "email",
     "full_resolution_seconds": 1800, "first_resolved_at": MONDAY, "customer_satisfaction": "2.5"},
    {"first_response_seconds": 100, "first_human_response_seconds": 130, "channel_type": "email", "ai_messages": 1,
     "handoff_count": 1},
    {"is_abandoned": True},
]  # fmt: skip
# Saturday: 4 conversations, 1 resolved, 1 rating of 3.
SATURDAYS: list[dict[str, Any]] = [
    {"first_response_seconds": 50, "resolved_by": "agent", "customer_satisfaction": 3, "first_resolved_at": MONDAY},
    {}, {}, {},
]  # fmt: skip


@dataclass
class Outbox:
    """A way out that keeps what leaves."""

    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def __call__(self, message: EmailMessage, recipient: str) -> Outcome:
        self.mails.append((recipient, message))
        return Outcome("sent")


@dataclass
class Desk:
    """Both databases, the folder of rendered reports, and shorthands."""

    operational: str
    warehouse: str
    output: Path

    def office(self, by: Transport, **more: Any) -> Office:
        return Office(self.operational, self.warehouse, by, self.output, **more)

    def run(self, at: datetime = MONDAY, *, by: Transport, **more: Any) -> RunSummary:
        return run_due(self.office(by, **more), at=at)

    def ledger(self, columns: str = "recipient, state") -> list[tuple[Any, ...]]:
        statement = f"select {columns} from public.report_deliveries order by slot_at, recipient"
        return self.execute(statement)

    def execute(self, statement: str, *values: object, warehouse: bool = False) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.warehouse if warehouse else self.operational) as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    def add_tenant(self, slug: str = "acme", *, name: str = "Acme", timezone: str = "Europe/Berlin") -> uuid.UUID:
        tenant_id = uuid.uuid4()
        values = (tenant_id, slug, name, timezone)
        self.execute("insert into public.tenants (id, slug, name, timezone) values (%s, %s, %s, %s)", *values)
        self.set(tenant_id, "report_allowed_domains", [f"{slug}.example"])
        self.execute("insert into marts.tenants values (%s, %s, %s, %s)", *values, warehouse=True)
        return tenant_id

    def add_report(self, tenant_id: uuid.UUID, *recipients: str, **columns: Any) -> uuid.UUID:
        """A daily performance report at nine in Berlin, unless told otherwise."""
        row = {
            "id": uuid.uuid4(), "tenant_id": tenant_id, "slug": "daily", "name": "Daily performance",
            "report_type": "performance", "schedule_cron": "0 9 * * *", "timezone": "Europe/Berlin",
            "recipients": list(recipients) or ["lead@acme.example"], "additional_formats": ["excel"], **columns,
        }  # fmt: skip
        self.insert("public.scheduled_reports", row)
        return row["id"]

    def add_report_of_before(self, tenant_id: uuid.UUID, *recipients: str, **columns: Any) -> None:
        """One that was saved before bad schedules and recipients were refused."""
        refusing = ("refuse_bad_schedule", "refuse_bad_recipient")
        for trigger in refusing:
            self.execute(f"alter table public.scheduled_reports disable trigger {trigger}")
        self.add_report(tenant_id, *recipients, **columns)
        for trigger in refusing:
            self.execute(f"alter table public.scheduled_reports enable trigger {trigger}")

    def set(self, tenant_id: uuid.UUID, key: str, value: Any) -> None:
        """Set a setting of a tenant."""
        self.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, %s, %s) "
            "on conflict (tenant_id, setting_key) do update set setting_value = excluded.setting_value",
            tenant_id, key, Jsonb(value),
        )  # fmt: skip

    def add_conversations(self, tenant_id: uuid.UUID, day: str, rows: list[dict[str, Any]]) -> None:
        self.insert(
            "marts.conversation_analytics",
            *({"tenant_id": tenant_id, "started_on": day, **row} for row in rows),
            warehouse=True,
        )

    def publish(self, data_as_of: datetime) -> None:
        self.execute("delete from marts.publication", warehouse=True)
        self.insert(
            "marts.publication",
            {"generation": 1, "data_as_of": data_as_of, "published_at": data_as_of},
            warehouse=True,
        )

    def insert(self, table: str, *rows: dict[str, Any], warehouse: bool = False) -> None:
        with psycopg.connect(self.warehouse if warehouse else self.operational) as connection:
            for row in rows:
                values = [Jsonb(value) if isinstance(value, dict) else value for value in row.values()]
                statement = sql.SQL("insert into {} ({}) values ({})").format(
                    sql.Identifier(*table.split(".")),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join([sql.Placeholder()] * len(row)),
                )
                connection.execute(statement, values)


@pytest.fixture(scope="module")
def desk_urls(servers: Callable[[str], EmbeddedServer]) -> Iterator[tuple[str, str]]:
    """Both databases, made once for a module: the tests here make many small changes and would mostly wait for clones."""
    server = servers(EMBEDDED)
    names = [f"desk_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    for name, template in zip(names, ("operational_template", "template0"), strict=True):
        execute(server.url("postgres"), f"create database {name} template {template}")
    execute(server.url(names[1]), MARTS.read_text(encoding="utf-8"))
    yield server.url(names[0]), server.url(names[1])
    for name in names:
        execute(server.url("postgres"), f"drop database {name} with (force)")


@pytest.fixture
def bare_desk(desk_urls: tuple[str, str], tmp_path: Path) -> Iterator[Desk]:
    """Both databases without a tenant, and nothing published."""
    desk = Desk(*desk_urls, tmp_path / "reports")
    yield desk
    desk.execute(
        "delete from public.export_jobs; "
        "delete from public.report_deliveries; delete from public.scheduled_reports; delete from public.system_settings; "
        "delete from public.profiles; delete from public.agent_availability_events; "
        "delete from public.tenants"
    )
    desk.execute(
        "truncate marts.conversation_analytics, marts.daily_metrics, marts.tenants, marts.publication", warehouse=True
    )


@pytest.fixture
def desk(bare_desk: Desk) -> Desk:
    """The tenant acme with its conversations, published on Monday at seven."""
    acme = bare_desk.add_tenant()
    bare_desk.add_conversations(acme, SUNDAY, SUNDAYS)
    bare_desk.add_conversations(acme, SATURDAY, SATURDAYS)
    bare_desk.publish(datetime(2026, 11, 23, 7, 0, tzinfo=UTC))
    return bare_desk


@pytest.fixture
def acme(desk: Desk) -> uuid.UUID:
    """The tenant of the desk."""
    found: uuid.UUID = desk.execute("select id from public.tenants where slug = 'acme'")[0][0]
    return found


@pytest.fixture
def outbox() -> Outbox:
    """A way out that keeps what leaves."""
    return Outbox()
