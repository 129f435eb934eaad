-- Demonstration rows: two tenants, and for each a row or more in every table. The same keys and instants every time: running it
-- again changes nothing. Conversations show what metrics tell apart: answered by the AI, handed to an agent, reopened, never
-- answered, still open.

select set_config('app.import', 'on', true);

insert into public.tenants (id, slug, name, timezone, created_at) values
    ('5eed0000-0000-4000-8000-000000000001', 'lumen-bikes', 'Lumen Bikes', 'Europe/Berlin', '2026-01-01'),
    ('5eed0000-0000-4000-8000-000000000002', 'harbour-clinic', 'Harbour Clinic', 'America/New_York', '2026-01-01')
on conflict do nothing;

create temporary table seed_tenants on commit drop as
select tenants.id, tenants.slug, right(tenants.id::text, 1) as digit
from public.tenants
where tenants.slug in ('lumen-bikes', 'harbour-clinic');

insert into public.tenant_business_schedules (id, tenant_id)
select ('5eed0000-0000-4000-8001-00000000000' || digit)::uuid, id from seed_tenants
on conflict do nothing;

insert into public.tenant_business_hours (tenant_id, schedule_id, weekday, opens_at, closes_at)
select seed_tenants.id, ('5eed0000-0000-4000-8001-00000000000' || digit)::uuid, weekday.number, '09:00', '17:30'
from seed_tenants cross join generate_series(1, 5) as weekday (number)
on conflict do nothing;

insert into public.tenant_special_days (tenant_id, day)
select id, '2026-12-25' from seed_tenants
on conflict do nothing;

insert into public.system_settings (tenant_id, setting_key, setting_value, description, is_public)
select seed_tenants.id, setting.key, setting.value, setting.description, true
from seed_tenants
cross join (values
    ('sla_first_response_seconds', '300'::jsonb, 'Target of the first response'),
    ('chatbot_handoff_threshold', '0.5'::jsonb, 'Confidence below which the AI hands over')
) as setting (key, value, description)
on conflict do nothing;

insert into public.profiles (id, tenant_id, external_id, email, full_name, role, created_at)
select
    ('5eed0000-0000-4000-8002-0000000000' || digit || person.number)::uuid, seed_tenants.id, person.name,
    person.name || '@' || seed_tenants.slug || '.example', initcap(person.name), person.role, '2026-01-01'
from seed_tenants
cross join (values (1, 'mira', 'admin'), (2, 'tomas', 'agent'), (3, 'yusuf', 'agent'), (4, 'greta', 'user'))
    as person (number, name, role)
on conflict do nothing;

insert into public.customer_profiles (id, tenant_id, external_id, email, name, status, created_at)
select
    ('5eed0000-0000-4000-8003-0000000000' || digit || customer.number)::uuid, seed_tenants.id, 'c' || customer.number,
    'customer' || customer.number || '@example.com', customer.name, customer.status, '2026-01-02'
from seed_tenants
cross join (values (1, 'Анна Ковалёва', 'active'), (2, 'Li Wei', 'vip'), (3, 'Óscar Núñez', 'blocked'))
    as customer (number, name, status)
on conflict do nothing;

create temporary table seed_conversations (
    number int, customer int, agent int, channel_type text, department text, priority text, status text, score numeric,
    created_at timestamptz, resolved_at timestamptz, context jsonb
) on commit drop;
insert into seed_conversations values
    (1, 1, null, 'website', 'support', 'normal', 'resolved', 5, '2026-02-02 09:00Z', '2026-02-02 09:03Z', '{}'),
    (2, 2, 2, 'email', 'billing', 'high', 'resolved', 4.5, '2026-02-02 22:30Z', '2026-02-03 10:00Z',
     '{"lead_qualified": true, "revenue_generated": 120.5}'),
    (3, 3, 3, 'whatsapp', 'technical', 'urgent', 'closed', 2, '2026-03-28 23:30Z', '2026-03-30 08:00Z',
     '{"follow_up_required": true}'),
    (4, 1, null, 'email', 'general', 'low', 'active', null, '2026-04-01 12:00Z', null, '{}');

insert into public.conversations (
    id, tenant_id, customer_id, assigned_agent_id, external_conversation_id, channel_type, department, priority, status,
    satisfaction_score, business_context, created_at, resolved_at, resolution_time_seconds
)
select
    ('5eed0000-0000-4000-8004-0000000000' || digit || seed.number)::uuid, seed_tenants.id,
    ('5eed0000-0000-4000-8003-0000000000' || digit || seed.customer)::uuid,
    ('5eed0000-0000-4000-8002-0000000000' || digit || seed.agent)::uuid, 'seed-' || seed.number,
    seed.channel_type, seed.department, seed.priority, seed.status, seed.score, seed.context, seed.created_at,
    seed.resolved_at, extract(epoch from seed.resolved_at - seed.created_at)
from seed_tenants cross join seed_conversations as seed
on conflict do nothing;

insert into public.conversation_events (
    id, tenant_id, conversation_id, ordinal, event_type, from_status, to_status, to_agent_id, score, occurred_at
)
select
    ('5eed0000-0000-4000-8005-0000000' || digit || event.conversation || lpad(event.ordinal::text, 3, '0'))::uuid,
    seed_tenants.id, ('5eed0000-0000-4000-8004-0000000000' || digit || event.conversation)::uuid, event.ordinal,
    event.event_type, event.from_status, event.to_status,
    ('5eed0000-0000-4000-8002-0000000000' || digit || event.agent)::uuid, event.score, event.occurred_at
