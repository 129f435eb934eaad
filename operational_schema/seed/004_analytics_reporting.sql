-- What was asked for and sent: reports, their deliveries, exports.

insert into public.scheduled_reports (
    id, tenant_id, slug, name, report_type, template, schedule_cron, timezone, recipients, filters, format,
    additional_formats, is_active, created_by, created_at
)
select
    md5(format('seed report %s of %s', seed.slug, tenant.slug))::uuid, tenant.id, seed.slug, seed.name, seed.report_type,
    seed.template, seed.schedule_cron, tenant.timezone, array['ada@' || tenant.slug || '.example'], seed.filters::jsonb,
    seed.format, seed.additional_formats, seed.is_active, ada.id, tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    ('daily', 'Daily performance', 'performance', 'default', '0 9 * * *', '{}', 'pdf', array['excel'], true),
    ('weekly-ai', 'AI in the week', 'ai_analytics', 'default', '0 9 * * MON', '{"channels": ["website"]}', 'excel',
        array[]::text[], true),
    ('quarterly', 'Satisfaction', 'satisfaction', 'executive', '0 9 1 1,4,7,10 *', '{}', 'pdf', array[]::text[], false)
) as seed (slug, name, report_type, template, schedule_cron, filters, format, additional_formats, is_active)
on conflict do nothing;

insert into public.report_deliveries (
    id, tenant_id, report_id, slot_local, slot_at, recipient, state, reason, attempts, message_id, rows_sent, rows_total,
    data_as_of, sent_at, created_at
)
select
    md5(format('seed delivery %s of %s', seed.slot, tenant.slug))::uuid, tenant.id,
    md5(format('seed report daily of %s', tenant.slug))::uuid, seed.slot, seed.slot at time zone tenant.timezone,
    'ada@' || tenant.slug || '.example', seed.state, seed.reason, seed.attempts,
    format('<seed-%s@%s.example>', to_char(seed.slot, 'YYYYMMDD'), tenant.slug), seed.sent, seed.sent,
    seed.slot at time zone tenant.timezone, case when seed.sent is not null then seed.slot at time zone tenant.timezone end,
    seed.slot at time zone tenant.timezone
from seed_tenants as tenant
cross join (values
    (timestamp '2026-03-30 09:00', 'sent', null, 1, 4),
    ('2026-03-31 09:00', 'failed', 'the mail server refused the recipient', 3, null),
    ('2026-04-01 09:00', 'skipped', 'the data did not cover the day', 0, null)
) as seed (slot, state, reason, attempts, sent)
on conflict do nothing;

insert into public.export_jobs (
    id, tenant_id, user_id, name, type, format, status, row_count, file_size_bytes, error_message, created_at, completed_at
)
select
    md5(format('seed export %s of %s', seed.name, tenant.slug))::uuid, tenant.id, anna.id, seed.name, seed.type, seed.format,
    seed.status, seed.row_count, seed.bytes, seed.error_message, tenant.monday + interval '3 days',
    case when seed.status in ('completed', 'failed') then tenant.monday + interval '3 days 1 minute' end
from seed_tenants as tenant
inner join seed_people as anna on anna.tenant_id = tenant.id and anna.name = 'Anna Agent'
cross join (values
    ('All conversations', 'conversations', 'csv', 'completed', 9, 4096, null),
    ('Customers', 'customers', 'excel', 'failed', null, null, 'the disk is full'),
    ('Figures', 'analytics', 'parquet', 'pending', null, null, null)
) as seed (name, type, format, status, row_count, bytes, error_message)
on conflict do nothing;

insert into public.report_unsubscriptions (id, tenant_id, report_id, recipient, created_at)
select
    md5(format('seed unsubscription of %s', tenant.slug))::uuid, tenant.id,
    md5(format('seed report daily of %s', tenant.slug))::uuid, 'tired@' || tenant.slug || '.example', tenant.monday
from seed_tenants as tenant
on conflict do nothing;

insert into public.report_notices (id, tenant_id, report_id, slot_local, kind, told_at, created_at)
select
    md5(format('seed notice of %s', tenant.slug))::uuid, tenant.id,
    md5(format('seed report daily of %s', tenant.slug))::uuid, '2026-03-31 09:00', 'failed',
    timestamp '2026-03-31 09:05' at time zone tenant.timezone, timestamp '2026-03-31 09:05' at time zone tenant.timezone
from seed_tenants as tenant
on conflict do nothing;

