-- Who the tenants are, who works there, and what they say to each other. The conversations cover what makes metrics hard.
-- The temporary tables serve the parts after this one, too.

select set_config('app.import', 'on', true);

create temporary table seed_tenants on commit drop as
select seed.*, md5('seed tenant ' || seed.slug)::uuid as id
from (values
    ('acme-garden', 'Acme Garden Supplies', 'America/New_York', timestamptz '2026-03-02 14:00+00'),
    ('globex-werkzeuge', 'Globex Werkzeuge', 'Europe/Berlin', timestamptz '2026-03-23 08:00+00')
) as seed (slug, name, timezone, monday);

create temporary table seed_people on commit drop as
select seed.*, tenant.id as tenant_id, tenant.slug, md5(format('seed %s of %s', seed.name, tenant.slug))::uuid as id
from (values
    ('Ada Admin', 'admin', true), ('Anna Agent', 'agent', true), ('Bo Agent', 'agent', true),
    ('Rita Retired', 'agent', false), ('Uwe User', 'user', true)
) as seed (name, role, is_active)
cross join seed_tenants as tenant;

-- What happens in a conversation, by the minute; kinds are message, note, status, assign, rating.
create temporary table seed_entries on commit drop as
select seed.*, row_number() over (partition by seed.conversation order by seed.minute, seed.place) as ordinal
from (values
    -- 1: AI answers, and that is all
    (1, 1, 0, 'message', 'user', 'Where is my order?', null),
    (1, 2, 1, 'message', 'ai', 'It left our warehouse this morning.', 0.93),
    (1, 3, 6, 'status', null, 'resolved', null),
    (1, 4, 90, 'rating', null, null, 5),
    -- 2: AI is unsure and hands over
    (2, 1, 0, 'message', 'user', 'The invoice has a wrong address.', null),
    (2, 2, 1, 'message', 'ai', 'Have you tried to log in again?', 0.42),
    (2, 3, 3, 'status', null, 'escalated', null),
    (2, 4, 4, 'assign', null, 'Anna Agent', null),
    (2, 5, 9, 'message', 'Anna Agent', 'Corrected, a new invoice is on its way.', null),
    (2, 6, 30, 'status', null, 'resolved', null),
    (2, 7, 45, 'rating', null, null, 4.5),
    -- 3: resolved, reopened, resolved
    (3, 1, 0, 'assign', null, 'Bo Agent', null),
    (3, 2, 2, 'message', 'user', 'The pump is loud.', null),
    (3, 3, 20, 'message', 'Bo Agent', 'Please tighten the front screw.', null),
    (3, 4, 21, 'status', null, 'resolved', null),
    (3, 5, 1500, 'message', 'user', 'Still loud.', null),
    (3, 6, 1500, 'status', null, 'active', null),
    (3, 7, 1560, 'message', 'Bo Agent', 'A new one is on its way.', null),
    (3, 8, 1561, 'status', null, 'resolved', null),
    (3, 9, 1600, 'rating', null, null, 3),
    -- 4: nobody ever answers, and silence closes it
    (4, 1, 0, 'message', 'user', 'Hello?', null),
    (4, 2, 7, 'message', 'user', 'Anybody there?', null),
    (4, 3, 1447, 'status', 'automatic', 'closed', null),
    -- 5: the agent writes first
    (5, 1, 0, 'assign', null, 'Anna Agent', null),
    (5, 2, 0, 'message', 'Anna Agent', 'Your delivery is late; may we send it to the shop?', null),
    (5, 3, 55, 'message', 'user', 'Yes please.', null),
    (5, 4, 58, 'message', 'Anna Agent', 'Done.', null),
    (5, 5, 60, 'status', null, 'closed', null),
    -- 6: waits for the customer
    (6, 1, 0, 'message', 'user', 'Which hose fits?', null),
    (6, 2, 5, 'assign', null, 'Bo Agent', null),
    (6, 3, 12, 'message', 'Bo Agent', 'Which tap do you have?', null),
    (6, 4, 12, 'status', null, 'pending', null),
    (6, 5, 300, 'message', 'user', 'A half-inch one.', null),
    (6, 6, 300, 'status', null, 'active', null),
    (6, 7, 310, 'message', 'Bo Agent', 'Then the blue one.', null),
    (6, 8, 311, 'status', null, 'resolved', null),
    -- 7: from one agent to another, rated, then left to nobody
    (7, 1, 0, 'message', 'user', 'I want my money back.', null),
    (7, 2, 3, 'assign', null, 'Anna Agent', null),
    (7, 3, 8, 'message', 'Anna Agent', 'I ask my colleague.', null),
    (7, 4, 10, 'assign', null, 'Bo Agent', null),
    (7, 5, 15, 'message', 'Bo Agent', 'It will be there on Friday.', null),
    (7, 6, 16, 'status', null, 'resolved', null),
    (7, 7, 20, 'rating', null, null, 2),
    (7, 8, 9000, 'assign', null, null, null),
    -- 8: the other words that the application writes
    (8, 1, 0, 'message', 'visitor', 'Do you ship to islands?', null),
    (8, 2, 1, 'message', 'assistant', 'We do.', 0.71),
    (8, 3, 2, 'status', null, 'queued', null),
    (8, 4, 6, 'status', null, 'assigned', null),
    (8, 5, 6, 'assign', null, 'Anna Agent', null),
    (8, 6, 11, 'message', 'Anna Agent', 'By boat, on Tuesdays.', null),
    (8, 7, 40, 'status', null, 'abandoned', null),
    -- 9: a note in between, and entries of one instant
    (9, 1, 0, 'message', 'customer', 'My password does not work.', null),
    (9, 2, 0, 'message', 'bot', 'I look into it.', 0.55),
    (9, 3, 0, 'assign', null, 'Anna Agent', null),
    (9, 4, 2, 'note', 'Anna Agent', 'Account locked since yesterday.', null),
    (9, 5, 4, 'message', 'Anna Agent', 'Unlocked.', null),
    (9, 6, 4, 'status', null, 'resolved', null),
    -- 10: still waiting for a first answer
    (10, 1, 0, 'message', 'user', 'Is the red one in stock?', null),
    -- 11: a lead
    (11, 1, 0, 'message', 'user', 'We need forty of these.', null),
    (11, 2, 1, 'message', 'ai', 'I get you a quote.', 0.88),
    (11, 3, 2, 'assign', null, 'Bo Agent', null),
    (11, 4, 35, 'message', 'Bo Agent', 'Here is your quote.', null),
    (11, 5, 36, 'status', null, 'pending', null),
    -- 12: over a weekend on which the clocks change
    (12, 1, 0, 'message', 'user', 'It leaks!', null),
    (12, 2, 2700, 'assign', null, 'Anna Agent', null),
    (12, 3, 2710, 'message', 'Anna Agent', 'Sorry to hear; a technician comes today.', null),
    (12, 4, 3100, 'status', null, 'resolved', null),
    -- 13: from somebody unknown, who says nothing; in New York's evening, which is tomorrow in UTC
    (13, 1, 30, 'status', null, 'closed', null),
    -- 14: thanks when all is done, and another rating; in Berlin's night, which is yesterday in UTC
    (14, 1, 0, 'message', 'user', 'Can I plant it in March?', null),
    (14, 2, 1, 'message', 'ai', 'Yes, under glass.', 0.81),
    (14, 3, 2, 'status', null, 'resolved', null),
    (14, 4, 3, 'message', 'user', 'Thank you!', null),
    (14, 5, 5, 'rating', null, null, 3),
    (14, 6, 600, 'rating', null, null, 4.5)
) as seed (conversation, place, minute, kind, who, said, number);

