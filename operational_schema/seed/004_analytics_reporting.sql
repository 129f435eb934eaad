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
