"""Who may do what to the tables of 001_core_tables.sql: people, customers, conversations.

Belongs here: a row of each table, who may select, insert, update, delete the tenant's rows, and what a new row needs. Not
here: trying it (`test_row_level_security.py`).
"""

from tests.operational_schema.access.people import ADMIN, MEMBERS, NOBODY, PEOPLE, STAFF, Cells

ROWS = """
insert into public.tenants (id, slug, name) values (%(tenant)s, %(slug)s, %(slug)s);
insert into public.profiles (id, tenant_id, email, role, is_active) values
    (%(user)s, %(tenant)s, 'user@example.com', 'user', true),
    (%(agent)s, %(tenant)s, 'agent@example.com', 'agent', true),
    (%(admin)s, %(tenant)s, 'admin@example.com', 'admin', true),
    (%(retired)s, %(tenant)s, 'retired@example.com', 'admin', false);
insert into public.tenant_business_schedules (id, tenant_id) values (%(schedule)s, %(tenant)s);
insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at)
    values (%(tenant)s, %(schedule)s, 1, '09:00', '17:00');
insert into public.tenant_special_days (tenant_id, day) values (%(tenant)s, '2026-12-25');
insert into public.customer_profiles (id, tenant_id, email) values (%(customer)s, %(tenant)s, 'customer@example.com');
insert into public.conversations (id, tenant_id, customer_id, assigned_agent_id)
    values (%(conversation)s, %(tenant)s, %(customer)s, %(agent)s);
insert into public.conversations (id, tenant_id, customer_id) values (%(second)s, %(tenant)s, %(customer)s);
insert into public.messages (tenant_id, conversation_id, sender_type, content)
    values (%(tenant)s, %(conversation)s, 'customer', 'hello');
"""

ALLOWED: dict[str, Cells] = {
    "tenants": (MEMBERS, NOBODY, NOBODY, NOBODY),
    "tenant_business_schedules": (STAFF, ADMIN, ADMIN, ADMIN),
    "tenant_business_hours": (STAFF, ADMIN, ADMIN, ADMIN),
    "tenant_special_days": (STAFF, ADMIN, ADMIN, ADMIN),
    "profiles": (PEOPLE, ADMIN, PEOPLE, ADMIN),
    "customer_profiles": (STAFF, STAFF, STAFF, ADMIN),
    "conversations": (STAFF, STAFF, STAFF, ADMIN),
    "messages": (STAFF, STAFF, STAFF, ADMIN),
    "conversation_events": (STAFF, NOBODY, NOBODY, NOBODY),
}

VALUES: dict[str, str] = {
    "tenants": "id, slug, name) values (gen_random_uuid(), 'new', 'new'",
    "tenant_business_schedules": "tenant_id, valid_from) values (%(tenant)s, '2027-01-01'",
    "tenant_business_hours": "tenant_id, schedule_id, weekday, opens_at, closes_at) "
    "values (%(tenant)s, %(schedule)s, 2, '09:00', '17:00'",
    "tenant_special_days": "tenant_id, day) values (%(tenant)s, '2027-01-01'",
    "profiles": "tenant_id, email) values (%(tenant)s, 'new@example.com'",
    "customer_profiles": "tenant_id, email) values (%(tenant)s, 'new@example.com'",
    "conversations": "tenant_id) values (%(tenant)s",
    "messages": "tenant_id, conversation_id, sender_type, content) values (%(tenant)s, %(conversation)s, 'agent', 'x'",
    "conversation_events": "tenant_id, conversation_id, event_type, to_status) "
    "values (%(tenant)s, %(conversation)s, 'status', 'closed'",
}

# What an update sets, where a row has no created_at, or nobody may set it.
UPDATES: dict[str, str] = {
    "conversations": "priority = priority",
    "customer_profiles": "name = name",
    "messages": "content = content",
}
