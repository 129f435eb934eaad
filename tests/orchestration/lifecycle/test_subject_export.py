"""R12: a person's data: every row about them, nothing of anyone else, in a form that can be checked, or not at all."""

import json
import stat
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import psycopg
import pytest

from operational_schema import auditing
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import extract
from orchestration.lifecycle import subject_export
from tests.orchestration.conftest import KEY

Told = dict[str, Any]
Export = Callable[..., Told]
CANARY = "Zebulon"
OTHER = "Quixotica"
AGENT = "Agent Umbriel"


@pytest.fixture
def operational_url(every_server: object, operational_url: str) -> str:
    """Both servers."""
    return operational_url


@dataclass(frozen=True)
class Person:
    """A customer and their only conversation."""

    customer: uuid.UUID
    conversation: uuid.UUID


def add_person(source: psycopg.Connection, tenant: uuid.UUID, name: str, agent: uuid.UUID) -> Person:
    """A customer of whom something is in many tables; every text of theirs holds the name."""
    made = Person(uuid.uuid4(), uuid.uuid4())
    keys = {"tenant": tenant, "name": name, "mail": f"{name.lower()}@example.org", "agent": agent, **vars(made)}
    keys |= {name: uuid.uuid4() for name in ("message", "reply", "integration", "rule")}
    for statement in (
        "customer_profiles (tenant_id, id, name, email, phone) values (%(tenant)s, %(customer)s, %(name)s, %(mail)s, null)",
        "conversations (tenant_id, id, customer_id, user_name, user_email) "
        "values (%(tenant)s, %(conversation)s, %(customer)s, %(name)s, %(mail)s)",
        "messages (tenant_id, conversation_id, id, sender_type, content) "
        "values (%(tenant)s, %(conversation)s, %(message)s, 'customer', %(name)s || ' пишет مرحبا 🌼')",
        "messages (tenant_id, conversation_id, id, sender_type, sender_id, content, channel_type) "
        "values (%(tenant)s, %(conversation)s, %(reply)s, 'agent', %(agent)s, 'hello', 'email')",
        "conversation_notes (tenant_id, conversation_id, agent_id, note) "
        "values (%(tenant)s, %(conversation)s, %(agent)s, %(name)s)",
        "message_delivery_tracking (tenant_id, message_id, channel_type) values (%(tenant)s, %(reply)s, 'email')",
        "customer_consents (tenant_id, customer_id, purpose, legal_basis, granted) "
        "values (%(tenant)s, %(customer)s, 'analytics', 'consent', true)",
        "integrations (tenant_id, id, name, type, provider) values (%(tenant)s, %(integration)s, %(name)s, 'crm', 'custom')",
        "customer_sync_mapping (tenant_id, customer_profile_id, integration_id, external_id, external_entity_type) "
        "values (%(tenant)s, %(customer)s, %(integration)s, %(name)s || '-crm', 'contact')",
        "webhook_events (tenant_id, event_type, source, payload) values (%(tenant)s, 'in', 'crm', "
        "jsonb_build_object('from', jsonb_build_array(upper(%(mail)s)), 'to', 'somebody@example.net'))",
        "scheduled_reports (tenant_id, slug, name, report_type, schedule_cron, recipients) values (%(tenant)s, "
        "'of-' || lower(%(name)s), 'Weekly', 'performance', '0 9 * * *', array[%(mail)s, 'somebody@example.net'])",
        "alert_rules (id, tenant_id, name, metric, condition, threshold, recipients) values (%(rule)s, %(tenant)s, "
        "'Slow ' || lower(%(name)s), 'avg_first_response_time_seconds', 'above', 600, array['somebody@example.net', %(mail)s])",
        "alert_history (tenant_id, rule_id, metric_value, threshold_value, sent_recipients, resolution_notes) values "
        "(%(tenant)s, %(rule)s, 700, 600, array['somebody@example.net', %(mail)s], 'told somebody@example.net')",
        "legal_holds (tenant_id, customer_id, reason) values (%(tenant)s, %(customer)s, %(name)s || ' v. us')",
        "erasure_requests (tenant_id, customer_id, reason) values (%(tenant)s, %(customer)s, %(name)s)",
    ):
        source.execute(f"insert into public.{statement}".encode(), keys)
    return made