create temporary table seed_conversations on commit drop as
select
    seed.*, tenant.id as tenant_id, tenant.slug, tenant.monday + seed.day * interval '1 day' + seed.number * interval '7 minutes' as began,
    md5(format('seed conversation %s of %s', seed.number, tenant.slug))::uuid as id,
    case when seed.number <> 13 then md5(format('seed customer %s of %s', 1 + seed.number % 5, tenant.slug))::uuid end as customer_id
from (values
    (1, 0, 'website', 'support', 'normal', 'positive', '{}'),
    (2, 0, 'email', 'billing', 'high', 'negative', '{}'),
    (3, 1, 'whatsapp', 'technical', 'normal', 'negative', '{}'),
    (4, 1, 'website', 'general', 'low', null, '{}'),
    (5, 1, 'phone', 'support', 'normal', 'neutral', '{}'),
    (6, 2, 'email', 'technical', 'medium', 'neutral', '{}'),
    (7, 2, 'website', 'billing', 'urgent', 'negative', '{"follow_up_required": true}'),
    (8, 3, 'website', 'general', 'normal', 'neutral', '{}'),
    (9, 3, 'website', 'technical', 'normal', 'neutral', '{}'),
    (10, 4, 'whatsapp', 'general', 'normal', null, '{}'),
    (11, 4, 'email', 'sales', 'high', 'positive', '{"lead_qualified": true, "revenue_generated": 1290.5}'),
    (12, 5, 'email', 'technical', 'urgent', 'negative', '{"lead_qualified": false, "revenue_generated": "unknown"}'),
    (13, 2.5, 'website', 'general', 'normal', null, '{}'),
    (14, 3.58, 'email', 'general', 'normal', 'positive', '{}')
) as seed (number, day, channel_type, department, priority, sentiment, business_context)
cross join seed_tenants as tenant;

