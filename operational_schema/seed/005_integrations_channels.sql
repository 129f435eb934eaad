-- Channels, connected systems, and what went between. The secrets are envelopes whose key nobody has.

insert into public.communication_channels (
    id, tenant_id, name, type, status, configuration, api_credentials, created_by, last_reset_date, created_at
)
select
    md5(format('seed channel %s of %s', seed.name, tenant.slug))::uuid, tenant.id, seed.name, seed.type, seed.status, '{}',
    case when seed.is_secret then 'v1.seed.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA' end, ada.id, tenant.monday::date,
    tenant.monday - interval '30 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('Website', 'website', 'active', false), ('WhatsApp', 'whatsapp', 'active', true), ('Mailbox', 'email', 'pending_setup', false)
) as seed (name, type, status, is_secret)
on conflict do nothing;

insert into public.message_templates (
    id, tenant_id, name, language, category, template_content, status, channel_type, created_by, created_at
)
select
    md5(format('seed template of %s', tenant.slug))::uuid, tenant.id, 'order_shipped', 'en', 'utility',
    '{"body": "Your order {{1}} is on its way."}', 'approved', 'whatsapp', ada.id, tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
on conflict do nothing;

insert into public.customer_channel_preferences (id, tenant_id, customer_id, channel_type, is_preferred, opt_in, created_at)
select
    md5(format('seed preference %s of %s', seed.channel, tenant.slug))::uuid, tenant.id,
    md5(format('seed customer 1 of %s', tenant.slug))::uuid, seed.channel, seed.is_preferred, seed.opt_in, tenant.monday
from seed_tenants as tenant
cross join (values ('email', true, true), ('whatsapp', false, false)) as seed (channel, is_preferred, opt_in)
on conflict do nothing;

insert into public.channel_routing_rules (
    id, tenant_id, name, priority, conditions, target_channel_type, fallback_channel_type, created_by, created_at
)
select
    md5(format('seed route of %s', tenant.slug))::uuid, tenant.id, 'At night', 10,
    jsonb_build_object('business_hours', jsonb_build_object('start', '20:00', 'end', '08:00'), 'timezone', tenant.timezone),
    'email', 'website', ada.id, tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
on conflict do nothing;

insert into public.message_delivery_tracking (
    id, tenant_id, message_id, channel_type, external_message_id, delivery_status, delivery_timestamp, read_timestamp,
    error_details, created_at
)
select
    md5(format('seed delivery of %s', message.id))::uuid, message.tenant_id, message.id, message.channel_type,
    format('wamid.%s', message.ordinal), seed.status,
    case when seed.status in ('delivered', 'read') then message.created_at + interval '3 seconds' end,
    case when seed.status = 'read' then message.created_at + interval '1 minute' end,
    case when seed.status = 'failed' then '{"code": 131026}'::jsonb end, message.created_at
from public.messages as message
inner join seed_conversations as conversation
    on conversation.tenant_id = message.tenant_id and conversation.id = message.conversation_id
inner join (values (3, 'read'), (7, 'failed')) as seed (ordinal, status) on seed.ordinal = message.ordinal
where conversation.number = 3
on conflict do nothing;

insert into public.webhook_events (
    id, tenant_id, channel_id, event_type, source, external_event_id, payload, processed, processing_attempts, processed_at,
    error_message, created_at
)
select
    md5(format('seed event %s of %s', seed.number, tenant.slug))::uuid, tenant.id,
    md5(format('seed channel WhatsApp of %s', tenant.slug))::uuid, 'message', 'whatsapp', format('event-%s', seed.number),
    '{"text": "Still loud."}', seed.processed, seed.attempts,
    case when seed.processed then tenant.monday + interval '1 second' end, seed.error, tenant.monday
from seed_tenants as tenant
cross join (values (1, true, 1, null), (2, false, 3, 'no such conversation')) as seed (number, processed, attempts, error)
on conflict do nothing;

