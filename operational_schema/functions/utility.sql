-- What tables of every group need: their time of change, people who sign up, and texts that are what they claim to be.

create or replace function public.update_updated_at_column()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Not now(): that is when the transaction began, and may lie before what others have seen and changed since.
    new.updated_at := clock_timestamp();
    return new;
end;
$$;
comment on function public.update_updated_at_column() is
    'Sets updated_at on every change. For people: extraction reads the change log, because transactions commit out of order.';
revoke execute on function public.update_updated_at_column() from public, anon, authenticated;

do $$
declare
    kept regclass;
begin
    for kept in
        select attribute.attrelid
        from pg_catalog.pg_attribute as attribute
        inner join pg_catalog.pg_class as class on class.oid = attribute.attrelid
        where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p')
            and attribute.attname = 'updated_at' and not attribute.attisdropped
        order by class.relname
    loop
        execute format(
            'create or replace trigger keep_updated_at before update on %s '
            'for each row %s execute function public.update_updated_at_column()',
            -- That conversations were counted is no change of a customer: retention counts from the last one.
            kept, case kept when 'public.customer_profiles'::regclass then format(
                'when ((to_jsonb(new) - %1$L::text[]) is distinct from (to_jsonb(old) - %1$L::text[]))',
                '{total_conversations,avg_satisfaction,last_interaction}'
            ) end
        );
    end loop;
end;
$$;

create or replace function public.handle_new_user()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant uuid := app.uuid_or_null(new.raw_app_meta_data ->> 'tenant_id');
begin
    if tenant is not null then
        insert into public.profiles (id, tenant_id, email, full_name, company_name, website_url)
        select
            new.id, tenant, new.email, said.full_name, said.company_name, said.website_url
        -- Whoever signs up wrote it, and colleagues read it.
        from (
            select
                nullif(public.sanitize_input(new.raw_user_meta_data ->> 'fullName'), '') as full_name,
                nullif(public.sanitize_input(new.raw_user_meta_data ->> 'companyName'), '') as company_name,
                nullif(public.sanitize_input(new.raw_user_meta_data ->> 'websiteUrl'), '') as website_url
        ) as said
        on conflict do nothing;
    end if;
    return null;
exception when others then
    -- Whoever signs up cannot mend it: they get in, without a profile they see nothing, and the server's log says why.
    raise warning 'no profile for user %: %', new.id, sqlerrm;
    return null;
end;
$$;
comment on function public.handle_new_user() is
    'Gives a user whom the tenant''s server put into a tenant (app_metadata.tenant_id) a profile of role user. Never blocks signing up.';
revoke execute on function public.handle_new_user() from public, anon, authenticated;

create or replace trigger give_profile
after insert or update of raw_app_meta_data on auth.users
for each row execute function public.handle_new_user();

create or replace function public.validate_email(email text)
returns boolean
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        char_length(email) <= 254
        and email ~* '^[a-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&''*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$'
        and char_length(split_part(email, '@', 1)) <= 64,
        false
    )
$$;
comment on function public.validate_email(text) is
    'Whether a text has the form of an address that mail can be sent to: no double dots, no label that begins or ends with a dash, lengths as in RFC 5321. False for null.';

create or replace function public.validate_phone(phone text)
returns boolean
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        phone ~ '^\+?[0-9]*( ?\([0-9]{1,5}\))?([ ./-]?[0-9])+$'
        and char_length(regexp_replace(phone, '[^0-9]', '', 'g')) between 7 and 15,
        false
    )
$$;
comment on function public.validate_phone(text) is
    'Whether a text has the form of a telephone number: 7 to 15 digits (E.164), single separators, at most one bracketed part. False for null.';

create or replace function public.sanitize_input(input_text text)
returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select btrim(
        regexp_replace(
            normalize(regexp_replace(input_text, E'\r\n?', E'\n', 'g'), nfc),
            '[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]', '', 'g'
        ),
        E' \t\n'
    )
$$;
comment on function public.sanitize_input(text) is
    'The text without control characters and without marks that turn its direction round, in normal form, trimmed. Quotes and angle brackets stay: they are escaped by whoever writes HTML, and parameters keep them out of SQL.';

revoke execute on function
    public.validate_email(text), public.validate_phone(text), public.sanitize_input(text)
    from public, anon;
grant execute on function
    public.validate_email(text), public.validate_phone(text), public.sanitize_input(text)
    to authenticated, service_role;

create or replace function app.is_timezone(name text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select name = 'UTC' or (
        -- The areas of the canonical names: US/Eastern and its like are old links, Etc/… are offsets without a place.
        name ~ '^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z0-9_+/-]+$'
        and exists (select from pg_catalog.pg_timezone_names as zone where zone.name = is_timezone.name)
    )
$$;
comment on function app.is_timezone(text) is 'Whether a text is a zone Area/City, or UTC, that this database can turn into local days.';

create or replace function app.refuse_unknown_timezone()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if not app.is_timezone(new.timezone) then
        raise exception 'unknown time zone "%": use a canonical IANA zone such as Europe/Berlin, or UTC', new.timezone
            using errcode = 'check_violation';
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

create or replace function app.swap_setting(setting text, value text)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    said_before constant text := coalesce(current_setting(setting, true), '');
begin
    perform set_config(setting, value, true);
    return said_before;
end;
$$;
comment on function app.swap_setting(text, text) is
    'Sets one of our settings until the transaction ends, or an error undoes it, and returns what it was. A function with a SET clause of such a setting may be made by superusers only, which the owner on Supabase is not.';

revoke execute on function app.is_timezone(text), app.refuse_unknown_timezone(), app.swap_setting(text, text) from public;
grant execute on function app.is_timezone(text) to authenticated, service_role;
grant execute on function app.swap_setting(text, text) to service_role;
