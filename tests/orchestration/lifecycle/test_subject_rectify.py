"""What is put right is right wherever it was copied, of this person only, and the person stays one person."""

import uuid

import psycopg
import pytest

from operational_schema import auditing
from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.extraction.extract import extract
from orchestration.lifecycle import subject_rectify
from tests.orchestration.conftest import KEY

OLD, NEW = "ada@exmaple.org", "ada@example.org"


@pytest.fixture
def operational_url(every_server: object, operational_url: str) -> str:
    """Both servers."""
    return operational_url


@pytest.fixture
def customer(databases: Databases, tenant: uuid.UUID) -> uuid.UUID:
    """Ada, with an address that somebody mistyped, in every place that repeats it, and Bob beside her."""
    ada, bob, report, integration = (uuid.uuid4() for _ in range(4))
    keys = {
        "tenant": tenant,
        "ada": ada,
        "bob": bob,
        "report": report,
        "integration": integration,
        "old": OLD,
        "new": NEW,
    }
    with psycopg.connect(databases.operational) as source:
        for statement in (
            "customer_profiles (tenant_id, id, name, email) values (%(tenant)s, %(ada)s, 'Ada', %(old)s)",
            "customer_profiles (tenant_id, id, name, email) values (%(tenant)s, %(bob)s, 'Bob', 'bob@example.org')",
            "conversations (tenant_id, customer_id, user_name, user_email) values (%(tenant)s, %(ada)s, 'Ada', upper(%(old)s))",
            "conversations (tenant_id, customer_id, user_email) values (%(tenant)s, %(ada)s, 'at.work@example.org')",
            "conversations (tenant_id, customer_id, user_name, user_email) values (%(tenant)s, %(bob)s, 'Ada', %(old)s)",
            "integrations (tenant_id, id, name, type, provider) values (%(tenant)s, %(integration)s, 'x', 'crm', 'custom')",
            "customer_sync_mapping (tenant_id, customer_profile_id, integration_id, external_id, external_entity_type) "
            "values (%(tenant)s, %(ada)s, %(integration)s, %(old)s, 'contact')",
            "scheduled_reports (tenant_id, id, slug, name, report_type, template, schedule_cron, recipients) values "
            "(%(tenant)s, %(report)s, 'r', 'R', 'performance', 'default', '0 7 * * *', "
            "array['Ada <' || %(old)s || '>', 'bob@example.org'])",
            "report_unsubscriptions (tenant_id, report_id, recipient) values (%(tenant)s, %(report)s, %(old)s)",
            "report_deliveries (tenant_id, report_id, slot_local, slot_at, recipient, message_id, state) "
            "select %(tenant)s, %(report)s, '2026-01-01'::timestamp + day * interval '1 day', now(), recipient, 'm', state "
            "from (values (1, %(old)s, 'queued'), (2, %(old)s, 'queued'), (2, %(new)s, 'queued'), (3, %(old)s, 'sent')) "
            "as mail (day, recipient, state)",
        ):
            source.execute(f"insert into public.{statement}".encode(), keys)
    return ada


def test_every_copy_is_put_right_and_nothing_of_others(databases: Databases, customer: uuid.UUID) -> None:
    done = subject_rectify.rectify(
        databases.operational, tenant="acme", customer=customer, right={"name": "Ada L.", "email": NEW, "phone": None}
    )
    assert done.rows == {
        "customer_profiles": 2, "conversations": 2, "customer_sync_mapping": 2, "report_deliveries": 2,
        "report_unsubscriptions": 1, "scheduled_reports": 1,
    }  # fmt: skip
    with psycopg.connect(databases.operational) as source:

        def all_of(query: str) -> list[tuple[object, ...]]:
            return source.execute(query.encode()).fetchall()

        assert all_of("select name, email from public.customer_profiles order by name") == [
            ("Ada L.", NEW), ("Bob", "bob@example.org")
        ]  # fmt: skip
        assert all_of("select user_name, user_email from public.conversations order by user_email, user_name") == [
            ("Ada L.", NEW), ("Ada", OLD), (None, "at.work@example.org")
        ]  # fmt: skip
        assert all_of("select external_id, sync_status from public.customer_sync_mapping") == [(NEW, "pending")]
        assert all_of("select recipients from public.scheduled_reports") == [([f"Ada <{NEW}>", "bob@example.org"],)]
        assert all_of("select recipient from public.report_unsubscriptions") == [(NEW,)]
        assert all_of("select recipient, state from public.report_deliveries order by slot_local, state") == [
            (NEW, "queued"), (NEW, "queued"), (OLD, "skipped"), (OLD, "sent")
        ]  # fmt: skip


