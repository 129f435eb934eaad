-- A person who was forgotten, a hold, a run of retention, and who agreed to what.

insert into public.erasure_requests (
    id, tenant_id, customer_id, status, requested_at, due_at, started_at, completed_at, proof, created_at
)
select
    md5(format('seed erasure of %s', tenant.slug))::uuid, tenant.id,
    md5(format('seed forgotten customer of %s', tenant.slug))::uuid, 'completed', tenant.monday - interval '20 days',
    tenant.monday + interval '10 days', tenant.monday - interval '19 days', tenant.monday - interval '19 days',
    '{"found": 0}', tenant.monday - interval '20 days'
from seed_tenants as tenant
on conflict do nothing;

insert into public.legal_holds (id, tenant_id, conversation_id, reason, created_by, created_at)
select
    md5(format('seed hold of %s', conversation.id))::uuid, conversation.tenant_id, conversation.id,
    'The customer has announced a lawsuit.', ada.id, conversation.began + interval '1 day'
from seed_conversations as conversation
inner join seed_people as ada on ada.tenant_id = conversation.tenant_id and ada.role = 'admin'
where conversation.number = 7
on conflict do nothing;

insert into public.retention_runs (id, tenant_id, as_of, dry_run, started_at, completed_at, deleted, kept)
select
    md5(format('seed retention of %s', tenant.slug))::uuid, tenant.id, tenant.monday, false, tenant.monday,
    tenant.monday + interval '2 seconds', '{"conversations": 1}', '{"held": 1}'
from seed_tenants as tenant
on conflict do nothing;

insert into public.customer_consents (
    id, tenant_id, customer_id, purpose, legal_basis, granted, decided_at, created_at
)
select
    md5(format('seed consent %s of %s', seed.day, tenant.slug))::uuid, tenant.id,
    md5(format('seed customer 2 of %s', tenant.slug))::uuid, 'analytics', 'consent', seed.granted,
    tenant.monday + make_interval(days => seed.day), tenant.monday + make_interval(days => seed.day)
from seed_tenants as tenant
cross join (values (0, true), (3, false)) as seed (day, granted)
on conflict do nothing;
