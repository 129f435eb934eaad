-- Takes back 001_core_tables.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    lost text;
    has_rows boolean;
begin
    foreach lost in array array[
        'public.conversation_events', 'public.messages', 'public.conversations',
        'public.customer_profiles', 'public.profiles', 'public.tenant_special_days',
        'public.tenant_business_hours', 'public.tenant_business_schedules', 'public.tenants'
    ] loop
        execute format('lock table %s in access exclusive mode', lost);
        execute format('select exists (select from %s)', lost) into has_rows;
        if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
            raise exception 'the rows of % would be lost', lost using hint = 'romashka migrate down --force loses them';
        end if;
    end loop;
end;
$$;

drop table public.conversation_events;
drop table public.messages;
drop table public.conversations;
drop table public.customer_profiles;
drop table public.profiles;
drop table public.tenant_special_days;
drop table public.tenant_business_hours;
drop table public.tenant_business_schedules;
drop table public.tenants;
drop sequence public.conversation_ordinal;
drop function app.guard_profile();
drop function app.role();
drop function app.user_id();
drop function app.tenant_id();
drop function app.uuid_or_null(text);
-- The schema stays: it holds the history of the migrations.
comment on schema app is null;
revoke usage on schema app from authenticated, service_role;
