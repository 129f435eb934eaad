"""Functions with their owner's rights, each of them run by a session full of traps: what they mean, they find.

Belongs here: S8, for every such function there is. Not here: the traps (`traps.py`), how the catalogue is asked
(`test_catalogue.py`), and calls with another tenant's keys (`test_definer_calls.py`).
"""

import json

import psycopg
import pytest

from tests.operational_schema import traps
from tests.operational_schema.access import ROWS
from tests.operational_schema.conftest import Tenant
from tests.operational_schema.stories import Story

pytestmark = pytest.mark.usefixtures("every_server")

STEPS = '[{"type": "wait", "seconds": 0}, {"type": "set_status", "status": "pending"}]'
# What rows and stories do not run. Some are refused: by then they have run.
CALLS = (
    "insert into auth.users (id, email, raw_app_meta_data) "
    "values (gen_random_uuid(), 'new@example.com', jsonb_build_object('tenant_id', %(tenant)s::text))",
    "update public.knowledge_items set content = 'y' where tenant_id = %(tenant)s",
    "update public.customer_profiles set name = 'y' where tenant_id = %(tenant)s",
    "update public.conversations set user_name = 'y' where tenant_id = %(tenant)s",
    "insert into public.messages (tenant_id, conversation_id, sender_type, content, metadata, channel_type) "
    "select %(tenant)s, %(conversation)s, 'agent', 'x', "
    "jsonb_build_object('canned_response_id', answer.id, 'template_id', template.id), 'whatsapp' "
    "from public.canned_responses as answer, public.message_templates as template "
    "where answer.tenant_id = %(tenant)s and template.tenant_id = %(tenant)s",
    "insert into public.message_delivery_tracking (tenant_id, message_id, channel_type, delivery_status) "
    "select tenant_id, id, 'whatsapp', 'read' from public.messages "
    "where tenant_id = %(tenant)s and sender_type = 'agent' and channel_type = 'whatsapp' limit 1",
    "insert into public.conversation_transfers (tenant_id, conversation_id, to_agent_id, status) "
    "values (%(tenant)s, %(conversation)s, %(admin)s, 'accepted')",
    "update public.message_delivery_tracking set delivery_status = 'read' where tenant_id = %(tenant)s",
    "update public.customer_channel_preferences set is_preferred = true where tenant_id = %(tenant)s",
    "insert into public.webhook_logs (tenant_id, webhook_subscription_id, event_type, response_status) "
    "select tenant_id, id, 'resolved', 200 from public.webhook_subscriptions where tenant_id = %(tenant)s",
    "insert into public.workflow_executions (tenant_id, workflow_id, status) "
    "select tenant_id, id, 'completed' from public.workflows where tenant_id = %(tenant)s",
    f"update public.workflows set is_active = true, steps = '{STEPS}' where tenant_id = %(tenant)s",
    "select public.execute_workflow(id, %(conversation)s) from public.workflows where tenant_id = %(tenant)s",
    "select public.resume_workflow(id) from public.workflow_executions where tenant_id = %(tenant)s and status = 'paused'",
    "select public.create_api_key('trapped', array['read'])",
    "select public.check_api_key(key_hash) from public.api_keys where tenant_id = %(tenant)s",
    "select public.read_secret(tenant_id, 'integrations', 'credentials', id) from public.integrations",
    "select public.search_knowledge_base('x')",
    "select public.search_messages('x')",
    "select public.backup_critical_data(%(tenant)s)",
    "select app.health_findings()",
    "select app.public_tenant_id(), app.role(), app.has_landed()",
    "select app.unlanded_keys(%(tenant)s)",
    "set constraints all immediate",
    "set constraints all deferred",
    "insert into public.legal_holds (tenant_id, conversation_id, reason) values (%(tenant)s, %(conversation)s, 'asked')",
    "delete from public.conversations where id = %(conversation)s",
    "update public.legal_holds set released_at = now() where tenant_id = %(tenant)s",
    "select app.erase_customer(id, false) from public.erasure_requests where tenant_id = %(tenant)s",
    "select app.mask_rows('profiles', 'full_name = full_name', %(tenant)s, '{}', '{}')",
    "select app.apply_retention(%(tenant)s, now() + interval '900 days', 100, false)",
    "select app.prune_audit(%(tenant)s, now() + interval '1 day')",
    "delete from public.scheduled_reports where tenant_id = %(tenant)s",
    "delete from public.audit_logs",
    "select public.cap_change_log(1000000)",
    "delete from etl.change",
    "truncate public.canned_responses",
    "truncate public.conversation_notes",
)
DEFINERS = """
    select ours.oid::pg_catalog.regprocedure::pg_catalog.text,
        exists (select from pg_catalog.pg_stat_xact_user_functions as run where run.funcid operator(pg_catalog.=) ours.oid)
    from pg_catalog.pg_proc as ours
    where ours.prosecdef
        and ours.pronamespace operator(pg_catalog.=) any (array['public', 'app', 'etl']::pg_catalog.regnamespace[])
"""


def _run_all(connection: psycopg.Connection) -> None:
    tenant = Tenant("trapped")
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(ROWS, vars(tenant))
    story = Story(connection, tenant, seed=1)
    for _ in range(120):
        story.happen()
    claims = json.dumps(tenant.claims(tenant.admin))
    connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    for call in CALLS:
        try:
            with connection.transaction():
                connection.execute(call.encode(), vars(tenant))
        except (psycopg.errors.RaiseException, psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege):
            pass


def test_no_function_is_led_astray(operational_url: str) -> None:
    """S8: and each of them has run, or this would prove nothing."""
    with psycopg.connect(operational_url) as connection:
        traps.lay(connection)
        connection.execute("set local track_functions = 'all'")
        _run_all(connection)
        assert [name for name, has_run in connection.execute(DEFINERS.encode()).fetchall() if not has_run] == []
        assert traps.caught(connection) == []
        connection.rollback()


def test_one_that_looks_where_its_caller_says_is_caught(operational_url: str, acme: Tenant) -> None:
    careless = """
        create function app.careless() returns pg_catalog.int8 language plpgsql security definer as $$
        begin perform now(); return (select count(*) from audit_logs where action = 'x'::text); end $$
    """
    with psycopg.connect(operational_url) as connection:
        connection.execute(careless.encode())
        traps.lay(connection)
        connection.execute("select app.careless()")
        assert {what for what, _ in traps.caught(connection)} >= {
            "audit_logs",
            "now()",
            "= of pg_catalog.text",
            "the type text",
        }
        connection.rollback()
