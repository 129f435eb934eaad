-- What Supabase brings and plain PostgreSQL lacks: its roles, its auth schema, and its default privileges. Applied before the
-- migrations, and again harmlessly. Never on Supabase. The default privileges matter most: without them anon and
-- authenticated could not touch a table, and a test of row level security would prove nothing.

do $$
declare
    role_name text;
begin
    foreach role_name in array array['anon', 'authenticated', 'service_role'] loop
        begin
            execute format('create role %I nologin', role_name);
        exception when duplicate_object or unique_violation then
            null;  -- roles belong to the whole server: another database, or another process, was first
        end;
    end loop;
    begin
        alter role service_role bypassrls;
    exception when insufficient_privilege then
        raise exception 'row level security cannot be set up: % may not create roles', current_user
            using hint = 'run the migrations as a superuser once';
    end;
end;
$$;

create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role;

create table if not exists auth.users (
    id uuid not null default gen_random_uuid(),
    email text,
    raw_app_meta_data jsonb not null default '{}',
    raw_user_meta_data jsonb not null default '{}',
    created_at timestamptz not null default now(),
    constraint users_pkey primary key (id)
);

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
