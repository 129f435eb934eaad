-- The latest decision of a customer holds: one that lies in the future would outweigh all that are made until then.

update public.customer_consents set decided_at = created_at where decided_at > created_at;

-- Few rows, and nobody waits for them: looked through at once.
alter table public.customer_consents
    -- squawk-ignore constraint-missing-not-valid
    add constraint customer_consents_decided_by_then check (decided_at <= created_at);

revoke insert on public.customer_consents from authenticated;
grant insert (id, tenant_id, customer_id, purpose, legal_basis, granted, decided_at)
    on public.customer_consents to authenticated;
comment on column public.customer_consents.created_at is 'Kept by the database.';