from seed_tenants
cross join (values
    (1, 0, 'status', null, 'active', null, null, '2026-02-02 09:00Z'::timestamptz),
    (1, 4, 'status', 'active', 'resolved', null, null, '2026-02-02 09:03Z'),
    (1, 5, 'rating', null, null, null, 5, '2026-02-02 09:05Z'),
    (2, 0, 'status', null, 'active', null, null, '2026-02-02 22:30Z'),
    (2, 3, 'assignment', null, null, 2, null, '2026-02-03 08:00Z'),
    (2, 5, 'status', 'active', 'pending', null, null, '2026-02-03 08:06Z'),
    (2, 7, 'status', 'pending', 'resolved', null, null, '2026-02-03 10:00Z'),
    (2, 8, 'rating', null, null, null, 4.5, '2026-02-03 11:00Z'),
    (3, 0, 'status', null, 'active', null, null, '2026-03-28 23:30Z'),
    (3, 2, 'status', 'active', 'escalated', null, null, '2026-03-28 23:40Z'),
    (3, 3, 'assignment', null, null, 3, null, '2026-03-28 23:41Z'),
    (3, 5, 'status', 'escalated', 'resolved', null, null, '2026-03-29 00:10Z'),
    (3, 6, 'status', 'resolved', 'active', null, null, '2026-03-29 09:00Z'),
    (3, 7, 'status', 'active', 'closed', null, null, '2026-03-30 08:00Z'),
    (3, 8, 'rating', null, null, null, 2, '2026-03-30 09:00Z'),
    (4, 0, 'status', null, 'active', null, null, '2026-04-01 12:00Z')
) as event (conversation, ordinal, event_type, from_status, to_status, agent, score, occurred_at)
on conflict do nothing;

insert into public.messages (
    id, tenant_id, conversation_id, ordinal, sender_type, sender_id, content, is_internal, channel_type, confidence_score,
    created_at
)
select
    ('5eed0000-0000-4000-8006-0000000' || digit || message.conversation || lpad(message.ordinal::text, 3, '0'))::uuid,
    seed_tenants.id, ('5eed0000-0000-4000-8004-0000000000' || digit || message.conversation)::uuid, message.ordinal,
    message.sender, ('5eed0000-0000-4000-8002-0000000000' || digit || message.agent)::uuid, message.content,
    message.is_internal, seed.channel_type, message.confidence, message.created_at
from seed_tenants
cross join (values
    (1, 1, 'user', null, 'Когда придёт мой заказ?', false, null, '2026-02-02 09:00:05Z'::timestamptz),
    (1, 2, 'ai', null, 'Завтра до полудня.', false, 0.93, '2026-02-02 09:00:09Z'),
    (1, 3, 'user', null, 'Спасибо!', false, null, '2026-02-02 09:02Z'),
    (2, 1, 'customer', null, 'I was charged twice.', false, null, '2026-02-02 22:30Z'),
    (2, 2, 'assistant', null, 'Let me fetch a colleague.', false, 0.41, '2026-02-02 22:30:08Z'),
    (2, 4, 'agent', 2, 'The second charge is refunded.', false, null, '2026-02-03 08:05Z'),
    (2, 6, 'customer', null, 'Thank you', false, null, '2026-02-03 09:58Z'),
    (3, 1, 'visitor', null, 'App crashes 😡', false, null, '2026-03-28 23:30Z'),
    (3, 4, 'human', 3, 'Please reinstall it.', false, null, '2026-03-29 00:05Z'),
    (3, 9, 'agent', 3, 'Second crash of this customer.', true, null, '2026-03-29 09:30Z'),
    (4, 1, 'user', null, 'Hello? Anybody?', false, null, '2026-04-01 12:00Z')
) as message (conversation, ordinal, sender, agent, content, is_internal, confidence, created_at)
inner join seed_conversations as seed on seed.number = message.conversation
on conflict do nothing;

insert into public.scheduled_reports (
    id, tenant_id, slug, name, report_type, schedule_cron, timezone, recipients, additional_formats
)
select
    ('5eed0000-0000-4000-8007-00000000000' || digit)::uuid, tenants.id, 'weekly-performance', 'Weekly performance',
    'performance', '0 9 * * MON', tenants.timezone, array['mira@' || tenants.slug || '.example'], array['excel']
from seed_tenants inner join public.tenants on tenants.id = seed_tenants.id
on conflict do nothing;

insert into public.report_deliveries (
    id, tenant_id, report_id, slot_local, slot_at, recipient, state, reason, message_id
)
select
    ('5eed0000-0000-4000-8008-00000000000' || digit)::uuid, tenants.id,
    ('5eed0000-0000-4000-8007-00000000000' || digit)::uuid, '2026-02-09 09:00',
    '2026-02-09 09:00'::timestamp at time zone tenants.timezone, 'mira@' || tenants.slug || '.example',
    'skipped', 'the tenant was being set up', '<seed-' || digit || '@reports.romashka.example>'
from seed_tenants inner join public.tenants on tenants.id = seed_tenants.id
on conflict do nothing;

insert into public.export_jobs (id, tenant_id, user_id, name, type, format, status, created_at)
select
    ('5eed0000-0000-4000-8009-00000000000' || digit)::uuid, id,
    ('5eed0000-0000-4000-8002-0000000000' || digit || '1')::uuid, 'Conversations of February', 'conversations', 'csv',
    'pending', '2026-03-01'
from seed_tenants
on conflict do nothing;

select set_config('app.import', '', true);