-- Days before the conversations above, so that nobody takes them for theirs; one day without an agent, and nothing rated.
insert into public.daily_metrics (
    id, tenant_id, date, channel_type, department, agent_id, total_conversations, ai_resolved_conversations,
    human_resolved_conversations, abandoned_conversations, avg_first_response_time_seconds, avg_resolution_time_seconds,
    total_ratings, avg_satisfaction_score, ai_confidence_avg, handoff_rate, created_at
)
select
    md5(format('seed day %s %s of %s', seed.days_before, seed.agent, tenant.slug))::uuid, tenant.id,
    (tenant.monday at time zone tenant.timezone)::date - seed.days_before, 'website', 'support', agent.id, seed.total,
    seed.by_ai, seed.by_human, seed.abandoned, seed.first_response, seed.resolution, seed.ratings, seed.satisfaction,
    seed.confidence, seed.handoffs, tenant.monday
from seed_tenants as tenant
cross join (values
    (10, 'Anna Agent', 12, 0, 10, 0, 84.5, 1250.25, 6, 4.25, 0.81, 0.5),
    (10, null, 7, 5, 0, 2, 2.4, 310.0, 0, null, 0.92, 0.0),
    (9, null, 1, 0, 0, 1, null, null, 0, null, null, null)
) as seed (
    days_before, agent, total, by_ai, by_human, abandoned, first_response, resolution, ratings, satisfaction, confidence,
    handoffs
)
left join seed_people as agent on agent.tenant_id = tenant.id and agent.name = seed.agent
on conflict do nothing;

insert into public.realtime_metrics (id, tenant_id, metric_name, metric_value, dimensions, timestamp, expires_at)
select
    md5(format('seed figure %s of %s', seed.name, tenant.slug))::uuid, tenant.id, seed.name, seed.value,
    seed.dimensions::jsonb, tenant.monday, '9999-12-31'
from seed_tenants as tenant
cross join (values
    ('active_conversations', 4, '{"channel": "website", "sample_size": 4}'),
    ('queue_size', 0, '{"department": "support", "sample_size": 0}')
) as seed (name, value, dimensions)
on conflict do nothing;

-- A conversation that retention has deleted: its figures stay.
insert into public.conversation_analytics (
    id, tenant_id, conversation_id, started_at, first_response_at, resolved_at, total_duration_seconds, total_messages,
    customer_messages, ai_messages, resolved_by, resolution_type, customer_satisfaction, created_at
)
select
    md5(format('seed figures of %s', tenant.slug))::uuid, tenant.id,
    md5(format('seed deleted conversation of %s', tenant.slug))::uuid, tenant.monday - interval '400 days',
    tenant.monday - interval '400 days' + interval '20 seconds', tenant.monday - interval '399 days', 86400, 4, 2, 2, 'ai',
    'resolved:manual', 4.5, tenant.monday - interval '400 days'
from seed_tenants as tenant
on conflict do nothing;

insert into public.dashboard_configs (id, tenant_id, user_id, name, is_default, layout, filters, is_public, created_at)
select
    md5(format('seed dashboard of %s', tenant.slug))::uuid, tenant.id, ada.id, 'Overview', true,
    '[{"id": "satisfaction", "type": "gauge", "position": {"x": 0, "y": 0, "w": 3, "h": 2}, "config": {"metric": "avg_satisfaction"}}]',
    '{"timeRange": "7d", "channels": [], "departments": [], "agents": []}', true, tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
on conflict do nothing;

insert into public.alert_rules (
    id, tenant_id, name, metric, condition, threshold, time_window_minutes, recipients, created_by, created_at
)
select
    md5(format('seed rule of %s', tenant.slug))::uuid, tenant.id, 'High response time', 'avg_first_response_time_seconds',
    'above', 600, 60, array['ada@' || tenant.slug || '.example'], ada.id, tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
on conflict do nothing;

insert into public.alert_history (
    id, tenant_id, rule_id, triggered_at, metric_value, threshold_value, sample_size, sent_channels, resolved_at,
    resolution_notes
)
select
    md5(format('seed alert %s of %s', seed.day, tenant.slug))::uuid, tenant.id,
    md5(format('seed rule of %s', tenant.slug))::uuid, tenant.monday + make_interval(days => seed.day), seed.value, 600, 9,
    array['email'], tenant.monday + make_interval(days => seed.resolved), seed.notes
from seed_tenants as tenant
cross join (values (1, 742.5, 2, 'a sick leave'), (3, 655.0, null, null)) as seed (day, value, resolved, notes)
on conflict do nothing;
