"""Who may do what to the tables of 003_agent_management.sql: agents at work.

Belongs here: a row of each table, who may select, insert, update, delete the tenant's rows, and what a new row needs. Not
here: trying it (`test_row_level_security.py`).
"""

from tests.operational_schema.access.people import ADMIN, NOBODY, STAFF, Cells

ROWS = """
insert into public.agent_availability (tenant_id, agent_id) values (%(tenant)s, %(agent)s) on conflict do nothing;
insert into public.agent_availability_events (tenant_id, agent_id, is_online, status)
    values (%(tenant)s, %(agent)s, false, 'offline');
insert into public.conversation_notes (tenant_id, conversation_id, agent_id, note)
    values (%(tenant)s, %(conversation)s, %(agent)s, 'called back');
insert into public.conversation_transfers (tenant_id, conversation_id, to_agent_id)
    values (%(tenant)s, %(conversation)s, %(agent)s);
insert into public.file_attachments (tenant_id, conversation_id, filename, file_path)
    values (%(tenant)s, %(conversation)s, 'bill.pdf', 'a/bill.pdf');
insert into public.sla_tracking (tenant_id, conversation_id, sla_type, target_time_seconds)
    values (%(tenant)s, %(conversation)s, 'handoff', 120) on conflict do nothing;
insert into public.canned_responses (tenant_id, title, content, created_by)
    values (%(tenant)s, 'Greeting', 'Hello!', %(agent)s);
"""

ALLOWED: dict[str, Cells] = {
    "agent_availability": (STAFF, ADMIN, STAFF, ADMIN),
    "agent_availability_events": (STAFF, NOBODY, NOBODY, NOBODY),
    "conversation_notes": (STAFF, STAFF, STAFF, STAFF),
    "conversation_transfers": (STAFF, STAFF, STAFF, ADMIN),
    "file_attachments": (STAFF, STAFF, STAFF, ADMIN),
    "sla_tracking": (STAFF, NOBODY, NOBODY, NOBODY),
    "canned_responses": (STAFF, STAFF, STAFF, STAFF),
}

VALUES: dict[str, str] = {
    "agent_availability": "tenant_id, agent_id) values (%(tenant)s, %(retired)s",
    "agent_availability_events": "tenant_id, agent_id, is_online, status) values (%(tenant)s, %(agent)s, "
    "true, 'available'",
    "conversation_notes": "tenant_id, conversation_id, agent_id, note) "
    "values (%(tenant)s, %(conversation)s, app.user_id(), 'x'",
    "conversation_transfers": "tenant_id, conversation_id, to_agent_id) values (%(tenant)s, %(conversation)s, "
    "%(admin)s",
    "file_attachments": "tenant_id, conversation_id, filename, file_path) "
    "values (%(tenant)s, %(conversation)s, 'x', 'x'",
    "sla_tracking": "tenant_id, conversation_id, sla_type, target_time_seconds) "
    "values (%(tenant)s, %(second)s, 'handoff', 1",
    "canned_responses": "tenant_id, title, content, created_by) values (%(tenant)s, 'new', 'x', app.user_id()",
}

# What an update sets, where a row has no created_at, or nobody may set it.
UPDATES: dict[str, str] = {
    "agent_availability": "status = status",
    "agent_availability_events": "status = status",
    "canned_responses": "content = content",
}
