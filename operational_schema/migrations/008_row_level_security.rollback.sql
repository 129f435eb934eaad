-- Takes back 008_row_level_security.sql: the tables stay closed to the application, which then has no right on them.

do $$
declare
    closed record;
begin
    for closed in
        select policies.tablename, policies.policyname
        from pg_policies as policies
        where policies.schemaname = 'public'
    loop
        execute format('drop policy %I on public.%I', closed.policyname, closed.tablename);
    end loop;
end;
$$;

drop trigger guard_profile on public.profiles;
drop function app.guard_profile();
drop function app.role();
drop function app.tenant_id();
