-- Channels, connected systems, and what went through them. No secret: envelopes are made by romashka secrets set, under a key
-- that only the installation has.

insert into public.communication_channels (
    id, tenant_id, name, type, status, configuration, webhook_url, message_limit_per_day, messages_sent_today,
    last_reset_date, created_by, created_at
)
select
    md5(format('seed channel %s of %s', seed.type, tenant.slug))::uuid, tenant.id, seed.name, seed.type, seed.status,
    seed.configuration::jsonb, seed.webhook_url, seed.message_limit, seed.sent_today, tenant.monday::date, ada.id,
    tenant.monday - interval '25 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('website', 'Chat on our site', 'active', '{"greeting": "How can we help?"}', null, 100000, 0),
    ('email', 'Mailbox', 'active', '{"address": "help@example.com"}', null, 5000, 12),
    ('whatsapp', 'WhatsApp', 'active', '{"phone_number": "+1 212 555 0199"}', 'https://hooks.example/whatsapp', 1000, 1000),
    ('sms', 'Text messages', 'pending_setup', '{}', null, 0, 0)
) as seed (type, name, status, configuration, webhook_url, message_limit, sent_today)
on conflict do nothing;

update public.conversations as conversation
set channel_id = channel.id
from public.communication_channels as channel
inner join seed_tenants as tenant on tenant.id = channel.tenant_id
where conversation.tenant_id = channel.tenant_id and conversation.channel_type = channel.type
    and conversation.channel_id is null;

insert into public.message_templates (
    id, tenant_id, name, language, category, template_content, status, channel_type, external_template_id, usage_count,
    created_by, created_at
)
select
    md5(format('seed template %s %s of %s', seed.name, seed.language, tenant.slug))::uuid, tenant.id, seed.name,
    seed.language, seed.category, jsonb_build_object('body', seed.body), seed.status, 'whatsapp', seed.external_id,
    seed.used, ada.id, tenant.monday - interval '20 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('order_shipped', 'en', 'utility', 'Your order {{1}} is on its way.', 'approved', 'wa-1', 41),
    ('order_shipped', 'de', 'utility', 'Ihre Bestellung {{1}} ist unterwegs.', 'approved', 'wa-2', 7),
    ('spring_sale', 'en', 'marketing', 'Ten percent off until Sunday.', 'rejected', null, 0),
    ('login_code', 'en', 'authentication', 'Your code is {{1}}.', 'pending', null, 0)
) as seed (name, language, category, body, status, external_id, used)
on conflict do nothing;

insert into public.customer_channel_preferences (
    id, tenant_id, customer_id, channel_type, is_preferred, opt_in, last_interaction, created_at
)
select
    md5(format('seed preference %s %s of %s', seed.customer, seed.channel_type, tenant.slug))::uuid, tenant.id,
    md5(format('seed customer %s of %s', seed.customer, tenant.slug))::uuid, seed.channel_type, seed.is_preferred,
    seed.opt_in, tenant.monday, tenant.monday - interval '9 days'
from seed_tenants as tenant
cross join (values
    (1, 'whatsapp', true, true), (1, 'email', false, true), (2, 'email', true, true), (5, 'sms', false, false)
) as seed (customer, channel_type, is_preferred, opt_in)
on conflict do nothing;

insert into public.channel_routing_rules (
    id, tenant_id, name, priority, conditions, target_channel_type, fallback_channel_type, is_active, created_by, created_at
)
select
    md5(format('seed rule %s of %s', seed.name, tenant.slug))::uuid, tenant.id, seed.name, seed.priority,
    seed.conditions::jsonb || jsonb_build_object('timezone', tenant.timezone), seed.target, seed.fallback, seed.is_active,
    ada.id, tenant.monday - interval '20 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('By day', 10, '{"business_hours": {"start": "09:00", "end": "17:00"}}', 'website', 'email', true),
    ('At night', 5, '{"business_hours": {"start": "17:00", "end": "09:00"}}', 'email', null, true),
    ('Old campaign', 0, '{}', 'sms', 'whatsapp', false)
) as seed (name, priority, conditions, target, fallback, is_active)
on conflict do nothing;

-- Of what our side wrote on another channel than the website: read, delivered, and one that never arrived.
insert into public.message_delivery_tracking (
    id, tenant_id, message_id, channel_type, external_message_id, delivery_status, delivery_timestamp, read_timestamp,
    error_details, retry_count, created_at
)
select
    md5(format('seed tracking of %s', sent.id))::uuid, sent.tenant_id, sent.id, sent.channel_type,
    'x-' || left(sent.id::text, 8), sent.status,
    case when sent.status in ('delivered', 'read') then sent.created_at + interval '2 seconds' end,
    case when sent.status = 'read' then sent.created_at + interval '5 minutes' end,
    case when sent.status = 'failed' then '{"code": 550, "reason": "mailbox unavailable"}'::jsonb end,
    case when sent.status = 'failed' then 3 else 0 end, sent.created_at