create temporary table seed_happenings on commit drop as
select
    entry.*, conversation.id as conversation_id, conversation.tenant_id, conversation.slug, conversation.channel_type,
    conversation.began + make_interval(mins => entry.minute) as happened_at,
    agent.id as agent_id,
    case when entry.kind = 'status' then lag(entry.said, 1, 'active') over path end as from_status,
    case when entry.kind = 'assign' then lag(agent.id) over path end as from_agent_id
from seed_conversations as conversation
inner join seed_entries as entry on entry.conversation = conversation.number
left join seed_people as agent
    on agent.tenant_id = conversation.tenant_id
    and agent.name = case entry.kind when 'assign' then entry.said else entry.who end
window path as (partition by conversation.id, entry.kind order by entry.ordinal);

insert into public.tenants (id, slug, name, timezone, created_at)
select tenant.id, tenant.slug, tenant.name, tenant.timezone, tenant.monday - interval '30 days'
from seed_tenants as tenant
on conflict do nothing;

insert into public.tenant_business_schedules (id, tenant_id, valid_from)
select md5(format('seed schedule %s of %s', first_day, tenant.slug))::uuid, tenant.id, first_day
from seed_tenants as tenant
cross join unnest(array[date '0001-01-01', date '2026-04-01']) as first_day
on conflict do nothing;

-- Until April with a break on Fridays, from April also on Saturdays.
insert into public.tenant_business_hours (id, tenant_id, schedule_id, weekday, opens_at, closes_at)
select
    md5(format('seed hours %s %s %s of %s', first_day, seed.weekday, seed.opens_at, tenant.slug))::uuid, tenant.id,
    md5(format('seed schedule %s of %s', first_day, tenant.slug))::uuid, seed.weekday, seed.opens_at, seed.closes_at
from seed_tenants as tenant
cross join unnest(array[date '0001-01-01', date '2026-04-01']) as first_day
cross join (values
    (1, time '09:00', time '17:00'), (2, '09:00', '17:00'), (3, '09:00', '17:00'), (4, '09:00', '17:00'),
    (5, '09:00', '12:00'), (5, '13:00', '15:00'), (6, '10:00', '14:00')
) as seed (weekday, opens_at, closes_at)
where seed.weekday < 6 or first_day = date '2026-04-01'
on conflict do nothing;

insert into public.tenant_special_days (id, tenant_id, day, opens_at, closes_at)
select md5(format('seed special day %s of %s', seed.day, tenant.slug))::uuid, tenant.id, seed.day, seed.opens_at, seed.closes_at
from seed_tenants as tenant
cross join (values
    (date '2026-04-03', null::time, null::time), ('2026-12-24', '09:00', '12:00'), ('2026-12-25', null, null)
) as seed (day, opens_at, closes_at)
on conflict do nothing;

insert into public.profiles (id, tenant_id, email, full_name, role, is_active, timezone, created_at)
select
    person.id, person.tenant_id, lower(split_part(person.name, ' ', 1)) || '@' || person.slug || '.example', person.name,
    person.role, person.is_active, tenant.timezone, tenant.monday - interval '20 days'