insert into public.integrations (
    id, tenant_id, name, type, provider, status, configuration, credentials, last_sync_at, error_count, last_error, created_by,
    created_at
)
select
    md5(format('seed integration %s of %s', seed.provider, tenant.slug))::uuid, tenant.id, seed.name, seed.type,
    seed.provider, seed.status, '{}', 'v1.seed.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA', tenant.monday, seed.errors,
    seed.last_error, ada.id, tenant.monday - interval '30 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('Shop', 'ecommerce', 'shopify', 'active', 0, null), ('Contacts', 'crm', 'hubspot', 'error', 4, 'access was withdrawn')
) as seed (name, type, provider, status, errors, last_error)
on conflict do nothing;

insert into public.integration_field_mappings (
    id, tenant_id, integration_id, source_entity, target_entity, source_field, target_field, is_required, created_at
)
select
    md5(format('seed mapping %s of %s', seed.source_field, tenant.slug))::uuid, tenant.id,
    md5(format('seed integration hubspot of %s', tenant.slug))::uuid, 'customer', 'contact', seed.source_field,
    seed.target_field, true, tenant.monday
from seed_tenants as tenant
cross join (values ('email', 'email'), ('name', 'fullname')) as seed (source_field, target_field)
on conflict do nothing;

insert into public.sync_jobs (
    id, tenant_id, integration_id, job_type, direction, status, records_processed, records_failed, records_total, started_at,
    completed_at, error_details, created_at
)
select
    md5(format('seed sync %s of %s', seed.hour, tenant.slug))::uuid, tenant.id,
    md5(format('seed integration hubspot of %s', tenant.slug))::uuid, seed.job_type, 'outbound', seed.status, seed.done,
    seed.failed, seed.total, tenant.monday + make_interval(hours => seed.hour),
    case when seed.status <> 'running' then tenant.monday + make_interval(hours => seed.hour, mins => 2) end,
    seed.error::jsonb, tenant.monday + make_interval(hours => seed.hour)
from seed_tenants as tenant
cross join (values
    (0, 'full_sync', 'completed', 120, 0, 120, null), (1, 'incremental', 'failed', 3, 2, 9, '{"reason": "access was withdrawn"}'),
    (2, 'incremental', 'running', 0, 0, null, null)
) as seed (hour, job_type, status, done, failed, total, error)
on conflict do nothing;

insert into public.webhook_subscriptions (
    id, tenant_id, integration_id, event_type, webhook_url, secret_key, success_count, failure_count, last_triggered, created_at
)
select
    md5(format('seed subscription of %s', tenant.slug))::uuid, tenant.id,
    md5(format('seed integration shopify of %s', tenant.slug))::uuid, 'conversation_resolved', 'https://shop.example/hook',
    'v1.seed.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA', 1, 1, tenant.monday, tenant.monday - interval '30 days'
from seed_tenants as tenant
on conflict do nothing;

insert into public.customer_sync_mapping (
    id, tenant_id, customer_profile_id, integration_id, external_id, external_entity_type, sync_status, last_synced_at, created_at
)
select
    md5(format('seed contact of %s', tenant.slug))::uuid, tenant.id, md5(format('seed customer 1 of %s', tenant.slug))::uuid,
    md5(format('seed integration hubspot of %s', tenant.slug))::uuid, '501', 'contact', 'synced', tenant.monday, tenant.monday
from seed_tenants as tenant
on conflict do nothing;

insert into public.webhook_logs (
    id, tenant_id, webhook_subscription_id, event_type, payload, response_status, error_message, processing_time_ms, created_at
)
select
    md5(format('seed call %s of %s', seed.number, tenant.slug))::uuid, tenant.id,
    md5(format('seed subscription of %s', tenant.slug))::uuid, 'conversation_resolved', '{"conversation": "3"}', seed.status,
    seed.error, seed.ms, tenant.monday + make_interval(secs => seed.number)
from seed_tenants as tenant
cross join (values (1, 200, null, 41), (2, null, 'timed out', 30000)) as seed (number, status, error, ms)
on conflict do nothing;

insert into public.integration_audit_logs (id, tenant_id, integration_id, actor_id, action, details, created_at)
select
    md5(format('seed integration step %s of %s', seed.action, tenant.slug))::uuid, tenant.id,
    md5(format('seed integration hubspot of %s', tenant.slug))::uuid, ada.id, seed.action, '{}', tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values ('create'), ('sync'), ('error')) as seed (action)
on conflict do nothing;
