"""A person to be forgotten, named wherever a person can be named, and ways to look for them.

Belongs here: what the tests of erasure share. Not here: what must hold (`test_erasure*.py`).
"""

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import psycopg

from operational_schema import demo_traffic
from orchestration import settings
from orchestration.databases import Databases
from orchestration.lifecycle import erasure
from orchestration.refresh import refresh
from reports.deliver import maildir
from tests.orchestration.conftest import KEY

NAME, MAIL, PHONE, LEGACY, CRM = (
    'Zaphod "Zed" Quillfeather',
    "zaphod.canary@example.org",
    "+4917012345678",
    "LEGACY-0099123",
    "crm-contact-773311",
)
CANARIES = (NAME, MAIL, PHONE, LEGACY, CRM)
# As bytes, also where quotes are escaped.
TRACES = (b"quillfeather", b"zaphod", b"4917012345678", b"legacy-0099123", b"contact-773311")
MARTS = (
    "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'p', 'v') order by 1"
)
# What is not as it was: a conversation that is open grows older with every refresh, what is forgotten open is open until then, a
# pseudonym is no figure, and the publication says when it was made.
MOVES = {
    "conversation_analytics": "select (to_jsonb(made) - array['customer_key', 'active_seconds', 'pending_seconds', "
    "'escalated_seconds', 'running_status', 'running_since'])::text from marts.conversation_analytics as made",
    "backlog_daily": "select made::text from marts.backlog_daily as made where date < %(until)s",
    "publication": "select count(*)::text from marts.publication",
}
PEOPLE = "select count(*)::text || ' of ' || count(distinct customer_key)::text from raw.conversations"
ELSEWHERE = (
    "update public.messages set content = 'call ' || %(phone)s || ' or ' || upper(%(mail)s), "
    "media_url = 'https://files.example.net/' || %(legacy)s || '.pdf', media_caption = %(name)s, "
    "metadata = jsonb_build_object('from', %(name)s::text) where id = %(message)s",
    "insert into public.conversation_notes (tenant_id, conversation_id, agent_id, note) "
    "select tenant_id, id, assigned_agent_id, 'friend of ' || %(name)s from public.conversations "
    "where id = %(conversation)s",
    "update public.customer_profiles set notes = 'lives with ' || %(name)s, "
    "custom_fields = jsonb_build_object('partner', %(mail)s::text) "
    "where id = (select id from public.customer_profiles "
    "where tenant_id = %(tenant)s and id <> %(customer)s order by id limit 1)",
    "insert into public.webhook_events (tenant_id, event_type, source, payload, error_message) "
    "values (%(tenant)s, 'in', 'crm', jsonb_build_object('from', jsonb_build_array(upper(%(mail)s))), "
    "'no room for ' || %(mail)s)",
    "insert into public.integrations (tenant_id, id, name, type, provider, last_error) "
    "values (%(tenant)s, %(integration)s, 'crm', 'crm', 'custom', 'refused ' || %(crm)s)",
    "insert into public.customer_sync_mapping "
    "(tenant_id, customer_profile_id, integration_id, external_id, external_entity_type) "
    "values (%(tenant)s, %(customer)s, %(integration)s, %(crm)s, 'contact')",
    "insert into public.integration_audit_logs (tenant_id, integration_id, action, details) "
    "values (%(tenant)s, %(integration)s, 'sync', jsonb_build_object('contact', %(crm)s::text))",
    "insert into public.webhook_logs (tenant_id, integration_id, event_type, payload, response_body) "
    "values (%(tenant)s, %(integration)s, 'out', jsonb_build_object(%(mail)s::text, %(name)s::text), 'hello ' || %(name)s)",
    "insert into public.sync_jobs (tenant_id, integration_id, job_type, direction, error_details) "
    "values (%(tenant)s, %(integration)s, 'full_sync', 'inbound', jsonb_build_array(%(phone)s::text))",
    "update public.customer_profiles set company = 'Acme' where id = %(customer)s",
)


