"""People who write to the same conversations at once: they may wait for each other, but never in a circle.

Belongs here: the order in which triggers and jobs take locks. Not here: what they keep (the tests of their groups).
"""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")

SAY = (
    "insert into public.messages (tenant_id, conversation_id, sender_type, sender_id, content, metadata) "
    "values (%(tenant)s, %(conversation)s, 'agent', %(agent)s, 'x', %(named)s)"
)


@pytest.fixture
def at_work(connection: psycopg.Connection, acme: Tenant) -> Tenant:
    """An agent who was last active some time ago, and has both conversations."""
    connection.execute(
        "update public.conversations set assigned_agent_id = %s, status = 'active', customer_id = %s",
        (acme.agent, acme.customer),
    )
    connection.execute(
        "update public.agent_availability set last_activity = now() - interval '1 hour', is_online = true"
    )
    return acme


def _named(connection: psycopg.Connection) -> str:
    """A message's metadata that name a ready-made answer and a template."""
    row = connection.execute(
        "select jsonb_build_object('canned_response_id', (select id from public.canned_responses limit 1), "
        "'template_id', (select id from public.message_templates limit 1))::text"
    ).fetchone()
    assert row
    return str(row[0])


@pytest.mark.parametrize("change", ["status = 'resolved'", "assigned_agent_id = null"])
def test_an_agents_message_and_a_change_of_its_conversation(
    change: str, connection: psycopg.Connection, operational_url: str, at_work: Tenant
) -> None:
    said = {
        "tenant": at_work.tenant, "conversation": at_work.conversation, "agent": at_work.agent, "named": _named(connection),
    }  # fmt: skip
    with psycopg.connect(operational_url) as changing, ThreadPoolExecutor(1) as writer:
        changing.execute("update public.conversations set priority = 'high' where id = %s", (at_work.conversation,))
        message = writer.submit(_alone, operational_url, SAY, said)
        _wait_for_a_waiter(connection)
        changing.execute(f"update public.conversations set {change} where id = %s".encode(), (at_work.conversation,))
        changing.execute("update public.canned_responses set usage_count = usage_count")
        changing.execute("update public.message_templates set usage_count = usage_count")
        changing.commit()
        message.result(timeout=10)
    noted = connection.execute(
        "select last_activity > now() - interval '1 minute', "
        "(select sum(usage_count) from public.canned_responses), (select sum(usage_count) from public.message_templates) "
        "from public.agent_availability where agent_id = %s",
        (at_work.agent,),
    ).fetchone()
    assert noted == (True, 1, 1)


def _alone(url: str, statement: str, values: dict[str, object]) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(statement.encode(), values)


def _wait_for_a_waiter(connection: psycopg.Connection) -> None:
    waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    for _ in range(1000):
        if connection.execute(waiting).fetchone() is not None:
            return
        connection.execute("select pg_sleep(0.01)")
    raise AssertionError("nobody waits")


def test_maintenance_waits_for_nobody_who_may_wait_for_it(
    connection: psycopg.Connection, operational_url: str, at_work: Tenant
) -> None:
    """It makes the agent be away, and would close what somebody has who then wants the agent."""
    connection.execute("update public.conversations set last_message_at = now() - interval '2 days'")
    with psycopg.connect(operational_url) as person, psycopg.connect(operational_url) as job:
        person.execute("update public.conversations set priority = 'high' where id = %s", (at_work.conversation,))
        job.execute("set lock_timeout = '5s'")
        done = job.execute("select public.run_scheduled_maintenance() -> 'failed'").fetchone()
        assert done == ({},)
        with ThreadPoolExecutor(1) as waiting:
            resolved = waiting.submit(
                person.execute,
                "update public.conversations set status = 'resolved' where id = %s",
                (at_work.conversation,),
            )
            _wait_for_a_waiter(connection)
            job.commit()
            resolved.result(timeout=10)
    statuses = connection.execute("select id, status from public.conversations where status <> 'active'").fetchall()
    assert dict(statuses) == {at_work.conversation: "resolved", at_work.second: "closed"}


def test_nobody_waits_in_a_circle(connection: psycopg.Connection, operational_url: str, at_work: Tenant) -> None:
    """Whatever single statements they make, about whichever conversations, with maintenance in between."""
    agents = [at_work.agent, at_work.admin]
    connection.execute(
        "insert into public.agent_availability (tenant_id, agent_id, is_online) values (%s, %s, true)",
        (at_work.tenant, at_work.admin),
    )
    conversations = [at_work.conversation, at_work.second]
    named = _named(connection)
    begun = threading.Barrier(6)

    def work(seed: int) -> list[str]:
        chance, failed = random.Random(seed), []
        with psycopg.connect(operational_url, autocommit=True) as session:
            begun.wait()
            for _ in range(60):
                statement = chance.choice(STATEMENTS)
                values = {
                    "tenant": at_work.tenant, "customer": at_work.customer, "conversation": chance.choice(conversations),
                    "agent": chance.choice(agents), "named": named, "score": chance.choice([1, 3, 5]),
                    "status": chance.choice(["active", "queued", "resolved", "escalated"]),
                }  # fmt: skip
                try:
                    session.execute(statement.encode(), values)
                except psycopg.errors.DeadlockDetected as circle:
                    failed.append(f"{statement}: {circle}")
        return failed

    with ThreadPoolExecutor(6) as people:
        assert [failed for failed in people.map(work, range(6)) if failed] == []


STATEMENTS = (
    SAY,
    SAY,
    "update public.agent_availability set last_activity = now() - interval '1 minute' where agent_id = %(agent)s",
    "update public.conversations set status = %(status)s where id = %(conversation)s",
    "update public.conversations set assigned_agent_id = %(agent)s where id = %(conversation)s",
    "update public.conversations set status = %(status)s, assigned_agent_id = %(agent)s, satisfaction_score = %(score)s "
    "where id = %(conversation)s",
    "insert into public.conversations (tenant_id, customer_id, status) values (%(tenant)s, %(customer)s, 'queued')",
    "update public.customer_profiles set notes = 'x' where id = %(customer)s",
    "select public.run_scheduled_maintenance()",
)