def add_agent(source: psycopg.Connection, tenant: uuid.UUID) -> uuid.UUID:
    """A colleague with a name."""
    key = uuid.uuid4()
    source.execute(
        "insert into public.profiles (id, tenant_id, full_name, role) values (%s, %s, %s, 'agent')",
        (key, tenant, AGENT),
    )
    return key


@pytest.fixture
def agent(databases: Databases, tenant: uuid.UUID) -> uuid.UUID:
    """A colleague of the tenant's."""
    with psycopg.connect(databases.operational) as source:
        return add_agent(source, tenant)


@pytest.fixture
def person(databases: Databases, tenant: uuid.UUID, agent: uuid.UUID) -> Person:
    """The one who asks, and another customer beside."""
    with psycopg.connect(databases.operational) as source:
        add_person(source, tenant, OTHER, agent)
        return add_person(source, tenant, CANARY, agent)


@pytest.fixture
def export(databases: Databases, person: Person, tmp_path: Path) -> Export:
    """Exports the person, and reads the file."""

    def run(name: str = "of them.json", **given: object) -> Told:
        asked = {"tenant": "acme", "customer": person.customer, "to": tmp_path / name, **given}
        subject_export.export(databases, pseudonym_key=KEY, **asked)  # type: ignore[arg-type]
        return json.loads((tmp_path / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    return run


def rows_of(told: Told) -> dict[str, list[dict[str, object]]]:
    """The rows, by table."""
    return {each["name"]: each["rows"] for each in told["tables"]}


def test_all_of_the_person_and_nothing_of_anyone_else(
    databases: Databases, export: Export, person: Person, agent: uuid.UUID, tmp_path: Path
) -> None:
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    told = export()
    rows = rows_of(told)
    counts = {name.removeprefix("public."): len(found) for name, found in rows.items() if name.startswith("public.")}
    expected = {
        "customer_profiles": 1, "conversations": 1, "messages": 2, "conversation_notes": 1, "message_delivery_tracking": 1,
        "customer_consents": 1, "customer_sync_mapping": 1, "webhook_events": 1, "legal_holds": 1, "erasure_requests": 1,
        "scheduled_reports": 1, "alert_rules": 1, "alert_history": 1,
    }  # fmt: skip
    assert {name: counts[name] for name in expected} == expected
    assert {entry["entity_type"] for entry in rows["public.audit_logs"]} >= {"customer_profiles", "customer_consents"}
    text = (tmp_path / "of them.json").read_text(encoding="utf-8")
    assert [said for said in (CANARY, "🌼") if said not in text] == []
    assert [other for other in (OTHER, AGENT, "somebody@example.net") if other.lower() in text.lower()] == []
    assert rows["public.messages"][1]["sender_id"] == str(agent)
    assert [row["id"] for row in rows["raw.conversations"]] == [str(person.conversation)]
    assert [row["id"] for row in rows["raw.customer_profiles"]] == [told["subject"]["pseudonym"]]
    assert len(rows["raw.messages"]) == 2


def test_mails_of_a_report_that_was_deleted_are_the_persons_all_the_same(
    databases: Databases, tenant: uuid.UUID, export: Export
) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "with report as (insert into public.scheduled_reports "
            "(tenant_id, slug, name, report_type, schedule_cron, recipients) "
            "values (%s, 'weekly', 'Of the week', 'custom', '0 9 * * *', '{a@b.example}') returning id, tenant_id) "
            "insert into public.report_deliveries (tenant_id, report_id, slot_local, slot_at, recipient, message_id) "
            "select tenant_id, id, '2024-07-29 09:00', '2024-07-29 09:00Z', given, 'm' "
            "from report cross join unnest(%s::text[]) as given",
            (tenant, [f"Z <{CANARY.lower()}@example.org>", f"{OTHER.lower()}@example.org"]),
        )
        source.execute("delete from public.scheduled_reports")
    [mail] = rows_of(export())["public.report_deliveries"]
    assert (mail["report_name"], mail["state"]) == ("Of the week", "skipped")
    assert CANARY.lower() in str(mail["recipient"])


def test_the_same_name_and_address_at_another_tenant_are_another_person(
    databases: Databases, export: Export, tenant: uuid.UUID
) -> None:
    twins = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (id, slug, name) values (%s, 'twins', 'Twins')", (twins,))
        add_person(source, twins, CANARY, add_agent(source, twins))
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    found = rows_of(export())
    assert len(found["public.webhook_events"]) == 1
    assert {row["tenant_id"] for rows in found.values() for row in rows} == {str(tenant)}


def test_the_file_keeps_to_its_schema_and_is_its_owners(export: Export, tmp_path: Path) -> None:
    told = export()
    schema = json.loads((tmp_path / "of them.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.check_schema(schema)
    validator.validate(told)
    assert told["warehouse_as_of"] is None
    assert sorted(file.name for file in tmp_path.iterdir()) == ["of them.json", "of them.schema.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    described = {each["name"]: each for each in told["tables"]}
    columns = {column["name"]: column["description"] for column in described["public.conversation_notes"]["columns"]}
    assert columns["note"] == "Personal: may name the customer."
    assert {each["column"] for each in described["public.audit_logs"]["withheld"]} >= {"ip_address", "user_agent"}
    assert [each["row_count"] for each in described.values()] == [len(each["rows"]) for each in described.values()]


def test_it_is_in_the_chain_without_the_persons_values(databases: Databases, export: Export, person: Person) -> None:
    export()
    with psycopg.connect(databases.operational) as source:
        found = source.execute(
            "select entity_id, changes::text from public.audit_logs where action = 'export'"
        ).fetchall()
        source.rollback()
        source.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert not auditing.look(source).findings
    assert [key for key, _ in found] == [person.customer]
    assert CANARY not in found[0][1]
    exported = [entry for entry in rows_of(export())["public.audit_logs"] if entry["action"] == "export"]
    assert len(exported) == 1, "the next export tells of the first"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tenant": "nobody"}, "there is no tenant nobody"),
        ({"tenant": "other"}, "tenant other has no customer"),
        ({"customer": uuid.UUID(int=7)}, "tenant acme has no customer"),
        ({"to": Path("x.csv")}, r"end the file's name in .json or .pdf"),
        ({"to": Path("no/such/folder/x.json")}, "cannot be written"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    databases: Databases, export: Export, tmp_path: Path, given: dict[str, object], message: str
) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.tenants (slug, name) values ('other', 'Other')")
    with pytest.raises(WarehouseError, match=message) as raised:
        export(**given)
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())
    with psycopg.connect(databases.operational) as source:
        assert source.execute("select count(*) from public.audit_logs where action = 'export'").fetchone() == (0,)


def test_one_who_was_erased_is_said_to_be(
    databases: Databases, export: Export, person: Person, tenant: uuid.UUID
) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute("delete from public.legal_holds")
        source.execute("delete from public.customer_profiles where id = %s", (person.customer,))
        source.execute(
            "update public.erasure_requests set status = 'completed', completed_at = now() where customer_id = %s",
            (person.customer,),
        )
    with pytest.raises(WarehouseError, match="was erased on"):
        export()


def test_the_page_can_be_read(databases: Databases, person: Person, tmp_path: Path) -> None:
    done = subject_export.export(
        databases, tenant="acme", customer=person.customer, to=tmp_path / "page.pdf", pseudonym_key=KEY
    )
    assert done.file.read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE(done.file.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["page.pdf"]