from (
    select
        message.*,
        case row_number() over (partition by message.tenant_id order by message.created_at, message.ordinal)
            when 1 then 'failed' when 2 then 'delivered' else 'read'
        end as status
    from public.messages as message
    inner join seed_conversations as conversation on conversation.id = message.conversation_id
    where message.sender_type in ('ai', 'assistant', 'bot', 'agent') and not message.is_internal
        and message.channel_type not in ('website', 'phone')
) as sent
on conflict do nothing;

insert into public.webhook_events (
    id, tenant_id, channel_id, event_type, source, external_event_id, payload, processed, processing_attempts,
    error_message, created_at, processed_at
)
select
    md5(format('seed webhook event %s of %s', seed.number, tenant.slug))::uuid, tenant.id,
    md5(format('seed channel whatsapp of %s', tenant.slug))::uuid, seed.event_type, 'whatsapp', 'evt-' || seed.number,
    seed.payload::jsonb, seed.attempts = 1, seed.attempts, seed.error, tenant.monday + make_interval(mins => seed.number),
    case when seed.attempts = 1 then tenant.monday + make_interval(mins => seed.number, secs => 3) end
from seed_tenants as tenant
cross join (values
    (1, 'message', '{"from": "+12125550101", "text": "Is the red one in stock?"}', 1, null),
    (2, 'status', '{"id": "x-1", "status": "read"}', 1, null),
    (3, 'status', '{"id": "unheard of"}', 3, 'no message has this id'),
    (4, 'message', '{"from": "+12125550105", "text": "Hello"}', 0, null)
) as seed (number, event_type, payload, attempts, error)
on conflict do nothing;

insert into public.integrations (
    id, tenant_id, name, type, provider, status, configuration, sync_settings, last_sync_at, error_count, last_error,
    created_by, created_at
)
select
    md5(format('seed integration %s of %s', seed.provider, tenant.slug))::uuid, tenant.id, seed.name, seed.type,
    seed.provider, seed.status, '{"region": "eu"}', '{"entities": ["contact"]}', tenant.monday + seed.synced, seed.errors,
    seed.last_error, ada.id, tenant.monday - interval '15 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('hubspot', 'Contacts', 'crm', 'active', interval '2 hours', 0, null),
    ('shopify', 'Shop', 'ecommerce', 'error', interval '1 hour', 4, 'the shop answered 429'),
    ('zendesk', 'Old tickets', 'helpdesk', 'pending_setup', null, 0, null)
) as seed (provider, name, type, status, synced, errors, last_error)
on conflict do nothing;

insert into public.integration_field_mappings (
    id, tenant_id, integration_id, source_entity, target_entity, source_field, target_field, transformation_rule,
    is_required, created_at
)
select
    md5(format('seed mapping %s of %s', seed.source_field, tenant.slug))::uuid, tenant.id,
    md5(format('seed integration hubspot of %s', tenant.slug))::uuid, seed.source_entity, seed.target_entity,
    seed.source_field, seed.target_field, seed.rule, seed.is_required, tenant.monday - interval '15 days'
from seed_tenants as tenant
cross join (values
    ('customer', 'contact', 'email', 'email', 'lower', true),
    ('customer', 'contact', 'name', 'fullname', null, false),
    ('conversation', 'ticket', 'status', 'hs_pipeline_stage', null, false)
) as seed (source_entity, target_entity, source_field, target_field, rule, is_required)
on conflict do nothing;

insert into public.sync_jobs (
    id, tenant_id, integration_id, job_type, direction, status, records_processed, records_failed, records_total,
    started_at, completed_at, error_details, created_at
)
select
    md5(format('seed sync %s of %s', seed.number, tenant.slug))::uuid, tenant.id,
    md5(format('seed integration %s of %s', seed.provider, tenant.slug))::uuid, seed.job_type, seed.direction, seed.status,
    seed.processed, seed.failed, seed.total, tenant.monday + seed.started, tenant.monday + seed.ended,
    seed.error::jsonb, tenant.monday
