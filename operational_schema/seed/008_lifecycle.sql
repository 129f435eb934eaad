-- What the law asks for: an erasure that waits, one that is done, holds, a run of the retention rules, a file that went, and decisions on
-- consent.

insert into public.erasure_requests (
    id, tenant_id, customer_id, status, reason, requested_by, requested_at, due_at, started_at, completed_at, steps_done, proof,
    created_at
)
select
    md5(format('seed erasure %s of %s', seed.customer, tenant.slug))::uuid, tenant.id,
    md5(format('seed customer %s of %s', seed.customer, tenant.slug))::uuid, seed.status, seed.reason, ada.id, tenant.monday,
    tenant.monday + interval '30 days', case seed.status when 'completed' then tenant.monday + interval '1 day' end,
    case seed.status when 'completed' then tenant.monday + interval '1 day 1 minute' end, seed.steps, seed.proof::jsonb,
    tenant.monday
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    (4, 'pending', 'asked by mail', array[]::text[], null),
    -- Of a customer who is gone already.
    (99, 'completed', 'asked on the telephone', array['operational', 'warehouse'], '{"operational": 0, "warehouse": 0}')
) as seed (customer, status, reason, steps, proof)
on conflict do nothing;

insert into public.legal_holds (id, tenant_id, customer_id, conversation_id, reason, created_by, released_at, expires_at, created_at)
select
    md5(format('seed hold %s of %s', seed.number, tenant.slug))::uuid, tenant.id,
    case seed.subject when 'customer' then md5(format('seed customer 5 of %s', tenant.slug))::uuid end,
    case seed.subject when 'conversation' then md5(format('seed conversation 7 of %s', tenant.slug))::uuid end,
    seed.reason, ada.id, case when seed.is_over then tenant.monday + interval '9 days' end,
    case when not seed.is_over then tenant.monday + interval '10 years' end, tenant.monday + interval '3 days'
from seed_tenants as tenant
inner join seed_people as ada on ada.tenant_id = tenant.id and ada.role = 'admin'
cross join (values
    (1, 'conversation', 'Dispute about a refund', false), (2, 'customer', 'Chargeback, settled since', true)
) as seed (number, subject, reason, is_over)
on conflict do nothing;

insert into public.retention_runs (id, tenant_id, as_of, dry_run, started_at, completed_at, deleted, kept)
select
    md5(format('seed retention of %s', tenant.slug))::uuid, tenant.id, tenant.monday, true, tenant.monday,
    tenant.monday + interval '2 seconds', '{"conversations": 0}', '{"conversations": {"legal hold": 1}}'
from seed_tenants as tenant
on conflict do nothing;

insert into public.file_deletions (id, tenant_id, storage_provider, file_path, reason, queued_at, deleted_at)
select
    md5(format('seed deleted file of %s', tenant.slug))::uuid, tenant.id, 'supabase', null, 'retention', tenant.monday,
    tenant.monday + interval '1 hour'
from seed_tenants as tenant
on conflict do nothing;

insert into public.customer_consents (id, tenant_id, customer_id, purpose, legal_basis, granted, decided_at, created_at)
select
    md5(format('seed consent %s %s %s of %s', seed.customer, seed.purpose, seed.granted, tenant.slug))::uuid, tenant.id,
    md5(format('seed customer %s of %s', seed.customer, tenant.slug))::uuid, seed.purpose, seed.basis, seed.granted,
    tenant.monday + seed.after, tenant.monday + seed.after
from seed_tenants as tenant
cross join (values
    (1, 'analytics', 'consent', true, interval '0 days'), (1, 'marketing', 'consent', false, interval '0 days'),
    (2, 'analytics', 'consent', true, interval '0 days'), (2, 'analytics', 'consent', false, interval '2 days'),
    (3, 'essential', 'contract', true, interval '0 days')
) as seed (customer, purpose, basis, granted, after)
on conflict do nothing;
