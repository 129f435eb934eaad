"""What has not landed yet, or comes while a run is at work: it is kept, and so is all that it belongs to.

Belongs here: the moments of a run. Not here: its rules (`test_functions_retention.py`).
"""

import threading
import time

import psycopg
import pytest

from tests.operational_schema.access import UPDATES
from tests.operational_schema.conftest import Tenant
from tests.operational_schema.forgetting import LONG_AGO, NOW, landed, retain

PARTS = (
    "conversation_events", "conversation_notes", "conversation_transfers", "knowledge_analytics",
    "message_delivery_tracking", "messages", "sla_tracking", "workflow_executions",
)  # fmt: skip
LOGGED_PARTS = """
    with recursive part as (
        select 'public.conversations'::regclass::oid as oid
        union
        select held.conrelid
        from pg_constraint as held inner join part on part.oid = held.confrelid
        where held.contype = 'f' and held.confdeltype = 'c'
    )
    select relname from pg_class inner join part using (oid)
    where relname = any(etl.logged_tables()) and relname <> 'conversations' order by 1
"""
# A run calls it of each customer that is old enough: once when it counts, and again when it looks for those that go.
WAITS_AT_THE_SECOND_LOOK = """
    create sequence public.looks;
    create or replace function app.hold_on_customer(of_tenant uuid, customer uuid, as_of timestamptz)
    returns uuid language plpgsql as $$
    begin
        if customer is not null and nextval('public.looks') = 2 then
            perform pg_advisory_xact_lock(77);
        end if;
        return null;
    end $$
"""


@pytest.mark.parametrize("table", PARTS)
def test_a_part_that_has_not_landed_keeps_its_conversation(
    connection: psycopg.Connection, acme: Tenant, table: str
) -> None:
    connection.execute("update public.workflow_executions set conversation_id = %s", (acme.conversation,))
    landed(connection)
    change = UPDATES.get(table, "created_at = created_at")
    connection.execute(f"update public.{table} set {change}".encode())
    of = "(select conversation_id from public.messages where messages.id = part.message_id)"
    whose = of if table == "message_delivery_tracking" else "conversation_id"
    changed = connection.execute(f"select distinct {whose} from public.{table} as part".encode()).fetchall()
    ((unlanded,),) = connection.execute("select app.unlanded_keys(%s)", (acme.tenant,)).fetchall()
    assert changed
    assert {key for (key,) in changed} <= set(unlanded)


def test_no_part_is_left_out(connection: psycopg.Connection) -> None:
    assert [name for (name,) in connection.execute(LOGGED_PARTS).fetchall()] == list(PARTS)


def test_a_customer_who_writes_between_the_look_and_the_lock_stays(
    connection: psycopg.Connection, operational_url: str, empty: Tenant
) -> None:
    """The conversation was left without its customer: the look had not seen it, and the lock does not look again."""
    with connection.transaction():
        connection.execute("select set_config('app.import', 'on', true)")
        connection.execute("delete from public.customer_profiles where id <> %s", (empty.customer,))
        connection.execute("alter table public.customer_profiles disable trigger keep_updated_at")
        connection.execute("update public.customer_profiles set created_at = %s, updated_at = %s", (LONG_AGO, LONG_AGO))
    landed(connection)
    connection.execute(WAITS_AT_THE_SECOND_LOOK.encode())
    with psycopg.connect(operational_url, autocommit=True) as customer:
        customer.execute("select pg_advisory_lock(77)")
        run = threading.Thread(target=retain, args=(connection, empty, NOW))
        run.start()
        while not customer.execute("select from pg_locks where locktype = 'advisory' and not granted").rowcount:
            assert run.is_alive()
            time.sleep(0.02)
        customer.execute(
            "insert into public.conversations (tenant_id, customer_id) values (%s, %s)", (empty.tenant, empty.customer)
        )
        customer.execute("select pg_advisory_unlock(77)")
        run.join()
    assert connection.execute("select customer_id from public.conversations").fetchall() == [(empty.customer,)]


@pytest.mark.parametrize("table", PARTS)
def test_a_part_that_is_being_changed_is_waited_for_and_keeps_its_conversation(
    connection: psycopg.Connection, operational_url: str, acme: Tenant, table: str
) -> None:
    """Deleted with its conversation it had never landed as it was left, and the facts that stay were those of before."""
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute("delete from public.legal_holds")
        connection.execute("update public.sla_tracking set status = 'breached'")
        connection.execute("update public.workflow_executions set conversation_id = %s", (acme.conversation,))
        connection.execute("update public.knowledge_analytics set conversation_id = %s", (acme.conversation,))
        connection.execute("update public.messages set conversation_id = %s", (acme.conversation,))
        connection.execute(
            "update public.conversations set status = 'closed', created_at = %s, last_message_at = %s, resolved_at = %s",
            (LONG_AGO, LONG_AGO, LONG_AGO),
        )
    landed(connection)
    waits = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with psycopg.connect(operational_url) as writer, psycopg.connect(operational_url, autocommit=True) as looker:
        # A trigger of some tables locks the conversation, too: it is for another round then.
        writer.execute("set local session_replication_role = replica")
        changed = writer.execute(f"update public.{table} set {UPDATES.get(table, 'created_at = created_at')}".encode())
        run = threading.Thread(target=retain, args=(connection, acme, NOW))
        run.start()
        while run.is_alive() and not looker.execute(waits).rowcount:
            time.sleep(0.02)
        writer.commit()
        run.join()
    assert changed.rowcount
    assert connection.execute("select from public.conversations where id = %s", (acme.conversation,)).rowcount == 1
