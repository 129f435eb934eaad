-- Takes back 029_role_asked_once.sql.

create or replace function app.role()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    person uuid := app.user_id();
    tenant uuid := app.tenant_id();
begin
    return (
        select member.role
        from public.profiles as member
        inner join public.tenants as home on home.id = member.tenant_id and home.status = 'active'
        where member.id = person and member.tenant_id = tenant and member.is_active
    );
end;
$$;