def test_another_tenants_mails_go_where_they_went(databases: Databases, customer: uuid.UUID) -> None:
    """Of that address they have somebody, too, and nobody has said that theirs is wrong."""
    theirs = {"other": uuid.uuid4(), "report": uuid.uuid4(), "old": OLD}
    questions = (
        "select recipients from public.scheduled_reports where tenant_id = %(other)s",
        "select recipients from public.alert_rules where tenant_id = %(other)s",
        "select array[recipient] from public.report_unsubscriptions where tenant_id = %(other)s",
        "select array[recipient] from public.report_deliveries where tenant_id = %(other)s and state = 'queued'",
    )
    with psycopg.connect(databases.operational) as source:
        for statement in (
            "tenants (id, slug, name) values (%(other)s, 'other', 'Other')",
            "scheduled_reports (tenant_id, id, slug, name, report_type, template, schedule_cron, recipients) values "
            "(%(other)s, %(report)s, 'r', 'R', 'performance', 'default', '0 7 * * *', array[%(old)s])",
            "alert_rules (tenant_id, name, metric, condition, threshold, recipients) values "
            "(%(other)s, 'A', 'total_conversations', 'above', 1, array[%(old)s])",
            "report_unsubscriptions (tenant_id, report_id, recipient) values (%(other)s, %(report)s, %(old)s)",
            "report_deliveries (tenant_id, report_id, slot_local, slot_at, recipient, message_id) values "
            "(%(other)s, %(report)s, '2026-01-01', now(), %(old)s, 'm')",
        ):
            source.execute(f"insert into public.{statement}".encode(), theirs)
    subject_rectify.rectify(databases.operational, tenant="acme", customer=customer, right={"email": NEW})
    with psycopg.connect(databases.operational) as source:
        assert [source.execute(question.encode(), theirs).fetchone() for question in questions] == [([OLD],)] * 4


def test_it_is_logged_without_the_values_and_again_changes_nothing(databases: Databases, customer: uuid.UUID) -> None:
    for expected in (1, 1):
        subject_rectify.rectify(databases.operational, tenant="acme", customer=customer, right={"email": NEW})
        with psycopg.connect(databases.operational) as source:
            logged = source.execute("select changes::text from public.audit_logs where action = 'rectify'").fetchall()
            shown = source.execute("select string_agg(changes::text, '') from public.audit_logs").fetchone()
            source.rollback()
            source.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            assert not auditing.look(source).findings
        assert len(logged) == expected
        assert '"email"' in logged[0][0]
        assert shown
        assert NEW not in shown[0]
        assert OLD not in shown[0]


def test_the_person_stays_one_person(databases: Databases, customer: uuid.UUID) -> None:
    def keys() -> list[tuple[object, ...]]:
        extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
        with psycopg.connect(databases.warehouse) as warehouse:
            return warehouse.execute("select id, customer_key from raw.conversations order by id").fetchall()

    before = keys()
    subject_rectify.rectify(databases.operational, tenant="acme", customer=customer, right={"email": NEW, "name": "X"})
    assert keys() == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"right": {"email": None}}, "say what is right"),
        ({"right": {"email": "Ada <x@example.org>, y@example.org"}}, "no e-mail address"),
        ({"right": {"name": "a\nb"}}, "not one line"),
        ({"right": {"name": "New", "email": "bob@example.org"}}, "another customer of acme has this already"),
        ({"tenant": "nobody", "right": {"name": "x"}}, "there is no tenant nobody"),
        ({"customer": uuid.UUID(int=7), "right": {"name": "x"}}, "has no customer"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(
    databases: Databases, customer: uuid.UUID, given: dict[str, object], message: str
) -> None:
    with pytest.raises(WarehouseError, match=message):
        subject_rectify.rectify(databases.operational, **{"tenant": "acme", "customer": customer, **given})  # type: ignore[arg-type]
    with psycopg.connect(databases.operational) as source:
        assert source.execute(
            "select name, email from public.customer_profiles where id = %s", (customer,)
        ).fetchone() == ("Ada", OLD)
        assert source.execute("select count(*) from public.audit_logs where action = 'rectify'").fetchone() == (0,)
