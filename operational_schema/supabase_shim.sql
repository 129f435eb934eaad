-- What Supabase brings and plain PostgreSQL lacks: its roles, its auth schema, and its default privileges. Applied before the
-- migrations; never on Supabase. The default privileges matter most: without them anon and authenticated could not touch a
-- table, and a test of row level security would prove nothing.

do $$
declare
    definition text;
begin
    foreach definition in array array['anon nologin', 'authenticated nologin', 'service_role nologin bypassrls'] loop
        -- Roles belong to the whole server. Where they are, a plain owner must not need the right to make them.
        continue when to_regrole(split_part(definition, ' ', 1)) is not null;
        begin
            execute 'create role ' || definition;
        exception
            when duplicate_object or unique_violation then
                null;  -- another process was first
            when insufficient_privilege then
                raise exception 'role % is missing, and % may not create it', split_part(definition, ' ', 1), current_user
                    using hint = 'run romashka migrate as a superuser once';
        end;
    end loop;
    if not (select role.rolbypassrls from pg_catalog.pg_roles as role where role.rolname = 'service_role') then
        alter role service_role bypassrls;
    end if;
end;
$$;

create schema if not exists extensions;
comment on schema extensions is 'ROMASHKA shim: where Supabase keeps extensions.';
grant usage on schema extensions to anon, authenticated, service_role;

create schema if not exists auth;
comment on schema auth is 'ROMASHKA shim: stands for the schema of this name that Supabase brings.';
grant usage on schema auth to anon, authenticated, service_role;

create table if not exists auth.users (
    id uuid not null default gen_random_uuid(),
    email text,
    raw_app_meta_data jsonb not null default '{}',
    raw_user_meta_data jsonb not null default '{}',
    created_at timestamptz not null default now(),
    constraint users_pkey primary key (id)
);
comment on table auth.users is 'Who can log in.';
alter table auth.users enable row level security;

create or replace function auth.jwt()
returns jsonb
language sql
stable
as $$
    select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb
$$;

create or replace function auth.uid()
returns uuid
language sql
stable
as $$
    select nullif(auth.jwt() ->> 'sub', '')::uuid
$$;

create or replace function auth.role()
returns text
language sql
stable
as $$
    select auth.jwt() ->> 'role'
$$;

grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
