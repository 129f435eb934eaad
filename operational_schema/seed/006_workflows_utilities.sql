-- Workflows and how they ended, widgets, a scan of a website, and what the tenants have set.

insert into public.workflows (id, tenant_id, user_id, name, trigger_type, steps, is_active, created_at)
select
    md5(format('seed workflow %s of %s', seed.name, tenant.slug))::uuid, tenant.id, ada.id, seed.name, seed.trigger_type,
    seed.steps::jsonb, seed.is_active, tenant.monday - interval '10 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('Greet', 'conversation_created', '[{"type": "send_message", "content": "Welcome! We are with you in a moment."}]', true),
    ('Urgent', 'keyword', '[{"type": "set_priority", "priority": "urgent"}, {"type": "add_tag", "tag": "watch"}]', false)
) as seed (name, trigger_type, steps, is_active)
on conflict do nothing;

insert into public.workflow_executions (
    id, tenant_id, workflow_id, conversation_id, status, started_at, completed_at, error_message, execution_log
)
select
    md5(format('seed run %s of %s', seed.status, conversation.id))::uuid, conversation.tenant_id,
    md5(format('seed workflow Greet of %s', conversation.slug))::uuid, conversation.id, seed.status, conversation.began,
    case when seed.status in ('completed', 'failed') then conversation.began + interval '1 second' end, seed.error, '[]'
from seed_conversations as conversation
inner join (values (1, 'completed', null), (4, 'failed', 'the channel was closed'), (10, 'paused', null))
    as seed (conversation, status, error) on seed.conversation = conversation.number
on conflict do nothing;

insert into public.playground_sessions (
    id, tenant_id, user_id, session_name, bot_configuration, performance_metrics, created_at
)
select
    md5(format('seed trial of %s', tenant.slug))::uuid, tenant.id, ada.id, 'Friendlier', '{"tone": "friendly"}',
    '{"avg_response_time": 850, "confidence_avg": 0.82, "success_rate": 0.9}', tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
on conflict do nothing;

insert into public.widget_configurations (id, tenant_id, user_id, widget_name, domain, configuration, created_at)
select
    md5(format('seed widget of %s', tenant.slug))::uuid, tenant.id, ada.id, 'Shop window', tenant.slug || '.example',
    '{"color": "#3b5bdb", "greeting": "Ask <us> \"anything\""}', tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
on conflict do nothing;

insert into public.website_scan_jobs (
    id, tenant_id, user_id, urls, status, progress_percentage, pages_found, pages_processed, started_at, completed_at, created_at
)
select
    md5(format('seed scan of %s', tenant.slug))::uuid, tenant.id, ada.id, array['https://' || tenant.slug || '.example'],
    'completed', 100, 1, 1, tenant.monday, tenant.monday + interval '40 seconds', tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
on conflict do nothing;

insert into public.extracted_content (
    id, tenant_id, scan_job_id, url, title, content, content_type, word_count, processing_quality, created_at
)
select
    md5(format('seed page of %s', tenant.slug))::uuid, tenant.id, md5(format('seed scan of %s', tenant.slug))::uuid,
    'https://' || tenant.slug || '.example/faq', 'Questions', 'Do you deliver on Saturdays? We do.', 'faq', 7, 0.9,
    tenant.monday
from seed_tenants as tenant
on conflict do nothing;

insert into public.auto_generated_knowledge (
    id, tenant_id, scan_job_id, extracted_content_id, auto_category, confidence_score, created_at
)
select
    md5(format('seed proposal of %s', tenant.slug))::uuid, tenant.id, md5(format('seed scan of %s', tenant.slug))::uuid,
    md5(format('seed page of %s', tenant.slug))::uuid, 'Getting Started', 0.74, tenant.monday
from seed_tenants as tenant
on conflict do nothing;

insert into public.system_settings (id, tenant_id, setting_key, setting_value, description, is_public, created_at)
select
    md5(format('seed setting %s of %s', seed.key, tenant.slug))::uuid, tenant.id, seed.key, seed.value::jsonb,
    seed.description, seed.is_public, tenant.monday - interval '30 days'
from seed_tenants as tenant
cross join lateral (values
    ('rating_scale', '5', 'Best rating that a customer can give', true),
    ('sla_first_response_seconds', '300', 'Target of the first answer', false),
    ('sla_resolution_seconds', '3600', 'Target of the resolution', false),
    ('sla_business_hours', 'true', 'Targets count business time only', false),
    ('conversation_auto_close_time', '86400', 'Silence, in seconds, that closes a conversation', false),
    ('chatbot_handoff_threshold', '0.5', 'Below this confidence the AI hands over', false),
    ('ai_confidence_threshold', '0.8', 'From this confidence the AI is sure', false),
    ('report_allowed_domains', format('["%s.example"]', tenant.slug), 'Where reports may be mailed beside the members', false)
) as seed (key, value, description, is_public)
on conflict do nothing;
