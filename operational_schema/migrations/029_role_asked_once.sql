-- Every statement of every request asks for the role: the claims are read once, and tenant and person are looked up by their keys.

create or replace function app.role()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    claims jsonb := auth.jwt();
    person uuid := app.uuid_or_null(claims ->> 'sub');
    tenant uuid := app.uuid_or_null(claims -> 'app_metadata' ->> 'tenant_id');
    held text;
begin
    select member.role into held
    from public.profiles as member
    where member.id = person and member.tenant_id = tenant and member.is_active
        and exists (select from public.tenants as home where home.id = tenant and home.status = 'active');
    return held;
end;
$$;
