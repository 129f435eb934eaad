-- Rows of a big installation, made by the server: tenants, and for each its people, customers, conversations of ten messages
-- each, their events, promises and notes, and what a dashboard and a search read. Parameters are psycopg's.
insert into public.tenants (id, slug, name)
select md5('tenant ' || number)::uuid, 'tenant-' || number, 'Tenant ' || number
from generate_series(1, %(tenants)s) as number;

insert into public.profiles (id, tenant_id, email, full_name, role)
select md5(format('agent %%s %%s', tenant, number))::uuid, md5('tenant ' || tenant)::uuid, format('agent%%s@example.com', number),
    'Agent ' || number, 'agent'
from generate_series(1, %(tenants)s) as tenant
cross join generate_series(1, 8) as number;

insert into public.customer_profiles (id, tenant_id, email, name)
select md5('customer ' || number)::uuid, md5('tenant ' || 1 + number %% %(tenants)s)::uuid, format('c%%s@example.com', number),
    'Customer ' || number
from generate_series(0, %(conversations)s / 2) as number;

create temporary table conversation as
select
    number,
    md5('conversation ' || number)::uuid as id,
    md5('tenant ' || tenant)::uuid as tenant_id,
    case when number %% 5 < 4 then md5(format('agent %%s %%s', tenant, 1 + number / %(tenants)s %% 8))::uuid end as agent_id,
    -- A customer of the same tenant: the same remainder, and two conversations each.
    md5('customer ' || (
        tenant - 1 + %(tenants)s * (number / %(tenants)s / 2 %% greatest(1, %(conversations)s / 2 / %(tenants)s))
    ))::uuid as customer_id,
    now() - interval '400 days' * (1 - number::float / %(conversations)s) as created_at,
    -- All but the last fortieth are over.
    number < %(conversations)s * 0.975 as is_over,
    (array['website', 'email', 'whatsapp', 'sms'])[1 + (number * 7) %% 4] as channel
from (select number, 1 + number %% %(tenants)s as tenant from generate_series(0, %(conversations)s - 1) as number) as numbered;

insert into public.conversations (
    id, tenant_id, customer_id, user_name, assigned_agent_id, status, priority, channel_type, created_at, updated_at,
    last_message_at, last_message, message_count, resolved_at
)
select
    id, tenant_id, customer_id, 'Customer', agent_id,
    case when is_over then 'closed' when agent_id is null then 'queued' else 'assigned' end,
    (array['normal', 'normal', 'normal', 'high', 'low', 'urgent'])[1 + number %% 6], channel, created_at,
    created_at + interval '1 hour', created_at + interval '1 hour', 'That is solved on our side.', 10,
    case when is_over then created_at + interval '1 hour' end
from conversation;

insert into public.messages (tenant_id, conversation_id, sender_type, sender_id, content, created_at, updated_at)
select tenant_id, id, (array['customer', 'ai', 'agent'])[1 + turn %% 3], case when turn %% 3 = 2 then agent_id end,
    (%(sentences)s::text[])[1 + (number * 31 + turn * 17) %% cardinality(%(sentences)s::text[])]
        || ' ' || md5((number * 10 + turn)::text),
    created_at + turn * interval '6 minutes', created_at
from conversation
cross join generate_series(0, 9) as turn;

insert into public.conversation_events (tenant_id, conversation_id, event_type, to_status, to_agent_id, occurred_at)
select tenant_id, id, 'status', 'active', null::uuid, created_at from conversation
union all
select tenant_id, id, 'assignment', null, agent_id, created_at + interval '5 minutes'
from conversation where agent_id is not null
union all
select tenant_id, id, 'status', 'closed', null, created_at + interval '1 hour' from conversation where is_over;

insert into public.conversation_notes (tenant_id, conversation_id, agent_id, note)
select tenant_id, id, agent_id, 'Customer is on the pro plan.' from conversation where number %% 3 = 0;

insert into public.sla_tracking (
    tenant_id, conversation_id, sla_type, target_time_seconds, actual_time_seconds, status, created_at, completed_at
)
select
    tenant_id, id, kind, 3600, case when is_over then 300 end, case when is_over then 'met' else 'pending' end, created_at,
    case when is_over then created_at + interval '5 minutes' end
from conversation
cross join unnest(array['first_response', 'resolution']) as kind;

insert into public.daily_metrics (
    tenant_id, date, channel_type, department, agent_id, total_conversations, ai_resolved_conversations,
    human_resolved_conversations, abandoned_conversations, total_ratings, avg_satisfaction_score
)
select
    md5('tenant ' || tenant)::uuid, current_date - day, channel, 'general', md5(format('agent %%s %%s', tenant, agent))::uuid,
    9, 3, 4, 1, 2, 4.5
from generate_series(1, %(tenants)s) as tenant
cross join generate_series(0, 399) as day
cross join unnest(array['website', 'email', 'whatsapp', 'sms']) as channel
cross join generate_series(1, 4) as agent;

insert into public.knowledge_items (tenant_id, title, content, source_type)
select md5('tenant ' || tenant)::uuid, format('Article %%s', number),
    (%(sentences)s::text[])[1 + number %% cardinality(%(sentences)s::text[])]
        || repeat(' ' || md5((tenant * 1000 + number)::text), 20), 'manual'
from generate_series(1, %(tenants)s) as tenant
cross join generate_series(1, 300) as number;

insert into public.canned_responses (tenant_id, title, content, shortcut)
select md5('tenant ' || tenant)::uuid, 'Answer ' || number, 'That is solved on our side. Please try again.', '/' || number
from generate_series(1, %(tenants)s) as tenant
cross join generate_series(1, 100) as number;
