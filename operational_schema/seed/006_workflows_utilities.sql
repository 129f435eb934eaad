-- What the tenants have set.

insert into public.system_settings (id, tenant_id, setting_key, setting_value, description, is_public, created_at)
select
    md5(format('seed setting %s of %s', seed.key, tenant.slug))::uuid, tenant.id, seed.key, seed.value::jsonb,
    seed.description, seed.is_public, tenant.monday - interval '30 days'
from seed_tenants as tenant
cross join (values
    ('rating_scale', '5', 'Best rating that a customer can give', true),
    ('sla_first_response_seconds', '300', 'Target of the first answer', false),
    ('sla_resolution_seconds', '3600', 'Target of the resolution', false),
    ('sla_business_hours', 'true', 'Targets count business time only', false),
    ('conversation_auto_close_time', '86400', 'Silence, in seconds, that closes a conversation', false),
    ('chatbot_handoff_threshold', '0.5', 'Below this confidence the AI hands over', false),
    ('ai_confidence_threshold', '0.8', 'From this confidence the AI is sure', false)
) as seed (key, value, description, is_public)
on conflict do nothing;
