-- What tables of every group need: their time of change, and zones that exist.

create or replace function public.update_updated_at_column()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.updated_at := now();
    return new;
end;
$$;
comment on function public.update_updated_at_column() is
    'Sets updated_at on every change. For people: extraction reads the change log, because transactions commit out of order.';

do $$
declare
    kept record;
begin
    for kept in
        select columns.table_name
        from information_schema.columns
        where columns.table_schema = 'public' and columns.column_name = 'updated_at'
    loop
        execute format(
            'create or replace trigger keep_updated_at before update on public.%I '
            'for each row execute function public.update_updated_at_column()', kept.table_name);
    end loop;
end;
$$;

create or replace function app.refuse_unknown_timezone()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if new.timezone <> 'UTC' and not (
        new.timezone ~ '^[A-Z][A-Za-z]+/[A-Za-z0-9_+/-]+$'
        and exists (select 1 from pg_catalog.pg_timezone_names as zone where zone.name = new.timezone)
    ) then
        raise exception 'unknown time zone %', new.timezone
            using errcode = 'check_violation', hint = 'use a canonical IANA zone such as Europe/Berlin, or UTC';
    end if;
    return new;
end;
$$;
comment on function app.refuse_unknown_timezone() is 'Refuses a zone that this database cannot turn into local days.';

create or replace trigger refuse_unknown_timezone
before insert or update of timezone on public.tenants
for each row execute function app.refuse_unknown_timezone();

create or replace trigger refuse_unknown_timezone
before insert or update of timezone on public.scheduled_reports
for each row execute function app.refuse_unknown_timezone();

revoke execute on all functions in schema app from public;
