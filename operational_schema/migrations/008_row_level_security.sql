-- Who may see and change which rows. One policy per table, action and role; helpers stand in sub-selects, so that they run once
-- per statement and not once per row. No claim, no rows.

create or replace function app.tenant_id()
returns uuid
language sql
stable
set search_path = ''
as $$
    select case
        when claim.tenant ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then claim.tenant::uuid
    end
    from (select auth.jwt() -> 'app_metadata' ->> 'tenant_id' as tenant) as claim
$$;
comment on function app.tenant_id() is
    'Tenant of the request: app_metadata.tenant_id of its JWT, which users cannot change (user_metadata they can). Null without one.';

create or replace function app.role()
returns text
language sql
stable
security definer
set search_path = ''
as $$
    select person.role
    from public.profiles as person
    where person.id = auth.uid() and person.tenant_id = app.tenant_id() and person.is_active
$$;
comment on function app.role() is 'Role of the caller in the tenant of the request: admin, agent or user. Null for anybody else.';

revoke execute on all functions in schema app from public;
grant usage on schema app to authenticated, service_role;
grant execute on function app.tenant_id(), app.role() to authenticated, service_role;

-- Supabase grants everything on new tables to both roles; policies do not hold back TRUNCATE.
revoke all on all tables in schema public from anon;
revoke truncate, references, trigger on all tables in schema public from authenticated;
alter default privileges in schema public revoke all on tables from anon;
alter default privileges in schema public revoke truncate, references, trigger on tables from authenticated;
revoke all on all tables in schema etl, app from public;


alter table app.migration enable row level security;

alter table public.tenants enable row level security;
create policy member_select on public.tenants for select to authenticated
    using (
        id = (select app.tenant_id())
    );
revoke insert, update, delete on public.tenants from authenticated;

alter table public.tenant_business_schedules enable row level security;
create policy staff_select on public.tenant_business_schedules for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy admin_insert on public.tenant_business_schedules for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_update on public.tenant_business_schedules for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_delete on public.tenant_business_schedules for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

alter table public.tenant_business_hours enable row level security;
create policy staff_select on public.tenant_business_hours for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy admin_insert on public.tenant_business_hours for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_update on public.tenant_business_hours for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_delete on public.tenant_business_hours for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

alter table public.tenant_special_days enable row level security;
create policy staff_select on public.tenant_special_days for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy admin_insert on public.tenant_special_days for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_update on public.tenant_special_days for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_delete on public.tenant_special_days for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

alter table public.profiles enable row level security;
create policy member_select on public.profiles for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (id = (select auth.uid()) or (select app.role()) in ('agent', 'admin'))
    );
create policy admin_insert on public.profiles for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy member_update on public.profiles for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (id = (select auth.uid()) or (select app.role()) = 'admin')
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (id = (select auth.uid()) or (select app.role()) = 'admin')
    );
create policy admin_delete on public.profiles for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

create or replace function app.guard_profile()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if (new.tenant_id, new.role, new.is_active) is distinct from (old.tenant_id, old.role, old.is_active)
        and current_setting('role', true) = 'authenticated'
        and coalesce(app.role(), '') <> 'admin'
    then
        raise exception 'only an admin changes a role, or who is active' using errcode = 'insufficient_privilege';
    end if;
    return new;
end;
$$;
comment on function app.guard_profile() is 'A policy cannot compare a row with what it was: this keeps people from promoting themselves.';
revoke execute on function app.guard_profile() from public;
create trigger guard_profile
before update on public.profiles
for each row execute function app.guard_profile();

alter table public.customer_profiles enable row level security;
create policy staff_select on public.customer_profiles for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy staff_insert on public.customer_profiles for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy staff_update on public.customer_profiles for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy admin_delete on public.customer_profiles for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

alter table public.conversations enable row level security;
create policy staff_select on public.conversations for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy staff_insert on public.conversations for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy staff_update on public.conversations for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy admin_delete on public.conversations for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

alter table public.messages enable row level security;
create policy staff_select on public.messages for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy staff_insert on public.messages for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy staff_update on public.messages for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy admin_delete on public.messages for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

alter table public.conversation_events enable row level security;
create policy staff_select on public.conversation_events for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
revoke insert, update, delete on public.conversation_events from authenticated;

alter table public.scheduled_reports enable row level security;
create policy staff_select on public.scheduled_reports for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy admin_insert on public.scheduled_reports for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_update on public.scheduled_reports for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_delete on public.scheduled_reports for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

alter table public.report_deliveries enable row level security;
create policy staff_select on public.report_deliveries for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
revoke insert, update, delete on public.report_deliveries from authenticated;

alter table public.export_jobs enable row level security;
create policy staff_select on public.export_jobs for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
    );
create policy member_insert on public.export_jobs for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin')
        and user_id = (select auth.uid())
    );
create policy admin_update on public.export_jobs for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_delete on public.export_jobs for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );

alter table public.system_settings enable row level security;
create policy member_select on public.system_settings for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (is_public or (select app.role()) in ('agent', 'admin'))
    );
create policy admin_insert on public.system_settings for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_update on public.system_settings for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
create policy admin_delete on public.system_settings for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) = 'admin'
    );
