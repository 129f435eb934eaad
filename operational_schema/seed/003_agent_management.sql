-- Agents at work: present and absent, notes, handovers taken and declined, promises kept and broken.

insert into public.agent_availability (
    id, tenant_id, agent_id, is_online, status, max_concurrent_chats, skills, departments, last_activity, created_at
)
select
    md5(format('seed availability of %s', person.id))::uuid, person.tenant_id, person.id, seed.is_online, seed.status,
    seed.most, seed.skills, seed.departments, tenant.monday + interval '7 days', tenant.monday - interval '30 days'
from seed_people as person
inner join seed_tenants as tenant on tenant.id = person.tenant_id
inner join (values
    ('Anna Agent', true, 'available', 5, array['billing'], array[]::text[]),
    ('Bo Agent', true, 'busy', 1, array['technical'], array['technical', 'sales']),
    ('Rita Retired', false, 'offline', 5, array[]::text[], array[]::text[])
) as seed (name, is_online, status, most, skills, departments) on seed.name = person.name
on conflict do nothing;

insert into public.agent_availability_events (id, tenant_id, agent_id, is_online, status, occurred_at)
select
    md5(format('seed presence %s of %s', seed.hour, person.id))::uuid, person.tenant_id, person.id, seed.is_online,
    seed.status, tenant.monday + make_interval(hours => seed.hour)
from seed_people as person
inner join seed_tenants as tenant on tenant.id = person.tenant_id
cross join (values (0, true, 'available'), (3, true, 'away'), (4, true, 'available'), (8, false, 'offline'))
    as seed (hour, is_online, status)
where person.role = 'agent' and person.is_active
on conflict do nothing;

insert into public.conversation_notes (id, tenant_id, conversation_id, agent_id, note, note_type, created_at)
select
    md5(format('seed note of %s', conversation.id))::uuid, conversation.tenant_id, conversation.id, anna.id, seed.note,
    seed.note_type, conversation.began + interval '5 minutes'
from seed_conversations as conversation
inner join (values (2, 'The address was changed by phone.', 'general'), (7, 'Wants to speak to a manager.', 'escalation'))
    as seed (conversation, note, note_type) on seed.conversation = conversation.number
inner join seed_people as anna on anna.tenant_id = conversation.tenant_id and anna.name = 'Anna Agent'
on conflict do nothing;

-- From the AI to an agent, from agent to agent, declined, and still open.
insert into public.conversation_transfers (
    id, tenant_id, conversation_id, from_agent_id, to_agent_id, transfer_reason, transfer_type, status, transfer_time,
    accepted_at, rejected_at, created_at
)
select
    md5(format('seed transfer %s of %s', seed.minute, conversation.id))::uuid, conversation.tenant_id, conversation.id,
    giver.id, taker.id, seed.reason, seed.transfer_type, seed.status, at.time,
    case when seed.status = 'accepted' then at.time + interval '30 seconds' end,
    case when seed.status = 'rejected' then at.time + interval '30 seconds' end, at.time
from seed_conversations as conversation
inner join (values
    (2, 3, null, 'Anna Agent', 'low confidence', 'escalation', 'accepted'),
    (7, 9, 'Anna Agent', 'Bo Agent', 'knows the customer', 'manual', 'accepted'),
    (8, 5, null, 'Bo Agent', 'queue', 'automatic', 'rejected'),
    (10, 1, null, 'Anna Agent', 'queue', 'automatic', 'pending')
) as seed (conversation, minute, giver, taker, reason, transfer_type, status) on seed.conversation = conversation.number
cross join lateral (select conversation.began + make_interval(mins => seed.minute) as time) as at
inner join seed_people as taker on taker.tenant_id = conversation.tenant_id and taker.name = seed.taker
left join seed_people as giver on giver.tenant_id = conversation.tenant_id and giver.name = seed.giver
on conflict do nothing;

insert into public.file_attachments (
    id, tenant_id, conversation_id, message_id, filename, file_path, file_size, mime_type, file_hash, created_at
)
select
    md5(format('seed file of %s', conversation.id))::uuid, conversation.tenant_id, conversation.id,
    md5(format('seed message 1 of %s', conversation.id))::uuid, 'invoice.pdf',
    format('%s/%s/invoice.pdf', conversation.tenant_id, conversation.id), 48211, 'application/pdf',
    encode(sha256(convert_to(conversation.id::text, 'utf8')), 'hex'), conversation.began
from seed_conversations as conversation
where conversation.number = 2
on conflict do nothing;

insert into public.sla_tracking (
    id, tenant_id, conversation_id, sla_type, target_time_seconds, actual_time_seconds, status, breach_reason, completed_at,
    created_at
)
select
    md5(format('seed promise %s of %s', seed.sla_type, conversation.id))::uuid, conversation.tenant_id, conversation.id,
    seed.sla_type, seed.target, seed.actual, seed.status, seed.reason,
    conversation.began + make_interval(secs => seed.actual), conversation.began
from seed_conversations as conversation
inner join (values
    (1, 'first_response', 300, 60, 'met', null), (1, 'resolution', 3600, 360, 'met', null),
    (4, 'first_response', 300, null, 'breached', 'nobody answered'), (10, 'first_response', 300, null, 'pending', null)
) as seed (conversation, sla_type, target, actual, status, reason) on seed.conversation = conversation.number
on conflict do nothing;

insert into public.canned_responses (
    id, tenant_id, title, content, shortcut, category, usage_count, created_by, is_public, created_at
)
select
    md5(format('seed answer %s of %s', seed.title, tenant.slug))::uuid, tenant.id, seed.title, seed.content, seed.shortcut,
    seed.category, seed.used, anna.id, seed.is_public, tenant.monday - interval '30 days'
from seed_tenants as tenant
inner join seed_people as anna on anna.tenant_id = tenant.id and anna.name = 'Anna Agent'
cross join (values
    ('Greeting', 'Hello, how can I help?', '/hi', 'Greetings', 12, true),
    ('Refund', 'You have your money within five days.', '/refund', 'Billing', 3, true),
    ('My closing', 'Have a good day, Anna', '/bye', 'General', 0, false)
) as seed (title, content, shortcut, category, used, is_public)
on conflict do nothing;