from seed_tenants as tenant
cross join (values
    (1, 'hubspot', 'full_sync', 'bidirectional', 'completed', 5, 1, 5, interval '1 hour', interval '2 hours', null),
    (2, 'shopify', 'incremental', 'inbound', 'failed', 2, 0, 9, interval '1 hour', interval '61 minutes',
        '{"status": 429}'),
    (3, 'hubspot', 'real_time', 'outbound', 'pending', 0, 0, null, null, null, null)
) as seed (number, provider, job_type, direction, status, processed, failed, total, started, ended, error)
on conflict do nothing;

insert into public.webhook_subscriptions (
    id, tenant_id, integration_id, event_type, webhook_url, is_active, last_triggered, success_count, failure_count, created_at
)
select
    md5(format('seed subscription %s of %s', seed.event_type, tenant.slug))::uuid, tenant.id,
    md5(format('seed integration hubspot of %s', tenant.slug))::uuid, seed.event_type, 'https://crm.example/hooks', seed.is_active,
    tenant.monday + seed.last, seed.good, seed.bad, tenant.monday - interval '15 days'
from seed_tenants as tenant
cross join (values
    ('conversation.resolved', true, interval '9 minutes', 1, 1), ('conversation.rated', false, null, 0, 0)
) as seed (event_type, is_active, last, good, bad)
on conflict do nothing;

insert into public.customer_sync_mapping (
    id, tenant_id, customer_profile_id, integration_id, external_id, external_entity_type, last_synced_at, sync_status,
    created_at
)
select
    md5(format('seed sync of customer %s of %s', seed.customer, tenant.slug))::uuid, tenant.id,
    md5(format('seed customer %s of %s', seed.customer, tenant.slug))::uuid,
    md5(format('seed integration hubspot of %s', tenant.slug))::uuid, 'hs-' || seed.customer, seed.entity,
    tenant.monday + interval '2 hours', seed.status, tenant.monday
from seed_tenants as tenant
cross join (values
    (1, 'contact', 'synced'), (2, 'lead', 'pending'), (3, 'customer', 'error')
) as seed (customer, entity, status)
on conflict do nothing;

insert into public.webhook_logs (
    id, tenant_id, integration_id, webhook_subscription_id, event_type, payload, response_status, response_body,
    error_message, processing_time_ms, created_at
)
select
    md5(format('seed webhook log %s of %s', seed.number, tenant.slug))::uuid, tenant.id,
    md5(format('seed integration hubspot of %s', tenant.slug))::uuid,
    md5(format('seed subscription conversation.resolved of %s', tenant.slug))::uuid, 'conversation.resolved',
    jsonb_build_object('conversation', md5(format('seed conversation 1 of %s', tenant.slug))::uuid), seed.status,
    seed.body, seed.error, seed.took, tenant.monday + make_interval(mins => 7 + seed.number)
from seed_tenants as tenant
cross join (values
    (1, null, null, 'timed out after 30 s', 30000), (2, 204, '', null, 180)
) as seed (number, status, body, error, took)
on conflict do nothing;

insert into public.integration_audit_logs (
    id, tenant_id, integration_id, actor_id, action, entity_type, entity_id, details, created_at
)
select
    md5(format('seed integration audit %s of %s', seed.number, tenant.slug))::uuid, tenant.id,
    md5(format('seed integration %s of %s', seed.provider, tenant.slug))::uuid,
    case when seed.by_person then ada.id end, seed.action, seed.entity_type, seed.entity_id, seed.details::jsonb,
    tenant.monday - interval '15 days' + make_interval(mins => seed.number)
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    (1, 'hubspot', true, 'create', 'integration', null, '{}'),
    (2, 'hubspot', false, 'sync', 'contact', 'hs-1', '{"records": 5}'),
    (3, 'shopify', false, 'error', null, null, '{"status": 429}')
) as seed (number, provider, by_person, action, entity_type, entity_id, details)
on conflict do nothing;

insert into public.api_keys (
    id, tenant_id, name, key_prefix, key_hash, scopes, expires_at, revoked_at, created_by, created_at
)
select
    md5(format('seed api key %s of %s', seed.name, tenant.slug))::uuid, tenant.id, seed.name,
    'rk_' || left(md5(tenant.slug || seed.name), 8),
    -- The hash of nothing that anybody could send: these keys open nothing.
    encode(sha256(convert_to('seed ' || tenant.slug || seed.name, 'UTF8')), 'hex'),
    seed.scopes, tenant.monday + seed.valid, tenant.monday + seed.revoked, ada.id, tenant.monday - interval '15 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('Shop', array['read', 'write'], null::interval, null::interval),
    ('Dashboard', array['read'], interval '1 year', null),
    ('Leaked', array['read', 'write', 'admin'], null, interval '1 day')
) as seed (name, scopes, valid, revoked)
on conflict do nothing;
