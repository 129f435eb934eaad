-- What runs by itself, what is tried, put on pages and read from them, and what the tenants have set.

insert into public.workflows (
    id, tenant_id, user_id, name, description, trigger_type, trigger_conditions, steps, is_active, created_at
)
select
    md5(format('seed workflow %s of %s', seed.name, tenant.slug))::uuid, tenant.id, ada.id, seed.name, seed.description,
    seed.trigger_type, seed.conditions::jsonb, seed.steps::jsonb, seed.is_active, tenant.monday - interval '20 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('Greeting', 'Says hello to whoever writes', 'conversation_created', '{"channels": ["website"]}',
        '[{"type": "send_message", "content": "Welcome! How can we help?"}, {"type": "add_tag", "tag": "greeted"}]', true),
    ('Urgent to people', 'Urgent conversations wait for nobody', 'message_received', '{"priority": "urgent"}',
        '[{"type": "condition", "if": {"field": "priority", "equals": "urgent"}, "then": [
            {"type": "handoff", "reason": "urgent"}, {"type": "add_note", "note": "Escalated by a workflow."}]}]', true),
    ('Ask again', 'Asks a day later whether all is well', 'manual', '{}',
        '[{"type": "wait", "seconds": 86400}, {"type": "send_message", "content": "Is everything all right now?"}]', false)
) as seed (name, description, trigger_type, conditions, steps, is_active)
on conflict do nothing;

insert into public.workflow_executions (
    id, tenant_id, workflow_id, conversation_id, steps, next_step, steps_taken, status, started_at, resume_at, completed_at,
    error_message, execution_log, created_at
)
select
    md5(format('seed execution %s of %s', seed.conversation, tenant.slug))::uuid, tenant.id, workflow.id, conversation.id,
    workflow.steps, seed.taken, seed.taken, seed.status, conversation.began,
    case seed.status when 'paused' then conversation.began + interval '1 day' end,
    case when seed.status <> 'paused' then conversation.began + interval '1 second' end, seed.error_message, seed.log::jsonb,
    conversation.began
from seed_tenants as tenant
cross join (values
    (1, 'Greeting', 2, 'completed', null,
        '[{"step": "0", "type": "send_message", "result": "done"}, {"step": "1", "type": "add_tag", "result": "done"}]'),
    (7, 'Urgent to people', 1, 'failed', 'step 0.0 (handoff): nobody was there to hand over to',
        '[{"step": "0.0", "type": "handoff", "result": "failed"}]'),
    (11, 'Ask again', 1, 'paused', null, '[{"step": "0", "type": "wait", "result": "paused"}]')
) as seed (conversation, workflow, taken, status, error_message, log)
inner join seed_conversations as conversation on conversation.tenant_id = tenant.id and conversation.number = seed.conversation
inner join public.workflows as workflow on workflow.tenant_id = tenant.id and workflow.name = seed.workflow
on conflict do nothing;

insert into public.playground_sessions (
    id, tenant_id, user_id, session_name, bot_configuration, test_conversations, performance_metrics, created_at
)
select
    md5(format('seed playground of %s', tenant.slug))::uuid, tenant.id, ada.id, 'Shorter answers',
    '{"model": "small", "temperature": 0.2, "tone": "friendly"}', '[{"question": "Where is my order?", "rating": 4}]',
    '{"avg_response_time": 0.8, "confidence_avg": 0.86, "success_rate": 0.9}', tenant.monday - interval '5 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
on conflict do nothing;

insert into public.widget_configurations (
    id, tenant_id, user_id, widget_name, domain, configuration, status, install_verified, created_at
)
select
    md5(format('seed widget %s of %s', seed.name, tenant.slug))::uuid, tenant.id, ada.id, seed.name,
    seed.host || '.' || tenant.slug || '.example', seed.configuration::jsonb, seed.status, seed.verified,
    tenant.monday - interval '20 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('Shop', 'shop', '{"color": "#0a7d33", "position": "right", "greeting": "Hello! <b>How</b> can we help?"}', 'active', true),
    ('Blog', 'blog', '{"color": "#333333", "position": "left"}', 'inactive', false)
) as seed (name, host, configuration, status, verified)
on conflict do nothing;

insert into public.website_scan_jobs (
    id, tenant_id, user_id, urls, status, progress_percentage, pages_found, pages_processed, started_at, completed_at,
    error_details, created_at
)
select
    md5(format('seed scan %s of %s', seed.number, tenant.slug))::uuid, tenant.id, ada.id,
    array['https://www.' || tenant.slug || '.example/' || seed.path], seed.status, seed.progress, seed.found, seed.processed,
    tenant.monday - make_interval(days => 4 - seed.number),
    case when seed.status in ('completed', 'failed') then tenant.monday - make_interval(days => 4 - seed.number, mins => -3) end,
    seed.details::jsonb, tenant.monday - make_interval(days => 4 - seed.number)
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    (1, '', 'completed', 100, 2, 2, null), (2, 'shop', 'failed', 10, 10, 1, '{"reason": "robots.txt forbids it"}'),
    (3, 'blog', 'scanning', 40, 5, 2, null)
) as seed (number, path, status, progress, found, processed, details)
on conflict do nothing;

insert into public.extracted_content (
    id, tenant_id, scan_job_id, url, title, content, content_type, headings, word_count, processing_quality, created_at
)
select
    md5(format('seed page %s of %s', seed.path, tenant.slug))::uuid, tenant.id,
    md5(format('seed scan 1 of %s', tenant.slug))::uuid, 'https://www.' || tenant.slug || '.example/' || seed.path,
    seed.title, seed.content, seed.content_type, jsonb_build_array(seed.title), seed.words, seed.quality,
    tenant.monday - interval '3 days'
from seed_tenants as tenant
cross join (values
    ('faq', 'Questions', 'How long is delivery? Three days.', 'faq', 6, 0.92),
    ('prices', 'Prices', 'A hose is 19.90.', 'pricing', 4, 0.81)
) as seed (path, title, content, content_type, words, quality)
on conflict do nothing;

insert into public.auto_generated_knowledge (
    id, tenant_id, scan_job_id, extracted_content_id, auto_category, confidence_score, needs_review, approved, reviewed_by,
    reviewed_at, created_at
)
select
    md5(format('seed proposal %s of %s', seed.path, tenant.slug))::uuid, tenant.id,
    md5(format('seed scan 1 of %s', tenant.slug))::uuid, md5(format('seed page %s of %s', seed.path, tenant.slug))::uuid,
    seed.category, seed.confidence, seed.needs_review, not seed.needs_review,
    case when not seed.needs_review then ada.id end, case when not seed.needs_review then tenant.monday end,
    tenant.monday - interval '3 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values ('faq', 'Delivery', 0.9, false), ('prices', 'Billing & Pricing', 0.55, true))
    as seed (path, category, confidence, needs_review)
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