from seed_people as person
inner join seed_tenants as tenant on tenant.id = person.tenant_id
on conflict do nothing;

insert into public.customer_profiles (id, tenant_id, external_id, email, name, phone, language, tags, status, created_at)
select
    md5(format('seed customer %s of %s', seed.number, tenant.slug))::uuid, tenant.id, 'C-' || seed.number,
    'customer' || seed.number || '@example.com', seed.name, seed.phone, seed.language, seed.tags, seed.status,
    tenant.monday - interval '10 days'
from seed_tenants as tenant
cross join (values
    (1, 'Carla Customer', '+1 212 555 0101', 'en', array['wholesale'], 'vip'),
    (2, 'Céline Dubois', null, 'fr', array[]::text[], 'active'),
    (3, 'Иван Петров', '+49 30 5550103', 'ru', array['returns', 'late payer'], 'active'),
    (4, null, null, 'en', array[]::text[], 'active'),
    (5, 'Dora "DD" O''Neill', '+1 212 555 0105', 'en', array[]::text[], 'blocked')
) as seed (number, name, phone, language, tags, status)
on conflict do nothing;

insert into public.conversations (
    id, tenant_id, customer_id, assigned_agent_id, status, priority, channel_type, department, sentiment,
    satisfaction_score, business_context, created_at, resolved_at, resolution_time_seconds
)
select
    conversation.id, conversation.tenant_id, conversation.customer_id, stands.agent_id, coalesce(stands.status, 'active'),
    conversation.priority, conversation.channel_type, conversation.department, conversation.sentiment, stands.score,
    conversation.business_context::jsonb, conversation.began, stands.resolved_at,
    extract(epoch from stands.resolved_at - conversation.began)
from seed_conversations as conversation
cross join lateral (
    select
        (array_agg(happening.said order by happening.ordinal desc) filter (where happening.kind = 'status'))[1] as status,
        (array_agg(happening.agent_id order by happening.ordinal desc) filter (where happening.kind = 'assign'))[1] as agent_id,
        (array_agg(happening.number order by happening.ordinal desc) filter (where happening.kind = 'rating'))[1] as score,
        max(happening.happened_at) filter (
            where happening.said in ('resolved', 'closed', 'abandoned')
                and happening.from_status not in ('resolved', 'closed', 'abandoned')
        ) as resolved_at
    from seed_happenings as happening
    where happening.conversation_id = conversation.id
) as stands
on conflict do nothing;

insert into public.conversation_events (
    id, tenant_id, conversation_id, ordinal, event_type, from_status, to_status, from_agent_id, to_agent_id, score,
    is_automatic, occurred_at
)
select
    md5(format('seed creation of %s', conversation.id))::uuid, conversation.tenant_id, conversation.id, 0, 'status',
    null, 'active', null, null, null, false, conversation.began
from seed_conversations as conversation
union all
select
    md5(format('seed event %s of %s', happening.ordinal, happening.conversation_id))::uuid, happening.tenant_id,
    happening.conversation_id, happening.ordinal,
    case happening.kind when 'assign' then 'assignment' else happening.kind end,
    happening.from_status, case when happening.kind = 'status' then happening.said end,
    happening.from_agent_id, case when happening.kind = 'assign' then happening.agent_id end,
    case when happening.kind = 'rating' then happening.number end,
    happening.who is not distinct from 'automatic', happening.happened_at
from seed_happenings as happening
where happening.kind in ('status', 'assign', 'rating')
on conflict do nothing;

insert into public.messages (
    id, tenant_id, conversation_id, ordinal, sender_type, sender_id, content, is_internal, channel_type,
    confidence_score, processing_time_ms, created_at
)
select
    md5(format('seed message %s of %s', happening.ordinal, happening.conversation_id))::uuid, happening.tenant_id,
    happening.conversation_id, happening.ordinal,
    case when happening.agent_id is null then happening.who else 'agent' end, happening.agent_id, happening.said,
    happening.kind = 'note', happening.channel_type, happening.number,
    case when happening.number is not null then 900 end, happening.happened_at
from seed_happenings as happening
where happening.kind in ('message', 'note')
on conflict do nothing;
