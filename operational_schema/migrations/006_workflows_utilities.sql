-- Workflow automation and system utilities: so far, what a tenant has set.

create table public.system_settings (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    setting_key text not null,
    setting_value jsonb not null,
    description text,
    is_public boolean not null default false,
    updated_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint system_settings_pkey primary key (id),
    constraint system_settings_tenant_id_setting_key_key unique (tenant_id, setting_key),
    constraint system_settings_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint system_settings_updated_by_fkey foreign key (tenant_id, updated_by)
        references public.profiles (tenant_id, id) on delete set null (updated_by),
    constraint system_settings_key_form check (setting_key ~ '^[a-z][a-z0-9_]{0,254}$')
);
comment on table public.system_settings is 'What a tenant has set; a key without a row has the default that its reader states.';

create index idx_system_settings_updated_by on public.system_settings (tenant_id, updated_by);

alter table public.system_settings enable row level security;
revoke all on public.system_settings from anon, authenticated;
grant select, insert, update, delete on public.system_settings to authenticated;
grant all on public.system_settings to service_role;
create policy member_select on public.system_settings for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (is_public or (select app.role()) in ('agent', 'admin')));
create policy admin_insert on public.system_settings for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.system_settings for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.system_settings for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
