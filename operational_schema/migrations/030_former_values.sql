-- What a customer was called before: what was put right is still said in messages, and an erasure has to find it there.

create table app.former_values (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    kind text not null,
    value text not null,
    replaced_at timestamptz not null default now(),
    constraint former_values_pkey primary key (id),
    constraint former_values_customer_fkey foreign key (tenant_id, customer_id)
        references public.customer_profiles (tenant_id, id) on delete cascade,
    constraint former_values_kind_known check (kind in ('name', 'email', 'phone', 'external_id'))
);
comment on table app.former_values is
    'Names, addresses, numbers and keys that customers had, kept by a trigger until the customer goes: what says them is found by exports and erasures.';
comment on column app.former_values.value is 'Personal.';

create index idx_former_values_customer_id on app.former_values (tenant_id, customer_id);

-- No policy and no grant: nobody but the owner reads or writes it.
alter table app.former_values enable row level security;
revoke all on app.former_values from anon, authenticated, service_role;