class Person:
    """A customer with conversations of their own, named in others' rows, in the trail, and in files."""

    def __init__(self, databases: Databases, home: Path) -> None:
        self.databases = databases
        self.began = datetime.now(UTC)
        self.settings = settings.load({"ROMASHKA_HOME": str(home), "ROMASHKA_PSEUDONYM_KEY": KEY})
        demo_traffic.load_traffic(
            databases.operational, conversations=60, tenants=2, days=60, seed=5, until=datetime(2024, 7, 31, tzinfo=UTC)
        )
        with psycopg.connect(databases.operational) as source:
            self.tenant, self.slug, self.id = source.execute(
                "select tenant.id, tenant.slug, conversation.customer_id from public.conversations as conversation "
                "inner join public.tenants as tenant on tenant.id = conversation.tenant_id "
                "where customer_id is not null group by 1, 2, 3 order by count(*) desc, 3 limit 1"
            ).fetchone()  # type: ignore[misc]
            self.keys = self._keys(source)
            self.name(source)
            for statement in ELSEWHERE:
                source.execute(statement.encode(), self.keys)
        refresh(databases, pseudonym_key=KEY)

    def _keys(self, source: psycopg.Connection) -> dict[str, object]:
        message, conversation = source.execute(
            "select message.id, conversation.id from public.messages as message "
            "inner join public.conversations as conversation on conversation.id = message.conversation_id "
            "where conversation.tenant_id = %s and conversation.customer_id is distinct from %s "
            "and assigned_agent_id is not null order by 1 limit 1",
            (self.tenant, self.id),
        ).fetchone()  # type: ignore[misc]
        return {
            "tenant": self.tenant, "customer": self.id, "message": message, "conversation": conversation,
            "integration": uuid.uuid4(), "name": NAME, "mail": MAIL, "phone": PHONE, "legacy": LEGACY, "crm": CRM,
        }  # fmt: skip

    def name(self, source: psycopg.Connection) -> None:
        """Give them their names; where a backup was restored, make them anew."""
        source.execute(
            "insert into public.customer_profiles (id, tenant_id, name, email, phone, external_id) "
            "values (%(customer)s, %(tenant)s, %(name)s, %(mail)s, %(phone)s, %(legacy)s) "
            "on conflict (id) do update set name = excluded.name, email = excluded.email, phone = excluded.phone, "
            "external_id = excluded.external_id",
            self.keys,
        )

    def erase(self, on_step: erasure.Step = lambda step: None) -> erasure.Erased:
        """Forget them."""
        return erasure.erase(self.databases, self.settings, tenant=self.slug, customer=self.id, on_step=on_step)

    def pseudonym(self) -> str:
        """What the key makes of their id."""
        with psycopg.connect(self.databases.operational) as source:
            source.execute("select set_config('etl.pseudonym_key', %s, false)", (KEY,))
            row = source.execute("select etl.pseudonym(%s, %s)", (self.tenant, self.id)).fetchone()
        return str(row[0] if row else None)

    def totals(self) -> dict[str, list[str]]:
        """What the marts say of everybody together."""
        return totals(self.databases, until=self.began.date() - timedelta(days=1))

    def found(self, *values: str) -> list[str]:
        """Every table of either database that has one of the values."""
        return found(self.databases, *values)

    def found_in_rows(self, *values: str) -> list[str]:
        """The same without what the planner keeps, which the server gathers at moments of its own."""
        return found_in_rows(self.databases, *values)

    def on_disk(self) -> list[str]:
        """Files of the home folder, and of the servers' data folders, that have a trace of them in their bytes.

        Not those of other databases, which are other tests', nor the servers' own logs, which tell of all of them.
        """
        files = set(_files(self.settings.home))
        for url in (self.databases.operational, self.databases.warehouse):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("checkpoint")
                folder, number = connection.execute(
                    "select current_setting('data_directory'), oid from pg_database where datname = current_database()"
                ).fetchone()  # type: ignore[misc]
            data = Path(folder)
            files |= {
                file for file in _files(data) if not file.is_relative_to(data / "base") and file.name != "server.log"
            }
            files |= set(_files(data / "base" / str(number)))
        return sorted(str(file) for file in files if _has_a_trace(file))


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder, of which the living server takes away some meanwhile."""
    for path, _, names in os.walk(folder):
        yield from (Path(path) / name for name in names)


def _has_a_trace(file: Path) -> bool:
    """A file that the living server takes away while the folder is read has none."""
    try:
        content = file.read_bytes().lower()
    except FileNotFoundError:
        return False
    return any(trace in content for trace in TRACES)


def totals(databases: Databases, *, until: date) -> dict[str, list[str]]:
    """What each mart says of everybody together; of the backlog, before a day."""
    with psycopg.connect(databases.warehouse) as warehouse:
        questions = {
            name: MOVES.get(name, f"select (to_jsonb(made) - 'customer_key')::text from marts.{name} as made")
            for (name,) in warehouse.execute(MARTS).fetchall()
        }
        return {
            name: sorted(row for (row,) in warehouse.execute(question.encode(), {"until": until}).fetchall())
            for name, question in {**questions, "people": PEOPLE}.items()
        }


# Each row is made a text once for all values, and not by to_jsonb: the catalogues have thousands of them. Quotes are
# doubled or escaped by whatever a value stands in.
SAYS = """
    with kept as materialized (select lower(translate(kept::text, '"\\', '')) as said from {table} as kept)
    select value from unnest(%s::text[]) with ordinality as asked (value, place)
    where exists (select from kept where said like '%%' || lower(translate(value, '"\\', '')) || '%%')
    order by place
"""


def found(databases: Databases, *values: str) -> list[str]:
    """Every table of either database that has one of the values."""
    places = []
    for url in (databases.operational, databases.warehouse):
        with psycopg.connect(url) as connection:
            tables = connection.execute(
                "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname <> 'information_schema'"
            ).fetchall()
            for (table,) in tables:
                said = connection.execute(SAYS.format(table=table).encode(), (list(values),)).fetchall()
                places += [f"{table}: {value}" for (value,) in said]
    return places


def found_in_rows(databases: Databases, *values: str) -> list[str]:
    """The same without what the planner keeps, which the server gathers at moments of its own."""
    return [place for place in found(databases, *values) if not place.startswith("pg_catalog.pg_statistic")]


def leave_files(person: Person) -> dict[str, Path]:
    """An export, a rendered report, mails, and two logs that name the person; and a mail that does not."""
    home = person.settings
    left = {
        "export": home.exports / person.slug / "conversations.csv",
        "of another tenant": home.exports / "another-tenant" / "conversations.csv",
        "rendered": home.reports / person.slug / "weekly" / "2024-07-29T0900" / "mail.txt",
        "log": home.home / "log" / "traceback.txt",
        "database": home.dagster_home / "history" / "runs" / "index.db",
    }
    for file in left.values():
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix != ".db":
            file.write_text(f"{MAIL.upper()},{PHONE}\n")
    with closing(sqlite3.connect(left["database"])) as database, database:
        database.execute("create table event_logs (id integer, event text)")
        database.execute("insert into event_logs values (1, ?)", (f'{{"message": "no room for {MAIL}"}}',))
    with psycopg.connect(person.databases.operational) as source:
        source.execute(
            "insert into public.export_jobs (tenant_id, name, type, format, status, file_url, completed_at) "
            "values (%s, 'All', 'conversations', 'csv', 'completed', %s, now())",
            (person.tenant, f"{person.slug}/conversations.csv"),
        )
    for number, words in enumerate((f"Hello {NAME}", "Hello everybody")):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-ID"] = "reports@romashka.example", "a@b.example", f"<{number}@test>"
        mail.set_content(f"{words} 🌼", cte="base64")
        maildir(home.mail)(mail, "a@b.example")
    return left
